using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

public sealed class AxisTests
{
    [Theory]
    [InlineData(0, 100, 6, false, "0 20 40 60 80 100", "")]
    [InlineData(-0.3, 0.31, 4, false, "−0.2 0.0 0.2", "")]
    [InlineData(1, 3, 8, true, "1 2 3", "")]
    [InlineData(0, 3.2e-5, 4, false, "0 1 2 3", "×10⁻⁵")]
    [InlineData(0, 30000, 3, false, "0 10,000 20,000 30,000", "")]
    public void TicksAreRound(double low, double high, int most, bool whole, string labels, string factor)
    {
        var (ticks, power) = Axis.Between(low, high).Ticks(most, whole);
        Assert.Equal(labels, string.Join(' ', ticks.Select(tick => tick.Label)));
        Assert.Equal(factor, power);
    }

    [Theory]
    [InlineData(0.02, 0.6, "0.02 0.05 0.1 0.2 0.5")]
    [InlineData(1e-9, 1, "10⁻⁹ 10⁻⁷ 10⁻⁵ 10⁻³ 10⁻¹")]
    [InlineData(2, 3, "2.0 2.2 2.4 2.6 2.8 3.0")]
    public void LogarithmicTicksAreDecades(double low, double high, string labels)
    {
        var (ticks, _) = Axis.Over([low, high], 0, logarithmic: true).Ticks(6);
        Assert.Equal(labels, string.Join(' ', ticks.Select(tick => tick.Label)));
    }

    [Fact]
    public void IsLinearWhereAValueIsNotAboveZero()
    {
        Assert.True(Axis.Over([1, 2], 0, logarithmic: true).Logarithmic);
        Assert.False(Axis.Over([0, 2], 0, logarithmic: true).Logarithmic);
    }

    [Theory]
    [InlineData(new double[0])]
    [InlineData(new double[] { double.NaN, double.PositiveInfinity })]
    [InlineData(new double[] { 0 })]
    [InlineData(new double[] { 1e-300 })]
    [InlineData(new double[] { double.Epsilon, 2 * double.Epsilon })]
    [InlineData(new double[] { -1e299, 1e299 })]
    [InlineData(new double[] { 1e16, 1e16 + 2 })]
    public void HasFewTicksForAnyValues(double[] values)
    {
        var axis = Axis.Over(values, 0.05);
        Assert.True(axis.High > axis.Low);
        Assert.InRange(axis.Ticks(6).Ticks.Count, 1, 12);
    }
}
