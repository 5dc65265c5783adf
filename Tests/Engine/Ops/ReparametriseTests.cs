using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class ReparametriseTests
{
    public static TheoryData<string> Cases => CaseRows.Of(LatentCases.Draws);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(LatentCases.Draws.Single(opCase => opCase.Name == name));

    [Fact]
    public void MatchesPyTorch() => Assert.All(PyTorchCase.All("reparametrise"), stored => stored.Check(
        ["mean", "logVariance", "noise"], inputs => inputs[0].Reparametrise(inputs[1], inputs[2]), []));

    [Fact]
    public void DrawsItsOwnNoiseWhereNoneIsGiven()
    {
        var graph = new Graph();
        var mean = graph.Input("mean", new Shape(3, 4));
        mean.Reparametrise(mean);
        Assert.Contains(graph.Ops, op => op is StandardNormal);
        Assert.Throws<ArgumentException>(() => mean.Reparametrise(mean));
    }

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        var graph = new Graph();
        var mean = graph.Input("mean", new Shape(2, 5), differentiable: true);
        var other = graph.Input("other", new Shape(2, 6));
        ShapeErrors.Names(() => mean.Reparametrise(other), "'mean' is 2x5", "'other' is 2x6");
        ShapeErrors.Names(() => mean.Reparametrise(mean, other), "'mean' is 2x5", "'other' is 2x6");
        Assert.Throws<ArgumentException>(() => mean.Reparametrise(mean, mean));
    }
}
