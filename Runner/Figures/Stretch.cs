namespace Estampa.Runner;

/// <summary>How brightness follows pixel value between the two limits.</summary>
public enum StretchCurve
{
    Linear,
    SquareRoot,
    Asinh,
    Log,
}

/// <summary>How the lower and upper limit are taken from the pixels.</summary>
public enum StretchLimits
{
    /// <summary>The least and the greatest pixel.</summary>
    Extremes,

    /// <summary>The 0.5th and the 99.5th percentile.</summary>
    Percentiles,

    /// <summary>IRAF's z-scale: <see cref="Estampa.Runner.ZScale"/>.</summary>
    ZScale,
}

/// <summary>The values drawn as the darkest and the brightest colour; both NaN where there are no pixels with data.</summary>
public readonly record struct PixelRange(double Low, double High)
{
    public bool IsEmpty => double.IsNaN(Low);
}

/// <summary>The way from pixel values to brightness, named in the caption of what is drawn with it.</summary>
public sealed record Stretch(StretchCurve Curve, StretchLimits Limits)
{
    /// <summary>The part of the range that is drawn nearly linearly by the asinh curve (Lupton, Gunn and Szalay 1999).</summary>
    private const double Softening = 0.1;

    /// <summary>Steepness of the logarithmic curve, as in SAOImage DS9.</summary>
    private const double LogBase = 1000;

    // Masked pixels are NaN or, in ZTF templates, the most negative float.
    private const float LargestPixel = 1e30f;

    public static Stretch Linear { get; } = new(StretchCurve.Linear, StretchLimits.Extremes);

    public static Stretch Asinh { get; } = new(StretchCurve.Asinh, StretchLimits.Percentiles);

    /// <summary>For captions: "asinh, 0.5th to 99.5th percentile".</summary>
    public string Name
    {
        get
        {
            var curve = Curve switch
            {
                StretchCurve.Linear => "linear",
                StretchCurve.SquareRoot => "square root",
                StretchCurve.Asinh => "asinh",
                _ => "log",
            };
            return Limits switch
            {
                StretchLimits.Extremes => $"{curve}, least to greatest pixel",
                StretchLimits.Percentiles => $"{curve}, 0.5th to 99.5th percentile",
                _ => $"{curve}, z-scale",
            };
        }
    }

    /// <summary>Whether a pixel holds data: finite and not the mask value.</summary>
    public static bool HasData(float pixel) => Math.Abs(pixel) < LargestPixel;

    /// <summary>The limits over the pixels of all the stamps that share them.</summary>
    public PixelRange RangeOf(IEnumerable<float[]> stamps)
    {
        var sorted = Sorted(stamps);
        if (sorted.Length == 0)
        {
            return new PixelRange(double.NaN, double.NaN);
        }
        return Limits switch
        {
            StretchLimits.Extremes => new PixelRange(sorted[0], sorted[^1]),
            StretchLimits.Percentiles => new PixelRange(Percentile(sorted, 0.005), Percentile(sorted, 0.995)),
            _ => ZScale.Of(sorted),
        };
    }

    /// <summary>A range about zero, for residuals: plus and minus the limit over the absolute values.</summary>
    public PixelRange SymmetricRangeOf(IEnumerable<float[]> stamps)
    {
        var sorted = Sorted(stamps.Select(stamp => Array.ConvertAll(stamp, Math.Abs)));
        if (sorted.Length == 0)
        {
            return new PixelRange(double.NaN, double.NaN);
        }
        var limit = Limits == StretchLimits.Extremes ? sorted[^1] : Percentile(sorted, 0.995);
        return new PixelRange(-limit, limit);
    }

    /// <summary>Brightness from 0 to 1 (values outside the range included); NaN where the pixel holds no data.</summary>
    public double Brightness(float pixel, PixelRange range)
    {
        if (!HasData(pixel))
        {
            return double.NaN;
        }
        if (range.High <= range.Low)
        {
            return 0.5;
        }
        var share = Math.Clamp((pixel - range.Low) / (range.High - range.Low), 0, 1);
        return Curve switch
        {
            StretchCurve.Linear => share,
            StretchCurve.SquareRoot => Math.Sqrt(share),
            StretchCurve.Asinh => Math.Asinh(share / Softening) / Math.Asinh(1 / Softening),
            _ => Math.Log(1 + (LogBase * share)) / Math.Log(1 + LogBase),
        };
    }

    private static float[] Sorted(IEnumerable<float[]> stamps)
    {
        var pixels = stamps.SelectMany(stamp => stamp).Where(HasData).ToArray();
        Array.Sort(pixels);
        return pixels;
    }

    private static double Percentile(float[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * ((double)sorted[above] - sorted[below]));
    }
}
