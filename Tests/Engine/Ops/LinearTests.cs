using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class LinearTests
{
    public static TheoryData<string> Cases => CaseRows.Of(LinearCases.All);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(LinearCases.All.Single(opCase => opCase.Name == name));

    [Fact]
    public void MatchesPyTorch() => Assert.All(PyTorchCase.All("linear"), stored => stored.Check(
        ["input"],
        inputs => inputs[0].Linear("layer", stored.Shape("output").Channels),
        [("layer.weight", "weight", null), ("layer.bias", "bias", null)]));

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        var rows = new Graph().Input("rows", new Shape(2, 5));
        ShapeErrors.Names(() => rows.Linear("layer", new Shape(3, 4)), "layer", "2x5", "3x4");
        ShapeErrors.Names(() => rows.Linear("layer", 0), "layer", "2x0");
    }

    [Fact]
    public void CountsItsWork() =>
        Assert.Equal(2L * 7 * 2304 * 30, new Graph().Input("images", new Shape(7, 6, 6, 64)).Linear("layer", 30).Maker!.Flops);
}
