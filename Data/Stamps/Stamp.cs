namespace Estampa.Data;

/// <summary>
/// One image: <see cref="Height"/> rows of <see cref="Width"/> pixels, row-major, the first row at the bottom as in FITS.
/// </summary>
public sealed class Stamp
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    public Stamp(float[] pixels, int width, int height, IReadOnlyDictionary<string, string>? keywords = null)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        if (width < 1 || height < 1 || pixels.Length != (long)width * height)
        {
            throw new ArgumentException($"{pixels.Length} pixels are not a stamp of {width} x {height}", nameof(pixels));
        }

        (Pixels, Width, Height, Keywords) = (pixels, width, height, keywords ?? None);
    }

    public float[] Pixels { get; }

    public int Width { get; }

    public int Height { get; }

    /// <summary>The FITS header's keywords with their values as text, strings without quotes; empty for a stamp that was made.</summary>
    public IReadOnlyDictionary<string, string> Keywords { get; }
}
