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
    public void ReshapeKeepsTheNumberOfElements()
    {
        var input = new Graph().Input("stamps", new Shape(2, 3, 4, 5));
        Assert.Equal(new Shape(2, 60), input.Flatten().Shape);
        var error = Assert.Throws<ShapeException>(() => input.Reshape(new Shape(2, 61)));
        Assert.Contains("2x3x4x5", error.Message, StringComparison.Ordinal);
        Assert.Contains("2x61", error.Message, StringComparison.Ordinal);
    }
}
