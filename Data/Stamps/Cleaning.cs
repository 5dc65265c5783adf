namespace Estampa.Data;

/// <summary>What is done with pixels and stamps that cannot be used as they are.</summary>
public static class Cleaning
{
    /// <summary>Side of a whole ZTF cut-out.</summary>
    public const int Side = 63;

    /// <summary>Beyond this a pixel is no measurement: some templates hold -3.4028235e38, finite but no flux.</summary>
    public const float Largest = 1e30f;

    /// <summary>Makes NaN of every pixel that is not finite or beyond <see cref="Largest"/>; returns how many there are.</summary>
    public static int Mask(Span<float> pixels)
    {
        var count = 0;
        foreach (ref var pixel in pixels)
        {
            if (!(MathF.Abs(pixel) <= Largest))
            {
                pixel = float.NaN;
                count++;
            }
        }

        return count;
    }

    /// <summary>
    /// Why a cut-out is not used: at a detector's edge ZTF's are smaller than 63 x 63. They are dropped, as ALeRCE does
    /// (arXiv:2008.03309), and not padded, as BOOM does. Null where it is whole.
    /// </summary>
    public static string? WhyNotWhole(Stamp stamp)
    {
        ArgumentNullException.ThrowIfNull(stamp);
        return stamp.Width == Side && stamp.Height == Side ? null : $"{stamp.Width} x {stamp.Height} pixels and not {Side} x {Side}";
    }

    /// <summary>Why a masked plane cannot be scaled: no pixel is left, or all that are left are equal. Null where it can.</summary>
    public static string? WhyEmpty(ReadOnlySpan<float> pixels)
    {
        var first = float.NaN;
        foreach (var pixel in pixels)
        {
            if (float.IsNaN(first))
            {
                first = pixel;
            }
            else if (!float.IsNaN(pixel) && pixel != first)
            {
                return null;
            }
        }

        return float.IsNaN(first) ? "no pixel is a number" : $"all pixels are {first}";
    }
}
