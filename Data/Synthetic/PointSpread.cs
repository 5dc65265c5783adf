namespace Estampa.Data;

/// <summary>
/// The image of a point: three concentric round Gaussians integrated over the pixels. Widths in units of the core's and weights were
/// fitted to the radial profile of bright isolated stars in real ZTF templates (rings of one pixel: 1, .389, .092, .030, .012, .005).
/// Gaussians are separable, so a star costs three outer products.
/// </summary>
internal sealed class PointSpread
{
    private const float FullWidthOfCore = 2.4775f;
    private const int ImageSize = 31;
    private static readonly float[] Weights = [0.643f, 0.285f, 0.072f];
    private static readonly float[] Widths = [1, 2.2012f, 3.864f];

    // Radius in pixels of the widest kernel: that of a seeing of 5 pixels.
    private const int WidestKernel = 16;

    // A part of a star is left out where its peak would be below this many ADU.
    private const float Faintest = 0.01f;

    private readonly float core;

    /// <param name="fullWidth">Full width at half maximum, pixels.</param>
    public PointSpread(double fullWidth)
    {
        FullWidth = fullWidth;
        core = (float)(fullWidth / FullWidthOfCore);
        var image = new float[ImageSize * ImageSize];
        AddStar(image, ImageSize, ImageSize / 2, ImageSize / 2, 1e5);
        double square = 0;
        foreach (var value in image)
        {
            square += value * 1e-10 * value;
        }

        NoiseArea = 1 / square;
        Peak = image[image.Length / 2] * 1e-5;
    }

    public double FullWidth { get; }

    /// <summary>Pixels whose summed background noise equals that of the best-weighted flux: 1 / sum(p^2).</summary>
    public double NoiseArea { get; }

    /// <summary>Share of a centred star's light in its central pixel.</summary>
    public double Peak { get; }

    /// <summary>Adds a star of total <paramref name="flux"/> at (x, y), pixel centres at whole numbers, to a square plane.</summary>
    public void AddStar(float[] plane, int size, double x, double y, double flux)
    {
        Span<float> across = stackalloc float[size];
        Span<float> along = stackalloc float[size];
        for (var part = 0; part < Weights.Length; part++)
        {
            var sigma = core * Widths[part];
            var scale = Weights[part] * (float)flux;
            if (MathF.Abs(scale) < Faintest * 6.3f * sigma * sigma)
            {
                return;
            }

            var (left, right) = Profile(across, (float)x, sigma);
            var (bottom, top) = Profile(along, (float)y, sigma);
            for (var row = bottom; row <= top; row++)
            {
                Planes.AddScaled(plane.AsSpan((row * size) + left, right - left + 1), across[left..(right + 1)], scale * along[row]);
            }
        }
    }

    /// <summary>
    /// Adds <paramref name="source"/> convolved with the two inner Gaussians (the wings' weight joins the second) to
    /// <paramref name="plane"/>; beyond the border the source goes on as its last row and column.
    /// </summary>
    public void AddConvolved(float[] plane, float[] source, float[] scratch, int size)
    {
        Span<float> line = stackalloc float[size + (2 * WidestKernel)];
        for (var part = 0; part < 2; part++)
        {
            var kernel = Kernel(core * Widths[part]);
            var weight = part == 0 ? Weights[0] : 1 - Weights[0];
            var radius = kernel.Length / 2;
            var padded = line[..(size + (2 * radius))];
            Array.Clear(scratch, 0, size * size);
            for (var row = 0; row < size; row++)
            {
                var values = source.AsSpan(row * size, size);
                padded[..radius].Fill(values[0]);
                values.CopyTo(padded[radius..]);
                padded[(radius + size)..].Fill(values[^1]);
                for (var tap = 0; tap < kernel.Length; tap++)
                {
                    Planes.AddScaled(scratch.AsSpan(row * size, size), padded.Slice(tap, size), weight * kernel[tap]);
                }
            }

            for (var row = 0; row < size; row++)
            {
                for (var tap = 0; tap < kernel.Length; tap++)
                {
                    var from = Math.Clamp(row + tap - radius, 0, size - 1);
                    Planes.AddScaled(plane.AsSpan(row * size, size), scratch.AsSpan(from * size, size), kernel[tap]);
                }
            }
        }
    }

    private static float[] Kernel(float sigma)
    {
        var radius = Math.Min((int)(3 * sigma) + 1, WidestKernel);
        var kernel = new float[(2 * radius) + 1];
        float sum = 0;
        for (var i = 0; i < kernel.Length; i++)
        {
            kernel[i] = Share(i - radius, 0, 1 / sigma);
            sum += kernel[i];
        }

        for (var i = 0; i < kernel.Length; i++)
        {
            kernel[i] /= sum;
        }

        return kernel;
    }

    private static float Share(int pixel, float centre, float inverse) =>
        PortableMath.NormalCumulative((pixel + 0.5f - centre) * inverse)
        - PortableMath.NormalCumulative((pixel - 0.5f - centre) * inverse);

    // One axis of a Gaussian out to 4.5 sigma; an empty range (0, -1) where it lies outside.
    private static (int First, int Last) Profile(Span<float> profile, float centre, float sigma)
    {
        var reach = 4.5f * sigma;
        var first = Math.Max(0, (int)MathF.Ceiling(centre - reach));
        var last = Math.Min(profile.Length - 1, (int)MathF.Floor(centre + reach));
        for (var i = first; i <= last; i++)
        {
            profile[i] = Share(i, centre, 1 / sigma);
        }

        return first > last ? (0, -1) : (first, last);
    }
}
