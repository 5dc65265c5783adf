using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class ShapeTests
{
    [Fact]
    public void CountsItsParts()
    {
        var shape = new Shape(2, 3, 4, 5);
        Assert.Equal((60, 24, 120), (shape.Sample, shape.Pixels, shape.Count));
        Assert.Equal(new Shape(2, 1, 1, 5), new Shape(2, 5));
        Assert.Equal(("2x3x4x5", "2x5"), (shape.ToString(), new Shape(2, 5).ToString()));
    }

    [Theory]
    [InlineData(0, 1, 1, 1)]
    [InlineData(1, 0, 1, 1)]
    [InlineData(1, 1, 0, 1)]
    [InlineData(1, 1, 1, 0)]
    [InlineData(-2, -2, 1, 1)]
    public void RefusesAxesBelowOne(int batch, int height, int width, int channels)
    {
        var shape = new Shape(batch, height, width, channels);
        var error = Assert.Throws<ShapeException>(() => new Graph().Input("stamps", shape));
        Assert.Contains("stamps", error.Message, StringComparison.Ordinal);
        Assert.Contains(shape.ToString(), error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(65536, 32768, 1, 1)]
    [InlineData(65536, 65536, 1, 1)]
    [InlineData(1, 46341, 46341, 1)]
    [InlineData(1 << 21, 1 << 21, 1 << 21, 1)]
    [InlineData(2, 1, 1, 1073741824)]
    [InlineData(65536, 65536, 65536, 65536)]
    [InlineData(int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue)]
    public void RefusesMoreElementsThanAnIndexReaches(int batch, int height, int width, int channels)
    {
        var shape = new Shape(batch, height, width, channels);
        Assert.Contains("2^31", Assert.Throws<ShapeException>(() => shape.Checked("x")).Message, StringComparison.Ordinal);
        Assert.Throws<OverflowException>(() => shape.Count);
    }

    [Fact]
    public void TakesAsManyElementsAsAnIndexReaches() => Assert.Equal(int.MaxValue, new Shape(1, int.MaxValue).Checked("x").Count);

    [Fact]
    public void ParametersAreCountedAsTensorsAre()
    {
        Assert.Equal(int.MaxValue, Layout.Plain(int.MaxValue).Count);
        foreach (var side in new[] { 1 << 15, 1 << 16 })
        {
            var graph = new Graph();
            var error = Assert.Throws<ShapeException>(() =>
                graph.Parameter("layer.weight", Layout.Linear(new Shape(1, side), new Shape(1, 1 << 16)), Initial.Constant(0)));
            Assert.Contains($"65536x{side}", error.Message, StringComparison.Ordinal);
            Assert.Empty(graph.Parameters);
        }
    }

    [Fact]
    public void AllParametersTogetherHaveALimitToo()
    {
        var graph = new Graph();
        graph.Parameter("one", Layout.Plain(1 << 30), Initial.Constant(0));
        graph.Parameter("two", Layout.Plain(1 << 30), Initial.Constant(0));
        var error = Assert.Throws<ShapeException>(() => new Weights(Hosts.OneThread, graph, seed: 1));
        Assert.Contains("'two' of 1073741824 numbers", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReshapeKeepsTheNumberOfElements()
    {
        var input = new Graph().Input("stamps", new Shape(2, 3, 4, 5));
        Assert.Equal(new Shape(2, 60), input.Flatten().Shape);
        var error = Assert.Throws<ShapeException>(() => input.Reshape(new Shape(2, 61)));
        Assert.Contains("2x3x4x5", error.Message, StringComparison.Ordinal);
        Assert.Contains("2x61", error.Message, StringComparison.Ordinal);
    }
}
