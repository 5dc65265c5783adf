using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

public sealed class StretchTests
{
    private static readonly PixelRange Range = new(-10, 90);

    [Theory]
    [InlineData(StretchCurve.Linear, 0.25)]
    [InlineData(StretchCurve.SquareRoot, 0.5)]
    [InlineData(StretchCurve.Asinh, 0.549405)]
    [InlineData(StretchCurve.Log, 0.799784)]
    public void GoesFromDarkToBright(StretchCurve curve, double quarter)
    {
        var stretch = new Stretch(curve, StretchLimits.Extremes);
        Assert.Equal(0, stretch.Brightness(-10, Range), 1e-9);
        Assert.Equal(quarter, stretch.Brightness(15, Range), 1e-5);
        Assert.Equal(1, stretch.Brightness(90, Range), 1e-9);
        Assert.Equal(0, stretch.Brightness(-1e9f, Range));
        Assert.Equal(1, stretch.Brightness(1e9f, Range));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.MinValue)]
    public void MasksWhatIsNoData(float pixel)
    {
        Assert.True(double.IsNaN(Stretch.Linear.Brightness(pixel, Range)));
        Assert.Equal(new PixelRange(1, 3), Stretch.Linear.RangeOf([[1, pixel, 3]]));
        Assert.Equal(new PixelRange(-3, 3), Stretch.Linear.SymmetricRangeOf([[1, pixel, -3]]));
        Assert.True(Stretch.Asinh.RangeOf([[pixel]]).IsEmpty);
    }

    [Fact]
    public void TakesPercentilesBetweenPixels()
    {
        float[] stamp = [.. Enumerable.Range(0, 101).Select(at => (float)at)];
        var range = Stretch.Asinh.RangeOf([stamp]);
        Assert.Equal(0.5, range.Low, 1e-9);
        Assert.Equal(99.5, range.High, 1e-9);
    }
}
