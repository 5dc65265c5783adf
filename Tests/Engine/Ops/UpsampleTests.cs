using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class UpsampleTests
{
    public static TheoryData<string> Cases => CaseRows.Of(UpsampleCases.All);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(UpsampleCases.All.Single(opCase => opCase.Name == name));

    [Fact]
    public void MatchesPyTorch() => Assert.All(PyTorchCase.All("upsample"), stored => stored.Check(
        ["input"], inputs => inputs[0].Upsample(stored.Whole("height"), stored.Whole("width")), []));

    [Fact]
    public void RefusesSidesBelowOne()
    {
        var images = new Graph().Input("images", new Shape(2, 5, 4, 3));
        ShapeErrors.Names(() => images.Upsample(0, 4), "Upsample", "2x0x4x3");
        ShapeErrors.Names(() => images.Upsample(7, -1), "Upsample", "2x7x-1x3");
    }
}
