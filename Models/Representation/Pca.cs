using MathNet.Numerics.LinearAlgebra;

namespace Estampa.Models;

/// <summary>Principal components of latents: the directions of greatest variance, by the eigenvectors of their covariance.</summary>
public sealed class Pca
{
    private readonly double[] mean;
    private readonly double[][] directions;

    private Pca(double[] mean, double[][] directions, double[] shares)
    {
        this.mean = mean;
        this.directions = directions;
        Shares = shares;
    }

    /// <summary>The share of the variance along each direction, greatest first.</summary>
    public IReadOnlyList<double> Shares { get; }

    /// <summary>
    /// The first <paramref name="count"/> components of (n, width) rows; each points to where its greatest entry is positive.
    /// </summary>
    /// <exception cref="ArgumentException">There are fewer than two rows, or a number is not finite.</exception>
    public static Pca Of(ReadOnlySpan<float> rows, int width, int count)
    {
        var n = width > 0 ? rows.Length / width : 0;
        if (n < 2 || rows.Length % width != 0)
        {
            throw new ArgumentException($"principal components need two rows, got {rows.Length} numbers in rows of {width}");
        }

        foreach (var number in rows)
        {
            if (!float.IsFinite(number))
            {
                throw new ArgumentException($"principal components of {number}");
            }
        }

        var mean = new double[width];
        for (var place = 0; place < rows.Length; place++)
        {
            mean[place % width] += rows[place] / (double)n;
        }

        var centred = Matrix<double>.Build.Dense(n, width);
        for (var place = 0; place < rows.Length; place++)
        {
            centred[place / width, place % width] = rows[place] - mean[place % width];
        }

        var eigen = centred.TransposeThisAndMultiply(centred).Divide(n - 1).Evd(Symmetricity.Symmetric);
        var values = eigen.EigenValues.Select(value => Math.Max(value.Real, 0)).ToArray();
        var total = Math.Max(values.Sum(), double.Epsilon);
        var best = Enumerable.Range(0, width).OrderByDescending(place => values[place]).Take(count).ToArray();
        return new Pca(
            mean,
            [.. best.Select(place => Direction(eigen.EigenVectors.Column(place).ToArray()))],
            [.. best.Select(place => values[place] / total)]);
    }

    /// <summary>Component <paramref name="component"/> of each row.</summary>
    public double[] Project(ReadOnlySpan<float> rows, int component)
    {
        var direction = directions[component];
        var result = new double[rows.Length / mean.Length];
        for (var place = 0; place < rows.Length; place++)
        {
            result[place / mean.Length] += (rows[place] - mean[place % mean.Length]) * direction[place % mean.Length];
        }

        return result;
    }

    private static double[] Direction(double[] vector)
    {
        var sign = vector.MaxBy(Math.Abs) < 0 ? -1 : 1;
        return [.. vector.Select(value => value * sign)];
    }
}
