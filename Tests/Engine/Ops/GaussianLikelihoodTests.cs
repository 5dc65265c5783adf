using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class GaussianLikelihoodTests
{
    public static TheoryData<string> Cases => CaseRows.Of(GaussianLikelihoodCases.All);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(GaussianLikelihoodCases.All.Single(opCase => opCase.Name == name));

    [Fact]
    public void MatchesPyTorch() => Assert.All(PyTorchCase.All("gaussian_likelihood"), stored => stored.Check(
        ["prediction", "target", "s"], inputs => inputs[0].GaussianLikelihood(inputs[1], inputs[2], -stored.Whole("scale")), []));

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        var graph = new Graph();
        var prediction = graph.Input("prediction", new Shape(2, 5, 4, 3), differentiable: true);
        var target = graph.Input("target", new Shape(2, 5, 4, 3));
        var spread = graph.Input("spread", new Shape(2, 7));
        ShapeErrors.Names(() => prediction.GaussianLikelihood(spread, spread, -5f), "2x5x4x3", "2x7");
        ShapeErrors.Names(() => prediction.GaussianLikelihood(target, spread, -5f), "2x1", "2x7", "2x5x4x3");
        Assert.Throws<ArgumentException>(() => prediction.GaussianLikelihood(prediction, spread, -5f));
    }
}
