using Estampa.Models;
using Xunit;

namespace Estampa.Tests;

public class PcaTests
{
    /// <summary>
    /// Points a (3, 4, 0)/5 + b (4, -3, 0)/5 + (0, 0, c) around (10, 20, 30), with a, b and c of mean 0, uncorrelated, and variances in the
    /// ratio 9 : 4 : 0.
    /// </summary>
    [Fact]
    public void FindsKnownDirections()
    {
        double[] a = [3, 3, -3, -3], b = [2, -2, 2, -2];
        float[] rows = [.. a.Zip(b).SelectMany(pair => new[]
        {
            (float)(10 + (0.6 * pair.First) + (0.8 * pair.Second)),
            (float)(20 + (0.8 * pair.First) - (0.6 * pair.Second)),
            30f,
        })];
        var pca = Pca.Of(rows, 3, 3);
        Near([9.0 / 13, 4.0 / 13, 0], pca.Shares);
        Near(a, pca.Project(rows, 0));
        Near(b, pca.Project(rows, 1));
        Near([0, 0, 0, 0], pca.Project(rows, 2));
        Near([0], pca.Project([10, 20, 30], 0));
    }

    [Fact]
    public void ComponentsAreUncorrelatedAndOrderedByVariance()
    {
        const int Width = 7;
        const int Count = 200;
        float[] rows = [.. Enumerable.Range(0, Count * Width).Select(i =>
            (float)((HashedValues.At(1, i) * (1 + (i % Width))) + HashedValues.At(2, i / Width)))];
        var pca = Pca.Of(rows, Width, Width);
        var components = Enumerable.Range(0, Width).Select(component => pca.Project(rows, component)).ToArray();
        var variances = components.Select(values => Product(values, values)).ToArray();
        Assert.Equal(1, pca.Shares.Sum(), 1e-9);
        Near([.. variances.Select(variance => variance / variances.Sum())], pca.Shares);
        Assert.Equal(variances.OrderDescending(), variances);
        for (var first = 0; first < Width; first++)
        {
            for (var second = 0; second < first; second++)
            {
                Assert.Equal(0, Product(components[first], components[second]), 1e-8 * variances[0]);
            }
        }
    }

    /// <summary>The sign is fixed, so that a picture does not flip from run to run.</summary>
    [Fact]
    public void TurnedDataGivesTheSameDirections()
    {
        float[] rows = [1, -5, 2, -9, 3, -14, -1, 4, 0, 1];
        var pca = Pca.Of(rows, 2, 2);
        Near([.. pca.Project(rows, 0)], Pca.Of([.. rows.Chunk(2).Reverse().SelectMany(row => row)], 2, 2).Project(rows, 0));

        // The second axis varies most: the first component grows with it.
        Assert.True(pca.Project([0, 10], 0)[0] > pca.Project([0, 0], 0)[0]);
    }

    [Fact]
    public void ConstantDataHasNoDirectionButNoNaNEither()
    {
        var pca = Pca.Of([.. Enumerable.Repeat(2.5f, 12)], 3, 2);
        Near([0, 0], pca.Shares);
        Near([0, 0, 0, 0], pca.Project([.. Enumerable.Repeat(2.5f, 12)], 1));
    }

    [Fact]
    public void OneRowIsRefused() => Assert.Throws<ArgumentException>(() => Pca.Of([1, 2, 3], 3, 1));

    private static double Product(double[] left, double[] right) => left.Zip(right, (x, y) => x * y).Sum();

    private static void Near(double[] expected, IReadOnlyList<double> actual)
    {
        Assert.Equal(expected.Length, actual.Count);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], 1e-5);
        }
    }
}
