using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class DivergenceTests
{
    public static TheoryData<string> Cases => CaseRows.Of(LatentCases.Divergences);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(LatentCases.Divergences.Single(opCase => opCase.Name == name));

    [Fact]
    public void MatchesPyTorch() => Assert.All(PyTorchCase.All("divergence"), stored => stored.Check(
        ["mean", "logVariance"], inputs => inputs[0].Divergence(inputs[1]), []));

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        var graph = new Graph();
        var mean = graph.Input("mean", new Shape(2, 5));
        var other = graph.Input("other", new Shape(2, 6));
        ShapeErrors.Names(() => mean.Divergence(other), "'mean' is 2x5", "'other' is 2x6");
    }
}
