using System.Numerics;

namespace Estampa.Data;

/// <summary>Arithmetic on rows of pixels. Element by element, so the vector's width does not change a bit of the result.</summary>
internal static class Planes
{
    /// <summary>target += factor * source.</summary>
    public static void AddScaled(Span<float> target, ReadOnlySpan<float> source, float factor)
    {
        var i = 0;
        for (var factors = new Vector<float>(factor); i <= target.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (new Vector<float>(target[i..]) + (factors * new Vector<float>(source[i..]))).CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] += factor * source[i];
        }
    }

    /// <summary>
    /// White noise of the given deviation passed through (c, 1, c) along both axes, as resampling correlates a coadded template:
    /// neighbours then correlate by 2c / (1 + 2c^2), .23 in real templates.
    /// </summary>
    public static void AddCorrelatedNoise(float[] plane, int size, float deviation, RandomStream random)
    {
        const float Neighbour = 0.12f;
        // A sum of (1 + 2c^2)^2 unit variances.
        const float Norm = 1 / (1 + (2 * Neighbour * Neighbour));
        var wide = size + 2;
        var white = new float[wide * wide];
        for (var i = 0; i < white.Length; i++)
        {
            white[i] = random.Normal();
        }

        var factor = deviation * Norm;
        for (var y = 0; y < size; y++)
        {
            var target = plane.AsSpan(y * size, size);
            for (var row = 0; row < 3; row++)
            {
                var weight = factor * (row == 1 ? 1 : Neighbour);
                for (var column = 0; column < 3; column++)
                {
                    var source = white.AsSpan(((y + row) * wide) + column, size);
                    AddScaled(target, source, weight * (column == 1 ? 1 : Neighbour));
                }
            }
        }
    }
}
