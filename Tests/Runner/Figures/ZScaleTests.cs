using System.Globalization;
using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

public sealed class ZScaleTests
{
    [Fact]
    public void LimitsAreThoseOfAstropy()
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Fixtures", "Figures", "zscale.csv")).Skip(1).ToArray();
        Assert.NotEmpty(lines);
        foreach (var line in lines)
        {
            var fields = Array.ConvertAll(line.Split(','), field => double.Parse(field, CultureInfo.InvariantCulture));
            float Pixel(int at) =>
                (float)Math.Pow((at * 7919 % 1009) - 504, fields[2]) + (at % (int)fields[1] == 0 ? 50000 : 0);
            float[] stamp = [.. Enumerable.Range(0, (int)fields[0]).Select(Pixel)];
            var range = new Stretch(StretchCurve.Linear, StretchLimits.ZScale).RangeOf([stamp]);
            Assert.Equal(fields[3], range.Low, 0.5);
            Assert.Equal(fields[4], range.High, 0.5);
        }
    }

    [Fact]
    public void CutsOffBrightCoresOfLargeStamps()
    {
        float[] stamp = [.. Enumerable.Range(0, 63 * 63).Select(at => (at * 7919 % 1009 / 10f) + (at < 100 ? 60000 : 0))];
        var range = new Stretch(StretchCurve.Linear, StretchLimits.ZScale).RangeOf([stamp]);
        Assert.InRange(range.High, 90, 1000);
    }
}
