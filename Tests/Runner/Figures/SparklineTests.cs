using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

public sealed class SparklineTests
{
    [Theory]
    [InlineData(new double[] { 0, 1, 2, 3, 4, 5, 6, 7 }, 40, "▁▂▃▄▅▆▇█")]
    [InlineData(new double[] { 7, 7, 0, 0 }, 2, "█▁")]
    [InlineData(new double[] { 1, double.NaN, 2, double.PositiveInfinity }, 40, "▁·█·")]
    [InlineData(new double[] { 3, 3, 3 }, 40, "▁▁▁")]
    [InlineData(new double[0], 40, "")]
    public void DrawsHeights(double[] values, int width, string text) => Assert.Equal(text, Sparkline.Of(values, width));

    [Theory]
    [InlineData(0.0123456, "0.0123")]
    [InlineData(41.67, "41.7")]
    [InlineData(57624, "57,624")]
    [InlineData(9.999, "10.0")]
    [InlineData(1.2e-7, "1.20×10⁻⁷")]
    [InlineData(-3.4028235e38, "−3.40×10³⁸")]
    [InlineData(0, "0")]
    [InlineData(double.NaN, "not a number")]
    public void ShortensNumbers(double value, string text) => Assert.Equal(text, NumberText.Short(value));
}
