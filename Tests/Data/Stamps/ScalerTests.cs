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
    [InlineData(Scaling.Sky)]
    [InlineData(Scaling.Object)]
    public void GoesBackToRawUnits(Scaling scaling)
    {
        var raw = DataFiles.Stamp().Pixels;
        raw[3] = -5442;
        var scaled = raw.ToArray();
        var parameters = Scaler.Apply(scaling, scaled, 63);
        parameters.Invert(scaled);
        var range = raw.Max() - raw.Min();
        Assert.All(raw.Zip(scaled), pair => Assert.InRange(pair.Second - pair.First, -1e-6f * range, 1e-6f * range));
    }

    [Theory]
    [InlineData(Scaling.MinMax)]
    [InlineData(Scaling.ZScore)]
    [InlineData(Scaling.L2)]
    [InlineData(Scaling.Sky)]
    [InlineData(Scaling.Object)]
    public void StaysFiniteAtTheEdges(Scaling scaling)
    {
        float[][] hard =
        [
            [1e30f, -1e30f, 0], [1e-40f, 3e-40f, 0], [7, 7, 7], [0, 0, 0], [float.NaN, float.NaN], [float.NaN, 5], [1e-30f, -1e-30f], [],
            [.. Enumerable.Repeat(9e29f, 4000), -9e29f],
        ];
        foreach (var pixels in hard)
        {
            var parameters = Scaler.Apply(scaling, pixels, pixels.Length);
            Assert.All(pixels, pixel => Assert.True(float.IsFinite(pixel)));
            Assert.True(float.IsFinite(parameters.Offset) && float.IsFinite(parameters.Factor) && parameters.Factor > 0);
        }
    }

    /// <summary>A border of 1, 2, 3, 4 (four each) about a source of 52.5: median 2.5, absolute deviations .5 and 1.5, median 1.</summary>
    [Fact]
    public void MeasuresTheSkyAtTheBorder()
    {
        float[] pixels = [.. Enumerable.Range(0, 25).Select(i => IsBorder(i) ? (i % 4) + 1f : 52.5f)];
        var border = pixels.Where((_, i) => IsBorder(i)).Order().ToArray();
        Assert.Equal((16, 2f, 3f), (border.Length, border[7], border[8]));
        var sky = SkyLevel.Of(pixels, 5);
        Assert.Equal((2.5f, 1.4826f), (sky.Level, sky.Noise));
        var parameters = Scaler.Apply(Scaling.Sky, pixels, 5);
        Assert.Equal(new ScaleParameters(2.5f, 1.4826f), parameters);
        Assert.Equal(50 / 1.4826f, pixels[12], 1e-5f);

        static bool IsBorder(int i) => i / 5 is 0 or 4 || i % 5 is 0 or 4;
    }

    [Fact]
    public void FindsASkyWhereTheBorderHasNone()
    {
        // All but one of the border are equal, so that half of the deviations are 0; a masked border leaves the middle.
        float[] pixels = new float[25];
        pixels.AsSpan().Fill(7);
        (pixels[0], pixels[4], pixels[6], pixels[12]) = (1e6f, float.NaN, 9, 500);
        Assert.Equal(7, SkyLevel.Of(pixels, 5).Level);
        Assert.True(SkyLevel.Of(pixels, 5).Noise > 0);
        float[] middle = [float.NaN, float.NaN, float.NaN, float.NaN, 3, float.NaN, float.NaN, float.NaN, float.NaN];
        Assert.Equal(new SkyLevel(3, 0), SkyLevel.Of(middle, 3));
        Assert.Equal(new SkyLevel(0, 0), SkyLevel.Of([float.NaN], 1));
        Assert.Equal(2, SkyLevel.BorderOf(21, 21));
        Assert.Equal(1, SkyLevel.BorderOf(3, 63));
    }

    private static float[] Apply(Scaling scaling, float[] pixels)
    {
        Scaler.Apply(scaling, pixels, pixels.Length);
        return pixels;
    }
}
