using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class Conv1DTests
{
    public static TheoryData<string> Cases => CaseRows.Of(UnfoldCases.Convolutions);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(UnfoldCases.Convolutions.Single(opCase => opCase.Name == name));

    [Fact]
    public void MatchesPyTorch() => Assert.All(PyTorchCase.All("conv1d"), stored => stored.Check(
        ["input"],
        inputs => inputs[0].Conv1D(
            "layer",
            stored.Shape("output").Channels,
            stored.Whole("kernel"),
            stored.Whole("padding"),
            stored.Whole("dilation")),
        [("layer.weight", "weight", null), ("layer.bias", "bias", null)]));

    [Fact]
    public void NamesParametersAsPyTorch()
    {
        var graph = new Graph();
        graph.Input("sequences", new Shape(2, 6, 1, 3)).Conv1D("layer", 5, kernel: 4, padding: 3);
        Assert.Equal(["layer.weight", "layer.bias"], graph.Parameters.Select(parameter => parameter.Name));
        Assert.Equal([5, 3, 4], graph.Parameters.First().Layout.FileShape);
    }

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        var sequences = new Graph().Input("sequences", new Shape(2, 4, 1, 3));
        ShapeErrors.Names(() => sequences.Conv1D("layer", 0, kernel: 2), "layer", "0 output channels");
        Assert.Empty(sequences.Graph.Ops);
        ShapeErrors.Names(() => sequences.Conv1D("layer", 5, kernel: 6, padding: 1), "'sequences'", "2x4x1x3", "6 frames");
    }
}
