namespace Estampa.Data;

/// <summary>What <see cref="Scaler"/> did: raw = scaled * Factor + Offset.</summary>
public readonly record struct ScaleParameters(float Offset, float Factor)
{
    /// <summary>Back to raw units, in place. Pixels that were masked come back as Offset.</summary>
    public void Invert(Span<float> pixels)
    {
        foreach (ref var pixel in pixels)
        {
            pixel = (pixel * Factor) + Offset;
        }
    }
}

/// <summary>
/// Scales one channel of one sample in place. A channel without spread (all pixels equal, or all NaN) becomes all 0 with factor 1.
/// </summary>
public static class Scaler
{
    /// <param name="scaling">Which; of <see cref="Scaling.Object"/> the first half, that takes the sky away with factor 1.</param>
    /// <param name="pixels">Cleaned pixels of one channel: NaN where masked. Sums run in double, so 1e30 squared does not overflow.</param>
    /// <param name="width">Pixels of a row.</param>
    public static ScaleParameters Apply(Scaling scaling, Span<float> pixels, int width)
    {
        var parameters = Measure(scaling, pixels, width);
        foreach (ref var pixel in pixels)
        {
            // In double, so that the difference of two large pixels stays finite; float.IsNaN is false for every pixel kept.
            pixel = float.IsNaN(pixel) ? 0f : (float)(((double)pixel - parameters.Offset) / parameters.Factor);
        }

        return parameters;
    }

    private static ScaleParameters Measure(Scaling scaling, ReadOnlySpan<float> pixels, int width)
    {
        double sum = 0, squares = 0;
        float least = float.PositiveInfinity, most = float.NegativeInfinity;
        var count = 0;
        foreach (var pixel in pixels)
        {
            if (!float.IsNaN(pixel))
            {
                (least, most) = (MathF.Min(least, pixel), MathF.Max(most, pixel));
                sum += pixel;
                squares += (double)pixel * pixel;
                count++;
            }
        }

        if (count == 0)
        {
            return new ScaleParameters(0, 1);
        }

        return scaling switch
        {
            Scaling.None => new ScaleParameters(0, 1),
            Scaling.MinMax => WithSpread(least, (double)most - least),
            Scaling.ZScore => WithSpread((float)(sum / count), least == most ? 0 : Deviation(pixels, sum / count, count)),
            Scaling.L2 => WithSpread(0, Math.Sqrt(squares)),
            Scaling.Sky => AboveSky(SkyLevel.Of(pixels, width), Math.Max((double)most, -(double)least)),
            Scaling.Object => new ScaleParameters(SkyLevel.Of(pixels, width).Level, 1),
            _ => throw new ArgumentOutOfRangeException(nameof(scaling), scaling, "no such scaling"),
        };
    }

    /// <summary>A border that is nearly constant gives no noise: it is taken to be a millionth of the largest pixel at least.</summary>
    private static ScaleParameters AboveSky(SkyLevel sky, double largest) =>
        WithSpread(sky.Level, sky.Noise > 0 ? Math.Max(sky.Noise, largest * 1e-6) : 0);

    private static double Deviation(ReadOnlySpan<float> pixels, double mean, int count)
    {
        double sum = 0;
        foreach (var pixel in pixels)
        {
            sum += float.IsNaN(pixel) ? 0 : (pixel - mean) * (pixel - mean);
        }

        return Math.Sqrt(sum / count);
    }

    private static ScaleParameters WithSpread(float offset, double spread)
    {
        // A spread below the smallest normal float (denormal pixels) cannot be divided by and come back.
        return (float)spread < 1.17549435e-38f ? new ScaleParameters(offset, 1) : new ScaleParameters(offset, (float)spread);
    }
}
