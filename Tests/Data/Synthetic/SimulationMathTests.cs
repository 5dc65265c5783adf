using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class SimulationMathTests
{
    [Fact]
    public void ElementaryFunctionsAgreeWithThePlatforms()
    {
        for (var x = -40.0; x < 40; x += 0.0173)
        {
            Assert.Equal(1, PortableMath.Exp(x) / Math.Exp(x), 1e-13);
            Assert.Equal(Math.Sin(x), PortableMath.SinCos(x).Sin, 1e-13);
            Assert.Equal(Math.Cos(x), PortableMath.SinCos(x).Cos, 1e-13);
            Assert.Equal(x, PortableMath.Log(Math.Exp(x)), 1e-13);
            Assert.Equal(x / 40, Math.Sin(PortableMath.Asin(x / 40)), 1e-13);
        }

        Assert.Equal(0.975002f, PortableMath.NormalCumulative(1.96f), 2e-6f);
        Assert.Equal(1000, PortableMath.PowerOfTen(3), 1e-10);
        Assert.Throws<ArgumentOutOfRangeException>(() => PortableMath.Log(0));
    }

    [Fact]
    public void DrawsHaveTheirDistributions()
    {
        const int N = 1_000_000;
        var random = new RandomStream(11, 2, 3, 4);
        double mean = 0, square = 0, fourth = 0;
        var beyond = 0;
        for (var i = 0; i < N; i++)
        {
            double x = random.Normal();
            (mean, square, fourth) = (mean + x, square + (x * x), fourth + (x * x * x * x));
            beyond += Math.Abs(x) > 3.5 ? 1 : 0;
        }

        // Five standard errors of each.
        Assert.Equal(0, mean / N, 5e-3);
        Assert.Equal(1, square / N, 7.1e-3);
        Assert.Equal(3, fourth / N, 0.05);
        Assert.InRange(beyond, 465 - 108, 465 + 108);

        foreach (var expected in new[] { 0.5, 12, 49, 60 })
        {
            double sum = 0, squares = 0;
            for (var i = 0; i < 50_000; i++)
            {
                var count = random.Poisson(expected);
                (sum, squares) = (sum + count, squares + (count * count));
            }

            var average = sum / 50_000;
            Assert.Equal(expected, average, 5 * Math.Sqrt(expected / 50_000));
            Assert.InRange(((squares / 50_000) - (average * average)) / expected, 0.95, 1.05);
        }

        Assert.All(Enumerable.Range(0, 1000), _ => Assert.InRange(random.Below(7), 0, 6));
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.InRange(random.Magnitude(15, 20, 0.4), 15, 20));
    }

    [Fact]
    public void StreamsOfDifferentKeysDiffer()
    {
        var first = Enumerable.Range(0, 1000).Select(key => new RandomStream(1, (ulong)key).Next());
        var second = Enumerable.Range(0, 1000).Select(key => new RandomStream(1, 0, (ulong)key + 1).Next());
        Assert.Equal(2000, first.Concat(second).Distinct().Count());
    }

    [Theory]
    [InlineData(1.6)]
    [InlineData(2.3)]
    [InlineData(4)]
    public void AStarHoldsItsFluxPlaceAndWidth(double fullWidth)
    {
        const int Size = 63;
        var psf = new PointSpread(fullWidth);
        var plane = new float[Size * Size];
        psf.AddStar(plane, Size, 31.3, 30.8, 1e6);
        Assert.Equal(1e6, plane.Sum(value => (double)value), 2e3);
        Assert.Equal(31.3, plane.Select((value, i) => (double)value * (i % Size)).Sum() / 1e6, 0.1);
        Assert.Equal(30.8, plane.Select((value, i) => (double)value * (i / Size)).Sum() / 1e6, 0.1);

        // Integrating over pixels of one adds to the width.
        var centred = new float[Size * Size];
        psf.AddStar(centred, Size, 31, 31, 1e6);
        var above = centred.Count(value => value > centred.Max() / 2);
        Assert.InRange(2 * Math.Sqrt(above / Math.PI), fullWidth - 0.6, fullWidth + 1);
        Assert.Equal(psf.Peak, centred.Max() / 1e6, 1e-4);
    }

    [Theory]
    [InlineData(false, 2, 0.5, 0.98)]
    [InlineData(true, 2, 0.7, 0.88)]
    [InlineData(false, 0.5, 1, 0.97)]
    public void AGalaxyHoldsItsFluxAndHalfLightRadius(bool spheroid, double radius, double ratio, double least)
    {
        const int Size = 63;
        var galaxy = new Galaxy(radius, ratio, 0, 1, spheroid);
        var plane = new float[Size * Size];
        galaxy.Add(plane, Size, 31, 31, 1000);
        var total = plane.Sum(value => (double)value);
        Assert.InRange(total, least * 1000, 1015);
        if (radius >= 2)
        {
            double inside = 0;
            for (var i = 0; i < plane.Length; i++)
            {
                var (dx, dy) = ((i % Size) - 31, ((i / Size) - 31) / ratio);
                inside += (dx * dx) + (dy * dy) <= radius * radius ? plane[i] : 0;
            }

            // Half of the light; whole pixels make it coarse.
            Assert.InRange(inside / 1000, 0.4, 0.6);
        }

        var blurred = new float[Size * Size];
        new PointSpread(2.3).AddConvolved(blurred, plane, new float[Size * Size], Size);
        Assert.Equal(total, blurred.Sum(value => (double)value), total * 2e-3);
        Assert.True(blurred.Max() < plane.Max());
    }
}
