namespace Estampa.Runner;

/// <summary>A series as one line of text in eight heights of block, for a terminal: ▇▅▃▂▁▁.</summary>
public static class Sparkline
{
    private const string Blocks = "▁▂▃▄▅▆▇█";

    /// <summary>
    /// At most <paramref name="width"/> characters; a longer series is averaged in equal pieces. A piece without a finite value is a
    /// dot; equal values are drawn at the lowest height.
    /// </summary>
    public static string Of(IReadOnlyList<double> values, int width = 40)
    {
        var count = Math.Min(values.Count, Math.Max(width, 0));
        var means = new double[count];
        for (var index = 0; index < count; index++)
        {
            var from = (int)((long)index * values.Count / count);
            var to = (int)((long)(index + 1) * values.Count / count);
            var piece = Enumerable.Range(from, to - from).Select(at => values[at]).Where(double.IsFinite);
            means[index] = piece.DefaultIfEmpty(double.NaN).Average();
        }
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var mean in means.Where(double.IsFinite))
        {
            low = Math.Min(low, mean);
            high = Math.Max(high, mean);
        }
        return string.Concat(means.Select(mean => !double.IsFinite(mean) ? '·'
            : Blocks[high > low ? (int)Math.Round((mean - low) / (high - low) * (Blocks.Length - 1)) : 0]));
    }
}
