namespace Estampa.Data;

/// <summary>The second half of <see cref="Scaling.Object"/>: one factor for all stamps of an object and channel.</summary>
internal static class ObjectScaler
{
    /// <summary>Scaled pixels stay within this, or one asteroid's passage would outweigh all else in a squared error.</summary>
    public const float Bound = 20;

    /// <summary>Radius of the middle, in pixels.</summary>
    private const double Middle = 2;

    /// <summary>The factor in units of the noise, at least: an object that is mostly absent is not blown up to its noise.</summary>
    private const double LeastOverNoise = 5;

    /// <summary>
    /// Divides pixels by the median over the object's stamps of the mean of their middle in that channel, or by five times the median noise
    /// of their borders where that is more, and clips them at <see cref="Bound"/>. Stamps that are 0 throughout do not count.
    /// </summary>
    /// <param name="pixels">(N, H, W, C), the sky taken away.</param>
    /// <param name="width">W.</param>
    /// <param name="objectIds">N.</param>
    /// <param name="factors">(N, C); becomes what was divided by, above 0.</param>
    public static void Apply(Span<float> pixels, int width, string[] objectIds, float[] factors)
    {
        var (channels, length) = (factors.Length / objectIds.Length, pixels.Length / objectIds.Length);
        var plane = new float[length / channels];
        foreach (var rows in Enumerable.Range(0, objectIds.Length).GroupBy(row => objectIds[row]).Select(rows => rows.ToArray()))
        {
            for (var channel = 0; channel < channels; channel++)
            {
                var (middles, noises, most) = (new List<double>(), new List<double>(), 0f);
                foreach (var row in rows)
                {
                    for (var place = 0; place < plane.Length; place++)
                    {
                        plane[place] = pixels[(row * length) + (place * channels) + channel];
                        most = MathF.Max(most, MathF.Abs(plane[place]));
                    }

                    if (plane.AsSpan().ContainsAnyExcept(0f))
                    {
                        middles.Add(MiddleOf(plane, width));
                        noises.Add(SkyLevel.Of(plane, width).Noise);
                    }
                }

                // Denormal values cannot be divided by; far larger pixels than the factor must stay finite until they are clipped.
                var factor = middles.Count == 0 ? 0 : Math.Max(Math.Max(Median(middles), LeastOverNoise * Median(noises)), most * 1e-6);
                var divisor = factor < 1.17549435e-38 ? 1 : (float)factor;
                foreach (var row in rows)
                {
                    factors[(row * channels) + channel] = divisor;
                    for (var i = (row * length) + channel; i < (row + 1) * length; i += channels)
                    {
                        pixels[i] = Math.Clamp(pixels[i] / divisor, -Bound, Bound);
                    }
                }
            }
        }
    }

    private static double MiddleOf(float[] plane, int width)
    {
        var (row, column) = (((plane.Length / width) - 1) / 2.0, (width - 1) / 2.0);
        var (sum, count) = (0.0, 0);
        for (var place = 0; place < plane.Length; place++)
        {
            var (down, right) = ((place / width) - row, (place % width) - column);
            if ((down * down) + (right * right) <= Middle * Middle)
            {
                sum += plane[place];
                count++;
            }
        }

        return sum / count;
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return (values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2;
    }
}
