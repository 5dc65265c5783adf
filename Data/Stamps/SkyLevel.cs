namespace Estampa.Data;

/// <summary>
/// The sky about a source, from the border of its stamp, where the source is faint: an eighth of the shorter side, 2 pixels of 21 (152 of
/// 441 pixels). Both are robust: a neighbour at the border moves them little.
/// </summary>
/// <param name="Level">The median.</param>
/// <param name="Noise">
/// 1.4826 times the median absolute deviation, which for normal noise is its deviation. Where that is 0, the root mean square about the
/// level.
/// </param>
public readonly record struct SkyLevel(float Level, float Noise)
{
    /// <param name="pixels">
    /// Row-major; NaN where masked. Where all of the border is, the whole stamp counts; where all is masked, both are 0.
    /// </param>
    /// <param name="width">Pixels of a row.</param>
    public static SkyLevel Of(ReadOnlySpan<float> pixels, int width)
    {
        var border = Gather(pixels, width, BorderOf(width, width == 0 ? 0 : pixels.Length / width));
        var sky = border.Length > 0 ? border : Gather(pixels, width, width);
        if (sky.Length == 0)
        {
            return default;
        }

        var level = Median(sky);
        var noise = 1.4826 * Median(Array.ConvertAll(sky, pixel => Math.Abs(pixel - level)));
        return new SkyLevel((float)level, (float)(noise > 0 ? noise : Math.Sqrt(sky.Average(pixel => (pixel - level) * (pixel - level)))));
    }

    internal static int BorderOf(int width, int height) => Math.Max(1, Math.Min(width, height) / 8);

    private static double[] Gather(ReadOnlySpan<float> pixels, int width, int border)
    {
        var values = new List<double>();
        for (var i = 0; i < pixels.Length; i++)
        {
            var (row, column) = (i / width, i % width);
            var fromEdge = Math.Min(Math.Min(row, (pixels.Length / width) - 1 - row), Math.Min(column, width - 1 - column));
            if (fromEdge < border && !float.IsNaN(pixels[i]))
            {
                values.Add(pixels[i]);
            }
        }

        return [.. values];
    }

    /// <summary>Sorts the values; of an even number, the mean of the middle two.</summary>
    private static double Median(double[] values)
    {
        Array.Sort(values);
        return (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }
}
