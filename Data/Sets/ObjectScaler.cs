namespace Estampa.Data;

/// <summary>The second half of <see cref="Scaling.Object"/>: one factor for all stamps of an object and channel.</summary>
internal static class ObjectScaler
{
    /// <summary>Scaled pixels stay within this, or one asteroid's passage would outweigh all else in a squared error.</summary>
    public const float Bound = 20;

    private const double Share = .995;

    /// <summary>
    /// Divides pixels by the <see cref="Share"/> quantile (nearest rank) of the object's absolute values in that channel, and clips
    /// them at <see cref="Bound"/>. What is 0 does not count: it is masked, or has no stamp, or lies at the sky's level itself.
    /// </summary>
    /// <param name="pixels">(N, H, W, C), the sky taken away.</param>
    /// <param name="objectIds">N.</param>
    /// <param name="factors">(N, C); becomes what was divided by, above 0.</param>
    public static void Apply(Span<float> pixels, string[] objectIds, float[] factors)
    {
        var (channels, length) = (factors.Length / objectIds.Length, pixels.Length / objectIds.Length);
        var values = new List<float>();
        foreach (var rows in Enumerable.Range(0, objectIds.Length).GroupBy(row => objectIds[row]))
        {
            for (var channel = 0; channel < channels; channel++)
            {
                values.Clear();
                foreach (var row in rows)
                {
                    for (var i = (row * length) + channel; i < (row + 1) * length; i += channels)
                    {
                        if (pixels[i] != 0)
                        {
                            values.Add(MathF.Abs(pixels[i]));
                        }
                    }
                }

                values.Sort();

                // Denormal values cannot be divided by and come back; far larger pixels than the quantile must stay finite.
                var quantile = values.Count == 0 ? 0 : values[(int)Math.Ceiling(Share * values.Count) - 1];
                var spread = values.Count == 0 ? 0 : Math.Max(quantile, values[^1] * 1e-6f);
                var factor = spread < 1.17549435e-38f ? 1 : spread;
                foreach (var row in rows)
                {
                    factors[(row * channels) + channel] = factor;
                    for (var i = (row * length) + channel; i < (row + 1) * length; i += channels)
                    {
                        pixels[i] = Math.Clamp(pixels[i] / factor, -Bound, Bound);
                    }
                }
            }
        }
    }
}
