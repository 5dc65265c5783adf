using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class CyclicSliceTests
{
    public static TheoryData<string> Cases => CaseRows.Of(CyclicCases.Slices);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(CyclicCases.Slices.Single(opCase => opCase.Name == name));

    [Fact]
    public void MatchesPyTorch() => Assert.All(
        PyTorchCase.All("cyclic_slice"), stored => stored.Check(["input"], inputs => inputs[0].CyclicSlice(), []));

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        var graph = new Graph();
        ShapeErrors.Names(() => graph.Input("images", new Shape(2, 5, 4, 3)).CyclicSlice(), "CyclicSlice", "'images'", "2x5x4x3");
        ShapeErrors.Names(() => graph.Input("many", new Shape(1 << 29, 1)).CyclicSlice(), "CyclicSlice", "'many'", "536870912x1");
    }
}
