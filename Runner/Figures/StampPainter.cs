namespace Estampa.Runner;

/// <summary>Turns a stamp's numbers into a picture, and draws the key that says what its colours mean.</summary>
public static class StampPainter
{
    /// <summary>Height in pixels that <see cref="DrawKey"/> takes.</summary>
    public const double KeyHeight = 24;

    private const double TextSize = 11;
    private const double RampWidth = 72;

    /// <summary>
    /// A picture of one stamp: height times width pixels, row by row. The stamp's first row is its lowest, as in FITS, so rows are
    /// turned over: it becomes the picture's last.
    /// </summary>
    /// <exception cref="ArgumentException">The stamp has another number of pixels.</exception>
    public static Canvas Paint(float[] stamp, int height, int width, Stretch stretch, PixelRange range, ColourMap map)
    {
        if (stamp.Length != height * width)
        {
            throw new ArgumentException($"A stamp of {height}x{width} needs {height * width} pixels, got {stamp.Length}", nameof(stamp));
        }
        var canvas = new Canvas(width, height);
        for (var row = 0; row < height; row++)
        {
            for (var column = 0; column < width; column++)
            {
                var pixel = stamp[((height - 1 - row) * width) + column];
                canvas.Set((row * width) + column, map.At(stretch.Brightness(pixel, range)));
            }
        }
        return canvas;
    }

    /// <summary>A range as it stands under a stamp: "−3.2 … 41.7", "±4.1", "no data".</summary>
    public static string Describe(PixelRange range)
    {
        if (range.IsEmpty)
        {
            return "no data";
        }
        if (range.Low == range.High)
        {
            return $"{NumberText.Short(range.Low)} constant";
        }
        return range.Low == -range.High
            ? $"±{NumberText.Short(range.High)}"
            : $"{End(range.Low, range.High)} … {End(range.High, range.Low)}";
    }

    // Three digits, but none that are lost against the other end: −12 … 2842.
    private static string End(double value, double other)
    {
        var largest = Math.Max(Math.Abs(value), Math.Abs(other));
        var decimals = 2 - (int)Math.Floor(Math.Log10(largest));
        return Math.Abs(value) < Math.Pow(10, -decimals) / 2 ? "0"
            : decimals is < -5 or > 6 ? NumberText.Short(value) : NumberText.Fixed(value, Math.Max(0, decimals));
    }

    /// <summary>Draws ramps with what they stand for, and the colour of missing pixels where <paramref name="missing"/> says so.</summary>
    internal static void DrawKey(Figure figure, double x, double y, IEnumerable<(ColourMap Map, string Meaning)> ramps, bool missing)
    {
        foreach (var (map, meaning) in ramps)
        {
            if (x > 16 && x + RampWidth + 26 + StrokeFont.Width(meaning, TextSize) > figure.Width)
            {
                break;
            }
            figure.Rectangle(x - 1, y - 1, RampWidth + 2, 12, Colour.Grid);
            figure.Picture(x, y, RampWidth, 10, map.Ramp(64));
            figure.Text(x + RampWidth + 7, y + 9, meaning, TextSize, Colour.Soft);
            x += RampWidth + 7 + StrokeFont.Width(meaning, TextSize) + 22;
        }
        if (missing)
        {
            figure.Rectangle(x, y, 10, 10, Colour.NoData);
            figure.Text(x + 16, y + 9, "no data", TextSize, Colour.Soft);
        }
    }
}
