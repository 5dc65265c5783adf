namespace Estampa.Runner;

/// <summary>
/// The z-scale limits of IRAF's display task: a line is fitted to the sorted pixels around their median, outliers left out, and
/// its slope, divided by the contrast, spans the range. It shows faint sky and cuts off bright cores. Up to 1,000 pixels the limits
/// are those of astropy's ZScaleInterval.
/// </summary>
internal static class ZScale
{
    private const int Samples = 1000;
    private const double Contrast = 0.25;
    private const double Rejection = 2.5;
    private const int Rounds = 5;
    private const double LeastKept = 0.5;
    private const int LeastPixels = 5;

    /// <summary>The limits for pixels in rising order, at least one of them.</summary>
    public static PixelRange Of(float[] sorted)
    {
        var stride = (sorted.Length + Samples - 1) / Samples;
        var sample = Enumerable.Range(0, (sorted.Length + stride - 1) / stride).Select(index => (double)sorted[index * stride]).ToArray();
        var count = sample.Length;
        var (low, high) = (sample[0], (double)sorted[^1]);
        var least = Math.Max(LeastPixels, (int)(count * LeastKept));
        var (slope, kept) = Fit(sample, least);
        if (kept < least)
        {
            return new PixelRange(low, high);
        }
        var middle = (count - 1) / 2;
        var median = (sample[(count - 1) / 2] + sample[count / 2]) / 2;
        slope /= Contrast;
        return new PixelRange(Math.Max(low, median - ((middle - 1) * slope)), Math.Min(high, median + ((count - middle) * slope)));
    }

    // Least squares over the pixels still kept; those far from the line leave, with their neighbours, until no more do.
    private static (double Slope, int Kept) Fit(double[] sample, int least)
    {
        var bad = new bool[sample.Length];
        var grow = Math.Max(1, (int)(sample.Length * 0.01));
        var kept = sample.Length;
        var slope = 0.0;
        for (var round = 0; round < Rounds && kept >= least; round++)
        {
            var before = kept;
            (slope, var start, var spread) = Line(sample, bad);
            var far = new bool[sample.Length];
            for (var index = 0; index < sample.Length; index++)
            {
                far[index] = bad[index] || Math.Abs(sample[index] - start - (slope * index)) > Rejection * spread;
            }
            for (var index = 0; index < sample.Length; index++)
            {
                var from = Math.Max(0, index - (grow / 2));
                bad[index] = far.AsSpan(from, Math.Min(sample.Length, index + ((grow + 1) / 2)) - from).Contains(true);
            }
            kept = bad.Count(one => !one);
            if (kept == before)
            {
                break;
            }
        }
        return (slope, kept);
    }

    private static (double Slope, double Start, double Spread) Line(double[] sample, bool[] bad)
    {
        var kept = Enumerable.Range(0, sample.Length).Where(index => !bad[index]).ToArray();
        var middleX = kept.Average();
        var middleY = kept.Average(index => sample[index]);
        var square = kept.Sum(index => (index - middleX) * (index - middleX));
        var slope = square > 0 ? kept.Sum(index => (index - middleX) * (sample[index] - middleY)) / square : 0;
        var start = middleY - (slope * middleX);
        var spread = Math.Sqrt(kept.Average(index => Math.Pow(sample[index] - start - (slope * index), 2)));
        return (slope, start, spread);
    }
}
