using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class PixelLossTests
{
    public static TheoryData<string> Cases => CaseRows.Of(PixelLossCases.All);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(PixelLossCases.All.Single(opCase => opCase.Name == name));

    [Fact]
    public void SquaredErrorMatchesPyTorch() => Assert.All(
        PyTorchCase.All("squared_error").Where(stored => stored.Setting("reduction") == "sample"),
        stored => stored.Check(["prediction", "target"], inputs => inputs[0].SquaredError(inputs[1]), []));

    /// <summary>PyTorch's mean over everything is the mean over samples of our mean over each.</summary>
    [Fact]
    public void MeanSquaredErrorMatchesPyTorch() => Assert.All(
        PyTorchCase.All("squared_error").Where(stored => stored.Setting("reduction") == "mean"),
        stored =>
        {
            var graph = new Graph();
            var prediction = graph.Input("prediction", stored.Shape("prediction"), differentiable: true);
            var target = graph.Input("target", stored.Shape("target"));
            var weight = graph.Dial("weight", stored.Numbers("outputGradient")[0]);
            var loss = graph.Loss(new LossPart("error", prediction.MeanSquaredError(target), weight));
            using var weights = new Weights(Hosts.TwoThreads, graph, seed: 1);
            using var plan = Plan.ForTraining(Hosts.TwoThreads, graph, weights, loss.Output);
            plan.Write(prediction, stored.Numbers("prediction"));
            plan.Write(target, stored.Numbers("target"));
            plan.Recording.Replay();
            stored.Near("the mean", stored.Numbers("output"), [plan.Read(loss.Output)[1]]);
            var gradient = new float[prediction.Shape.Count];
            plan.ReadGradient(prediction, gradient);
            stored.Near("the gradient", stored.Numbers("predictionGradient"), gradient);
        });

    /// <summary>Also at the saturated ends: the logarithm held at -100, the slope's divisor at 1e-12.</summary>
    [Fact]
    public void CrossEntropiesMatchPyTorch() => Assert.All(PyTorchCase.All("binary_cross_entropy"), stored => stored.Check(
        ["input", "target"],
        inputs => stored.Setting("form") == "logits" ? inputs[0].LogitCrossEntropy(inputs[1]) : inputs[0].BinaryCrossEntropy(inputs[1]),
        []));

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        var graph = new Graph();
        var prediction = graph.Input("prediction", new Shape(2, 5, 4, 3), differentiable: true);
        var target = graph.Input("target", new Shape(2, 5, 4, 1));
        ShapeErrors.Names(() => prediction.SquaredError(target), "squaredError", "2x5x4x3", "2x5x4x1");
        var error = Assert.Throws<ArgumentException>(() => prediction.SquaredError(prediction));
        Assert.Contains("targets have none", error.Message, StringComparison.Ordinal);
    }
}
