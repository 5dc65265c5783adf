using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class CleaningTests
{
    [Fact]
    public void MasksWhatIsNoMeasurement()
    {
        const float Infinity = float.PositiveInfinity;
        float[] pixels = [1, float.NaN, Infinity, -Infinity, float.MinValue, 1.0001e30f, 1e30f, -1e30f, 0, 1e-40f];
        Assert.Equal(5, Cleaning.Mask(pixels));
        Assert.Equal(5, pixels.Count(float.IsNaN));
        Assert.Equal((float[])[1, 1e30f, -1e30f, 0, 1e-40f], pixels.Where(float.IsFinite));
    }

    [Fact]
    public void SaysWhyAPlaneIsEmpty()
    {
        Assert.Equal("no pixel is a number", Cleaning.WhyEmpty([float.NaN, float.NaN]));
        Assert.Equal("all pixels are 2.5", Cleaning.WhyEmpty([float.NaN, 2.5f, 2.5f]));
        Assert.Null(Cleaning.WhyEmpty([float.NaN, 2.5f, 2.25f]));
    }

    [Fact]
    public void RefusesCutOutsAtAnEdge()
    {
        Assert.Null(Cleaning.WhyNotWhole(DataFiles.Stamp()));
        Assert.Equal("63 x 53 pixels and not 63 x 63", Cleaning.WhyNotWhole(DataFiles.Stamp(63, 53)));
        Assert.NotNull(Cleaning.WhyNotWhole(DataFiles.Stamp(62, 63)));
    }

    [Theory]
    [InlineData(63, 21, 21)]
    [InlineData(33, 6, 21)]
    [InlineData(63, 15, 33)]
    [InlineData(63, 0, 63)]
    [InlineData(28, 3, 21)]
    public void CropsTheMiddle(int size, int first, int side)
    {
        var plane = Enumerable.Range(0, size * size).Select(i => (float)i).ToArray();
        var crop = new float[side * side];
        Crop.Centre(plane, size, size, side, crop);
        Assert.Equal((first * size) + first, crop[0]);
        Assert.Equal(((first + side - 1) * size) + first + side - 1, crop[^1]);
        Assert.Equal(((first + 1) * size) + first, side > 1 ? crop[side] : 0);
        Assert.Throws<ArgumentException>(() => Crop.Centre(plane, size, size, size + 1, new float[(size + 1) * (size + 1)]));
    }
}
