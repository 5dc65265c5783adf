using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class ScalerTests
{
    [Fact]
    public void ScalesAsDefined()
    {
        Assert.Equal([0f, 1f, 0f, .25f], Apply(Scaling.MinMax, [-2, 6, float.NaN, 0]));
        Assert.Equal([-1f, 1f, 0f, 0f], Apply(Scaling.ZScore, [1, 5, float.NaN, float.NaN]));
        Assert.Equal([.6f, 0f, -.8f], Apply(Scaling.L2, [3, float.NaN, -4]));
        Assert.Equal([3f, 0f, -4f], Apply(Scaling.None, [3, float.NaN, -4]));
    }

    [Theory]
    [InlineData(Scaling.None)]
    [InlineData(Scaling.MinMax)]
    [InlineData(Scaling.ZScore)]
    [InlineData(Scaling.L2)]
    public void GoesBackToRawUnits(Scaling scaling)
    {
        var raw = DataFiles.Stamp().Pixels;
        raw[3] = -5442;
        var scaled = raw.ToArray();
        var parameters = Scaler.Apply(scaling, scaled);
        parameters.Invert(scaled);
        var range = raw.Max() - raw.Min();
        Assert.All(raw.Zip(scaled), pair => Assert.InRange(pair.Second - pair.First, -1e-6f * range, 1e-6f * range));
    }

    [Theory]
    [InlineData(Scaling.MinMax)]
    [InlineData(Scaling.ZScore)]
    [InlineData(Scaling.L2)]
    public void StaysFiniteAtTheEdges(Scaling scaling)
    {
        float[][] hard =
        [
            [1e30f, -1e30f, 0], [1e-40f, 3e-40f, 0], [7, 7, 7], [0, 0, 0], [float.NaN, float.NaN], [float.NaN, 5], [1e-30f, -1e-30f], [],
            [.. Enumerable.Repeat(9e29f, 4000), -9e29f],
        ];
        foreach (var pixels in hard)
        {
            var parameters = Scaler.Apply(scaling, pixels);
            Assert.All(pixels, pixel => Assert.True(float.IsFinite(pixel)));
            Assert.True(float.IsFinite(parameters.Offset) && float.IsFinite(parameters.Factor) && parameters.Factor > 0);
        }
    }

    private static float[] Apply(Scaling scaling, float[] pixels)
    {
        Scaler.Apply(scaling, pixels);
        return pixels;
    }
}
