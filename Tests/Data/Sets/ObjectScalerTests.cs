using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class ObjectScalerTests
{
    [Fact]
    public void KeepsTheLightCurveOfAnObject()
    {
        var bright = new[] { 1f, 3, 2, .5f };
        var set = Open(bright.Select((flux, n) => DataFiles.Alert(n, "ZTF1", Source(flux, 100 + (10 * n)))), Scaling.Object);
        var peaks = Enumerable.Range(0, 4).Select(row => set.Sample(row)[((10 * 21) + 10) * 3]).ToArray();
        Assert.All(bright.Index(), pair => Assert.Equal(pair.Item / 3, peaks[pair.Index] / peaks[1], 1e-3f));
        Assert.All(Enumerable.Range(0, 4), row => Assert.Equal(set.Factors[0], set.Factors[row * 3]));
        Assert.Equal(130, set.Offsets[9], .5f);
        Assert.InRange(set.Pixels.Max(), 1, 20);
    }

    [Fact]
    public void ScalesEachObjectByItselfAndGoesBackToRawUnits()
    {
        AvroRecord[] records =
        [
            DataFiles.Alert(1, "a", Source(1, 50)), DataFiles.Alert(2, "b", Source(9, 70)), DataFiles.Alert(3, "a", Source(2, 90)),
        ];
        var (scaled, raw) = (Open(records, Scaling.Object), Open(records, Scaling.None));
        Assert.Equal(scaled.Factors[0], scaled.Factors[6]);
        Assert.Equal(6f, scaled.Factors[3] / scaled.Factors[0], .1f);
        for (var i = 0; i < raw.Pixels.Length; i++)
        {
            var at = (i / scaled.SampleLength * 3) + (i % 3);
            Assert.Equal(raw.Pixels[i], (scaled.Pixels[i] * scaled.Factors[at]) + scaled.Offsets[at], 1e-3f);
        }
    }

    /// <summary>
    /// By hand, 9x9 stamps without noise at the border: middles of 13 pixels with means 2, 6, 4 have the median 4; the stamp of zeros and
    /// the other object do not count. A passage of 1000 is clipped.
    /// </summary>
    [Fact]
    public void DividesByTheMedianMiddle()
    {
        static float[] Stamp(float middle) => [.. Enumerable.Range(0, 81).Select(place =>
            Math.Pow((place / 9) - 4, 2) + Math.Pow((place % 9) - 4, 2) <= 4 ? middle : 0)];
        float[] pixels = [.. Stamp(2), .. Stamp(1000), .. Stamp(0), .. Stamp(6), .. Stamp(4)];
        pixels[10] = 1000;
        float[] factors = [1, 1, 1, 1, 1];
        ObjectScaler.Apply(pixels, 9, ["a", "b", "a", "a", "a"], factors);
        Assert.Equal([4f, 1000, 4, 4, 4], factors);
        Assert.Equal((20f, .5f, 1f, 0f, 1.5f), (pixels[10], pixels[40], pixels[121], pixels[202], pixels[283]));
    }

    /// <summary>The middle is empty, and the border (+-1) has a noise of 1.4826.</summary>
    [Fact]
    public void TakesTheNoiseWhereTheMiddleIsFaint()
    {
        float[] pixels = [.. Enumerable.Range(0, 25).Select(place => place is 6 or 7 or 8 or 11 or 12 or 13 or 16 or 17 or 18 ? 0f
            : place % 2 == 0 ? 1 : -1)];
        float[] factors = [1];
        ObjectScaler.Apply(pixels, 5, ["a"], factors);
        Assert.Equal(5 * 1.4826f, factors[0], 1e-4f);
    }

    [Fact]
    public void StaysFiniteAtTheEdges()
    {
        float[] factors = [1];
        foreach (var pixels in new float[][] { [1e-42f], [1e30f, -1e30f], [0, 0], [1e-30f, 1e30f] })
        {
            ObjectScaler.Apply(pixels, pixels.Length, ["a"], factors);
            Assert.All(pixels, pixel => Assert.InRange(pixel, -20f, 20f));
            Assert.True(factors[0] > 0 && float.IsFinite(factors[0]));
        }
    }

    [Fact]
    public void KeepsTheSharedSequencesFinite()
    {
        var options = new StampSetOptions { Scaling = Scaling.Object, Channels = ["science"] };
        var set = StampSource.Open(DataFiles.Shared("ztf"), options);
        Assert.All(set.Pixels, pixel => Assert.InRange(pixel, -20f, 20f));
        Assert.All(set.Factors, factor => Assert.True(factor > 0));
        var sky = StampSource.Open(DataFiles.Shared("ztf"), options with { Scaling = Scaling.Sky });
        Assert.All(sky.Pixels, pixel => Assert.InRange(pixel, -1e6f, 1e6f));
    }

    private static StampSet Open(IEnumerable<AvroRecord> records, Scaling scaling)
    {
        using var folder = DataFiles.Temporary();
        AvroWriter.Write(folder["a.avro"], ZtfSchema.Json, records);
        return StampSource.Open(folder["a.avro"], new StampSetOptions { Scaling = scaling });
    }

    /// <summary>A source of the given peak, in hundreds, over a sky that varies by one count.</summary>
    private static Stamp Source(float flux, float sky)
    {
        var pixels = new float[63 * 63];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y) = ((i % 63) - 31, (i / 63) - 31);
            pixels[i] = sky + (((i * 7 % 11) - 5) / 10f) + (flux * 100 * MathF.Exp(-((x * x) + (y * y)) / 6f));
        }

        return new Stamp(pixels, 63, 63);
    }
}
