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
        Assert.Equal(4.5f, scaled.Factors[3] / scaled.Factors[0], .1f);
        for (var i = 0; i < raw.Pixels.Length; i++)
        {
            var at = (i / scaled.SampleLength * 3) + (i % 3);
            Assert.Equal(raw.Pixels[i], (scaled.Pixels[i] * scaled.Factors[at]) + scaled.Offsets[at], 1e-3f);
        }
    }

    /// <summary>By hand: 200 values 1 to 200 have rank 199 as their quantile of .995; zeros and the other channel do not count.</summary>
    [Fact]
    public void DividesByTheQuantile()
    {
        static float Value(int i) => i < 200 ? (i % 2 == 0 ? 1 : -1) * (i + 1) : 0;
        float[] pixels = [.. Enumerable.Range(0, 250).SelectMany(i => new[] { Value(i), 1e-42f })];
        float[] factors = [1, 1, 1, 1];
        ObjectScaler.Apply(pixels, ["a", "a"], factors);
        Assert.Equal([199f, 1, 199, 1], factors);
        Assert.Equal((1 / 199f, 1e-42f, 0f), (pixels[0], pixels[1], pixels[498]));
        float[] hard = [1e-30f, 1e30f];
        ObjectScaler.Apply(hard, ["a"], factors = [1]);
        Assert.Equal(1f, hard[1]);
        float[] passage = [.. Enumerable.Repeat(1f, 999), 1000f];
        ObjectScaler.Apply(passage, ["a"], factors = [1]);
        Assert.Equal((1f, ObjectScaler.Bound), (factors[0], passage[^1]));
        float[] empty = [0, 0];
        ObjectScaler.Apply(empty, ["a"], factors = [1]);
        Assert.Equal([1f], factors);
    }

    [Fact]
    public void KeepsTheSharedSequencesFinite()
    {
        var options = new StampSetOptions { Scaling = Scaling.Object, Channels = ["science"] };
        var set = StampSource.Open(DataFiles.Shared("ztf"), options);
        Assert.All(set.Pixels, pixel => Assert.InRange(pixel, -ObjectScaler.Bound, ObjectScaler.Bound));
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
