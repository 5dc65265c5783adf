using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class BatchNormTests
{
    public static TheoryData<string> Cases => CaseRows.Of(BatchNormCases.All);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(BatchNormCases.All.Single(opCase => opCase.Name == name));

    private static readonly (string, string, string?)[] Parameters =
    [
        ("layer.weight", "weight", null), ("layer.bias", "bias", null),
        ("layer.running_mean", "runningMeanBefore", "runningMean"), ("layer.running_var", "runningVarianceBefore", "runningVariance"),
    ];

    [Fact]
    public void MatchesPyTorch() => Assert.All(PyTorchCase.All("batch_norm"), stored =>
    {
        // A mean of 1000 leaves a float of the input four digits for its distance from it.
        var isFar = stored.Numbers("input").Average() > 100;
        stored.Tolerance = isFar ? 3e-4 : 2e-5;
        if (stored.Setting("mode") == "training")
        {
            stored.Check(["input"], inputs => inputs[0].BatchNorm<Identity>("layer"), Parameters);
            stored.Check(["input"], inputs => inputs[0].BatchNorm<Relu>("layer"), Parameters, "relu.");
        }
        else
        {
            stored.CheckEvaluation(["input"], inputs => inputs[0].BatchNorm<Identity>("layer"), Parameters);
            stored.CheckEvaluation(["input"], inputs => inputs[0].BatchNorm<Relu>("layer"), Parameters, "relu.");
        }
    });

    [Fact]
    public void RefusesToTrainOnOneValueAChannel()
    {
        var graph = new Graph();
        var input = graph.Input("input", new Shape(1, 1, 1, 3));
        var output = input.BatchNorm<Identity>("layer");
        using var weights = new Weights(Hosts.OneThread, graph, seed: 1);
        var loss = graph.Loss(new LossPart("square", output.SquaredError(input), graph.Dial("square", 1f)));
        var error = Assert.Throws<ShapeException>(() => Plan.ForTraining(Hosts.OneThread, graph, weights, loss.Output));
        Assert.Contains("'layer'", error.Message, StringComparison.Ordinal);
        using var plan = Plan.ForEvaluation(Hosts.OneThread, graph, weights, output);
    }

    [Fact]
    public void RefusesOneNameForTwoWidths()
    {
        var graph = new Graph();
        graph.Input("narrow", new Shape(2, 4)).BatchNorm<Relu>("layer");
        var wide = graph.Input("wide", new Shape(2, 5));
        ShapeErrors.Names(() => wide.BatchNorm<Relu>("layer"), "layer.weight", "(4)", "(5)");
    }
}
