using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class GraphTests
{
    [Fact]
    public void OneNameIsOneParameter()
    {
        var graph = new Graph();
        var input = graph.Input("rows", new Shape(2, 12));
        input.Linear("layer", 4);
        input.Linear("layer", 4);
        Assert.Equal(["layer.weight", "layer.bias"], graph.Parameters.Select(parameter => parameter.Name));
        Assert.Equal((12 * 4) + 4, graph.ParameterCount);
        var error = Assert.Throws<ShapeException>(() => input.Linear("layer", 5));
        Assert.Contains("(4, 12)", error.Message, StringComparison.Ordinal);
        Assert.Contains("(5, 12)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ImagesAndFlattenedImagesDoNotShareALayer()
    {
        var graph = new Graph();
        var images = graph.Input("images", new Shape(2, 2, 2, 3));
        images.Linear("layer", 4);
        Assert.Throws<ShapeException>(() => images.Flatten().Linear("layer", 4));
    }

    [Fact]
    public void RunningStatisticsAreNotCounted()
    {
        var graph = new Graph();
        graph.Input("rows", new Shape(2, 12)).BatchNorm<Relu>("norm");
        Assert.Equal(24, graph.ParameterCount);
        Assert.Equal(4, graph.Parameters.Count());
    }

    [Fact]
    public void RefusesTwoInputsOfOneNameAndTensorsOfTwoGraphs()
    {
        var graph = new Graph();
        var input = graph.Input("rows", new Shape(2, 3));
        Assert.Throws<ArgumentException>(() => graph.Input("rows", new Shape(2, 3)));
        var other = new Graph().Input("others", new Shape(2, 3));
        var error = Assert.Throws<ArgumentException>(() => input.SquaredError(other));
        Assert.Contains("'rows' and 'others'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ARefusedOpLeavesTheGraphAsItWas()
    {
        var graph = new Graph();
        var input = graph.Input("images", new Shape(1024, 64, 64, 64));
        Assert.Throws<ShapeException>(() => input.Conv("wide", 8192, kernel: 1));
        Assert.Empty(graph.Ops);
        Assert.True(graph.Input("others", new Shape(1, 1)).Activate<Relu>().Maker is Activation<Relu>);
    }

    [Fact]
    public void GradientsFlowToWhatIsTrainedOrAsked()
    {
        var graph = new Graph();
        var fixedRows = graph.Input("fixed", new Shape(2, 3));
        var asked = graph.Input("asked", new Shape(2, 3), differentiable: true);
        Assert.False(fixedRows.Activate<Relu>().IsDifferentiable);
        Assert.True(asked.Activate<Relu>().IsDifferentiable);
        Assert.True(asked.Activate<Relu>().Flatten().IsDifferentiable);
        Assert.True(fixedRows.Linear("layer", 2).IsDifferentiable);
    }
}
