namespace Estampa.Data;

/// <summary>What a survey's pipeline would say of the candidate, measured on the difference image.</summary>
internal readonly record struct Measurement
{
    private const int Radius = 7;

    /// <summary>ADU, best fit of the point spread; negative where the source has faded.</summary>
    public double Flux { get; private init; }

    /// <summary>Error of <see cref="Flux"/> from the pixels' noise alone, ADU.</summary>
    public double PixelError { get; private init; }

    /// <summary>1.0857 / sigmapsf.</summary>
    public double SignalToNoise { get; private init; }

    public double Magnitude { get; private init; }

    public double MagnitudeError { get; private init; }

    /// <summary>Chi squared of the fit in 7 x 7 pixels against the empty sky's noise, over its degrees of freedom.</summary>
    public double ReducedChiSquared { get; private init; }

    /// <summary>In a circle of radius 4 pixels, corrected for the light outside.</summary>
    public double ApertureMagnitude { get; private init; }

    public double ApertureError { get; private init; }

    /// <summary>In a circle of radius 5 pixels, corrected for the light outside.</summary>
    public double LargeApertureMagnitude { get; private init; }

    public double LargeApertureError { get; private init; }

    /// <summary>Median of the difference image, ADU.</summary>
    public double Sky { get; private init; }

    /// <summary>Root mean square extent along the major axis of the pixels above 1.5 sigma and .3 of the peak, pixels.</summary>
    public double MajorExtent { get; private init; }

    public double MinorExtent { get; private init; }

    /// <summary>Diameter of the circle as large as the pixels above half of the peak.</summary>
    public double FullWidth { get; private init; }

    /// <summary>Pixels in 5 x 5 of the sign opposite to the candidate's.</summary>
    public int NegativePixels { get; private init; }

    /// <summary>|sum of pixels| / sum of |pixels| in 5 x 5.</summary>
    public double SumRatio { get; private init; }

    public static Measurement Of(float[] difference, float[] variance, int size, double x, double y, Visit visit)
    {
        const int Side = (2 * Radius) + 1;
        var (left, bottom) = ((int)Math.Floor(x + 0.5) - Radius, (int)Math.Floor(y + 0.5) - Radius);
        var model = new float[Side * Side];
        visit.PointSpread.AddStar(model, Side, x - left, y - bottom, 1e4);
        var sky = Median(difference, size);
        double product = 0, square = 0, error = 0;
        for (var i = 0; i < model.Length; i++)
        {
            model[i] *= 1e-4f;
            var place = ((bottom + (i / Side)) * size) + left + (i % Side);
            product += model[i] * (difference[place] - sky);
            square += (double)model[i] * model[i];
            error += (double)model[i] * model[i] * variance[place];
        }

        var flux = product / square;
        var pixelError = Math.Sqrt(error) / square;
        var relative = Visit.QuotedExcess * pixelError / Math.Abs(flux);
        var noise = Visit.MagnitudesPerRelativeError * Math.Sqrt((relative * relative) + (Visit.ErrorFloor * Visit.ErrorFloor));
        var sign = flux < 0 ? -1f : 1f;
        var patch = new float[Side * Side];
        double chi = 0;
        for (var i = 0; i < patch.Length; i++)
        {
            var place = ((bottom + (i / Side)) * size) + left + (i % Side);
            patch[i] = sign * (difference[place] - sky);
            if (Math.Abs((i % Side) - Radius) <= 3 && Math.Abs((i / Side) - Radius) <= 3)
            {
                var rest = difference[place] - sky - (flux * model[i]);
                chi += rest * rest / variance[(bottom * size) + left];
            }
        }

        var pixelNoise = Math.Sqrt(variance[(bottom * size) + left]);
        var (aperture, apertureError) = Aperture(patch, model, 4, pixelNoise, visit);
        var (large, largeError) = Aperture(patch, model, 5, pixelNoise, visit);
        var (major, minor, width, negative, ratio) = Shape(patch, Side, pixelNoise);
        return new Measurement
        {
            Flux = flux,
            PixelError = pixelError,
            SignalToNoise = Visit.MagnitudesPerRelativeError / noise,
            Magnitude = visit.ZeroPoint - (2.5 * PortableMath.Log10(Math.Max(1e-3, Math.Abs(flux)))),
            MagnitudeError = noise,
            ReducedChiSquared = chi / 48,
            ApertureMagnitude = aperture,
            ApertureError = apertureError,
            LargeApertureMagnitude = large,
            LargeApertureError = largeError,
            Sky = sky,
            MajorExtent = major,
            MinorExtent = minor,
            FullWidth = width,
            NegativePixels = negative,
            SumRatio = ratio,
        };
    }

    private static (double Magnitude, double Error) Aperture(float[] patch, float[] model, int radius, double noise, Visit visit)
    {
        const int Side = (2 * Radius) + 1;
        double sum = 0, light = 0;
        var pixels = 0;
        for (var i = 0; i < patch.Length; i++)
        {
            var (dx, dy) = ((i % Side) - Radius, (i / Side) - Radius);
            if ((dx * dx) + (dy * dy) <= radius * radius)
            {
                sum += patch[i];
                light += model[i];
                pixels++;
            }
        }

        // A faint source in much noise can sum to nothing: it is given the noise's own flux.
        var deviation = noise * Math.Sqrt(pixels);
        var flux = Math.Max(sum, 0.5 * deviation) / light;
        return (visit.ZeroPoint - (2.5 * PortableMath.Log10(flux)), Visit.MagnitudesPerRelativeError * deviation / (flux * light));
    }

    private static (double Major, double Minor, double Width, int Negative, double Ratio) Shape(float[] patch, int side, double noise)
    {
        double weight = 0, mx = 0, my = 0, xx = 0, yy = 0, xy = 0, sum = 0, absolute = 0, peak = 0;
        int negative = 0, high = 0;
        for (var pass = 0; pass < 2; pass++)
        {
            for (var i = 0; i < 49; i++)
            {
                var (dx, dy) = ((i % 7) - 3, (i / 7) - 3);
                double value = patch[((Radius + dy) * side) + Radius + dx];
                if (pass == 0)
                {
                    peak = Math.Max(peak, value);
                    if (Math.Abs(dx) <= 2 && Math.Abs(dy) <= 2)
                    {
                        negative += value < 0 ? 1 : 0;
                        sum += value;
                        absolute += Math.Abs(value);
                    }
                }
                else if (value > Math.Max(1.5 * noise, 0.3 * peak))
                {
                    weight += value;
                    (mx, my) = (mx + (value * dx), my + (value * dy));
                    (xx, yy, xy) = (xx + (value * dx * dx), yy + (value * dy * dy), xy + (value * dx * dy));
                    high += value >= 0.5 * peak ? 1 : 0;
                }
            }
        }

        if (weight <= 0)
        {
            return (0.5, 0.4, 1.1, negative, 0);
        }

        (mx, my) = (mx / weight, my / weight);
        (xx, yy, xy) = ((xx / weight) - (mx * mx), (yy / weight) - (my * my), (xy / weight) - (mx * my));
        var middle = (xx + yy) / 2;
        var half = Math.Sqrt(((xx - yy) * (xx - yy) / 4) + (xy * xy));
        var (major, minor) = (Math.Sqrt(Math.Max(0.1, middle + half)), Math.Sqrt(Math.Max(0.08, middle - half)));
        return (major, minor, 2 * Math.Sqrt(Math.Max(1, high) / Math.PI), negative, Math.Abs(sum) / Math.Max(absolute, 1e-9));
    }

    // Every third pixel tells the median to a thirtieth of the noise.
    private static float Median(float[] plane, int size)
    {
        Span<float> values = stackalloc float[size * size / 3];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = plane[3 * i];
        }

        values.Sort();
        return values[values.Length / 2];
    }
}
