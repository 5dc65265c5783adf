using System.Numerics;

namespace Estampa.Data;

/// <summary>
/// The image of a point through air and telescope: I = (1 + q / a^2)^-b with q = (1 + e1) x^2 + (1 - e1) y^2 + 2 e2 x y (Moffat 1969),
/// sampled at the centres of pixels, so that its width is that of the image with the pixel in it. 2b is whole: powers are products and a
/// root, which every machine rounds the same.
/// </summary>
internal sealed class EllipticalMoffat
{
    private readonly float inverseSquare;
    private readonly float first;
    private readonly float second;
    private readonly float peak;
    private readonly int extraRoots;

    /// <param name="fullWidth">Full width at half maximum, pixels, of the round profile of the same area.</param>
    /// <param name="wing">b = 3 + wing / 2, for a wing of 0 to 3: smaller has more light in the wings.</param>
    /// <param name="first">e1: stretches along y.</param>
    /// <param name="second">e2: stretches along the falling diagonal.</param>
    public EllipticalMoffat(double fullWidth, int wing, double first, double second)
    {
        FullWidth = fullWidth;
        var power = 3 + (wing / 2.0);
        // 4 (2^(1/b) - 1) of a full width squared.
        var square = fullWidth * fullWidth / (4 * (PortableMath.Exp(0.6931471805599453 / power) - 1));
        inverseSquare = (float)(1 / square);
        (this.first, this.second) = ((float)first, (float)second);
        peak = (float)((power - 1) / (Math.PI * square) * Math.Sqrt(1 - (first * first) - (second * second)));
        extraRoots = wing;
        // 1 / integral of the squared profile.
        NoiseArea = Math.PI * square * ((2 * power) - 1) / ((power - 1) * (power - 1));
    }

    public double FullWidth { get; }

    /// <summary>Pixels whose summed background noise equals that of the best-weighted flux.</summary>
    public double NoiseArea { get; }

    /// <summary>Adds a star of total <paramref name="flux"/> at (x, y), pixel centres at whole numbers, to a square plane.</summary>
    public void AddStar(float[] plane, int size, double x, double y, double flux)
    {
        var height = peak * (float)flux;
        Span<float> column = stackalloc float[Vector<float>.Count];
        for (var i = 0; i < column.Length; i++)
        {
            column[i] = i;
        }

        var start = new Vector<float>(column);
        Span<float> values = stackalloc float[Vector<float>.Count];
        for (var row = 0; row < size; row++)
        {
            var dy = (float)(row - y);
            for (var left = 0; left < size; left += Vector<float>.Count)
            {
                var dx = start + new Vector<float>((float)(left - x));
                var q = (dx * dx * (1 + first)) + (dx * (2 * second * dy)) + new Vector<float>((1 - first) * dy * dy);
                var u = Vector<float>.One + (q * inverseSquare);
                var power = u * u * u;
                var root = Vector.SquareRoot(u);
                for (var i = 0; i < extraRoots; i++)
                {
                    power *= root;
                }

                (new Vector<float>(height) / power).CopyTo(values);
                var target = plane.AsSpan((row * size) + left, Math.Min(values.Length, size - left));
                for (var i = 0; i < target.Length; i++)
                {
                    target[i] += values[i];
                }
            }
        }
    }

    /// <summary>
    /// Adds the middle of <paramref name="source"/>, a plane with <paramref name="margin"/> more pixels on each side, convolved with this
    /// image out to 1.5 full widths.
    /// </summary>
    public void AddConvolved(float[] plane, int size, float[] source, int margin)
    {
        var radius = Math.Min(margin, (int)(1.5 * FullWidth) + 1);
        var side = (2 * radius) + 1;
        var kernel = new float[side * side];
        AddStar(kernel, side, radius, radius, 1);
        var scale = 1 / kernel.Sum();
        var wide = size + (2 * margin);
        for (var row = 0; row < size; row++)
        {
            var target = plane.AsSpan(row * size, size);
            for (var tap = 0; tap < kernel.Length; tap++)
            {
                var from = ((row + margin + (tap / side) - radius) * wide) + margin + (tap % side) - radius;
                Planes.AddScaled(target, source.AsSpan(from, size), scale * kernel[tap]);
            }
        }
    }
}
