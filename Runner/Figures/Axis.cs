namespace Estampa.Runner;

/// <summary>Where a tick stands and what it says.</summary>
public readonly record struct Tick(double Value, string Label);

/// <summary>
/// One axis of a chart: the range of values shown, linear or logarithmic, and round ticks inside it. <c>Factor</c> is a power of
/// ten taken out of all the labels, for the axis title (empty where none is).
/// </summary>
public sealed class Axis
{
    private Axis(double low, double high, bool logarithmic)
    {
        Low = low;
        High = high;
        Logarithmic = logarithmic;
    }

    public double Low { get; }

    public double High { get; }

    public bool Logarithmic { get; }

    /// <summary>An axis over the finite values, with a margin on both sides as a share of their range.</summary>
    /// <param name="values">Any values; those not finite are left out. None at all gives 0 to 1.</param>
    /// <param name="margin">Share of the range left free at each end.</param>
    /// <param name="logarithmic">Asked for; done only where every finite value is above 0 (1e-100).</param>
    public static Axis Over(IEnumerable<double> values, double margin, bool logarithmic = false)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values)
        {
            // A range of more than 1e300 would overflow below.
            if (Math.Abs(value) < 1e300)
            {
                low = Math.Min(low, value);
                high = Math.Max(high, value);
            }
        }
        if (low > high)
        {
            return new Axis(0, 1, logarithmic: false);
        }
        // Values that differ by rounding alone are drawn as equal, in the middle of an axis a tenth of them wide to each side.
        var largest = Math.Max(Math.Abs(low), Math.Abs(high));
        var flat = high - low <= Math.Max(largest * 1e-12, 1e-290);
        if (logarithmic && low > 1e-100 && high < 1e100)
        {
            var reach = flat ? 2 : Math.Pow(high / low, margin);
            return new Axis(low / reach, high * reach, logarithmic: true);
        }
        var away = flat ? (largest < 1e-280 ? 1 : largest * 0.1) : (high - low) * margin;
        return new Axis(low - away, high + away, logarithmic: false);
    }

    /// <summary>An axis from 0, for counts.</summary>
    public static Axis FromZero(double high) => new(0, high > 0 ? high * 1.05 : 1, logarithmic: false);

    /// <summary>An axis with these very ends.</summary>
    public static Axis Between(double low, double high) => high > low ? new Axis(low, high, logarithmic: false) : Over([low], 0);

    /// <summary>The place of a value as a share of the axis, 0 at its low and 1 at its high end.</summary>
    public double Share(double value) => Logarithmic
        ? Math.Log(value / Low) / Math.Log(High / Low)
        : (value - Low) / (High - Low);

    /// <summary>Round ticks, at most about <paramref name="most"/>; of whole numbers only where <paramref name="whole"/> says so.</summary>
    public (IReadOnlyList<Tick> Ticks, string Factor) Ticks(int most, bool whole = false)
    {
        most = Math.Max(most, 2);
        return Logarithmic && High / Low >= 8 ? (Powers(most), "") : Rounds(most, whole);
    }

    // Steps of 1, 2 or 5 times a power of ten.
    private (IReadOnlyList<Tick> Ticks, string Factor) Rounds(int most, bool whole)
    {
        var rough = (High - Low) / most;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * (rough / power) switch
        {
            <= 1 => 1,
            <= 2 => 2,
            <= 5 => 5,
            _ => 10,
        };
        step = whole ? Math.Max(Math.Round(step), 1) : step;
        var largest = Math.Max(Math.Abs(Low), Math.Abs(High));
        var exponent = largest is < 1e-3 or >= 1e6 ? (int)Math.Floor(Math.Log10(largest)) : 0;
        var unit = Math.Pow(10, exponent);
        var decimals = Math.Clamp((int)Math.Ceiling(-Math.Log10(step / unit) - 1e-9), 0, 12);
        var ticks = new List<Tick>();
        for (var number = Math.Ceiling((Low / step) - 1e-9); number <= (High / step) + 1e-9 && ticks.Count < 100; number++)
        {
            ticks.Add(new Tick(number * step, NumberText.Fixed(number * step / unit, decimals)));
        }
        return (ticks, exponent == 0 ? "" : $"×{NumberText.PowerOfTen(exponent)}");
    }

    // Every power of ten, or every n-th where there are too many; with 2 and 5 between where there are few.
    private List<Tick> Powers(int most)
    {
        var first = (int)Math.Floor(Math.Log10(Low));
        var last = (int)Math.Ceiling(Math.Log10(High));
        var every = Math.Max(1, (int)Math.Ceiling((last - first + 1.0) / most));
        int[] between = (last - first) * 3 <= most + 3 ? [1, 2, 5] : [1];
        var ticks = new List<Tick>();
        for (var power = first; power <= last; power++)
        {
            foreach (var digit in (power - first) % every == 0 ? between : [])
            {
                var value = digit * Math.Pow(10, power);
                if (value >= Low * (1 - 1e-9) && value <= High * (1 + 1e-9))
                {
                    var plain = first >= -3 && last <= 5;
                    ticks.Add(new Tick(value, plain ? NumberText.Fixed(value, Math.Max(0, -power))
                        : (digit == 1 ? "" : $"{digit}×") + NumberText.PowerOfTen(power)));
                }
            }
        }
        return ticks;
    }
}
