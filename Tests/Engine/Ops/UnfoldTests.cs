using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class UnfoldTests
{
    public static TheoryData<string> Cases => CaseRows.Of(UnfoldCases.Windows);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(UnfoldCases.Windows.Single(opCase => opCase.Name == name));

    [Fact]
    public void MatchesPyTorch() => Assert.All(PyTorchCase.All("unfold"), stored => stored.Check(
        ["input"], inputs => inputs[0].Unfold(stored.Whole("kernel"), stored.Whole("padding"), stored.Whole("dilation")), []));

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        var sequences = new Graph().Input("sequences", new Shape(2, 4, 1, 3));
        ShapeErrors.Names(() => sequences.Unfold(5), "Unfold", "'sequences'", "2x4x1x3", "5 frames");
        ShapeErrors.Names(() => sequences.Unfold(3, 1, dilation: 3), "Unfold", "padding 1", "dilation 3");
        ShapeErrors.Names(() => sequences.Unfold(0), "Unfold", "0 frames");
        ShapeErrors.Names(() => sequences.Unfold(2, -1), "Unfold", "padding -1");
        ShapeErrors.Names(() => sequences.Unfold(2, 1, 0), "Unfold", "dilation 0");
        ShapeErrors.Names(() => sequences.Unfold(1 << 29, int.MaxValue), "Unfold", "'sequences'");
    }
}
