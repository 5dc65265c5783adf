using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class SampleOrderTests
{
    [Fact]
    public void OversamplingBringsEveryClassEquallyOften()
    {
        // Five of class 0, two of class 1, one without a label.
        float[] labels = [0f, 1f, 0f, 0f, -1f, 0f, 1f, 0f];
        var order = SampleOrder.Oversampled(labels);
        Assert.Equal(11, order.Count);
        var rows = Rows(order, epoch: 0);
        Assert.Equal(5, rows.Count(row => labels[row] == 0f));
        Assert.Equal(5, rows.Count(row => labels[row] == 1f));
        Assert.Equal(1, rows.Count(row => row == 4));
        Assert.Equal(5, rows.Where(row => labels[row] == 0f).Distinct().Count());

        // Five places for two samples: three and two, and which has three changes from epoch to epoch.
        var favoured = Enumerable.Range(0, 20).Select(epoch => Rows(order, epoch).Count(row => row == 1)).ToArray();
        Assert.Equal([2, 3], favoured.Distinct().Order());
    }

    [Fact]
    public void LabelsThatAreNoneAreOneClassAndTooManySamplesAreRefused()
    {
        float[] labels = [float.NaN, -1f, -0.5f, 0f, 0f, 0f];
        var order = SampleOrder.Oversampled(labels);
        Assert.Equal(Enumerable.Range(0, 6), Rows(order, epoch: 0).Order());
        float[] many = [.. Enumerable.Range(0, 100_000).Select(row => (float)Math.Max(0, row - 50_000))];
        Assert.Contains("50000 classes", Assert.Throws<ArgumentException>(
            () => SampleOrder.Oversampled(many)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WeightedDrawsFollowTheWeights()
    {
        float[] weights = [.. Enumerable.Range(0, 4000).Select(row => row % 4 == 0 ? 0f : row % 4)];
        var order = SampleOrder.Weighted(weights);
        Assert.Equal(weights.Length, order.Count);
        var counts = new int[4];
        foreach (var row in Rows(order, epoch: 3))
        {
            counts[row % 4]++;
        }

        // Expected 0, 667, 1333, 2000 of 4000: five standard deviations are about 150.
        Assert.Equal(0, counts[0]);
        Assert.InRange(counts[1], 667 - 120, 667 + 120);
        Assert.InRange(counts[2], 1333 - 150, 1333 + 150);
        Assert.InRange(counts[3], 2000 - 160, 2000 + 160);
    }

    [Fact]
    public void TheOrderFollowsFromSeedAndEpochAlone()
    {
        foreach (var order in new[] { SampleOrder.Once(50), SampleOrder.Weighted(new float[50].Select(_ => 1f).ToArray()) })
        {
            Assert.Equal(Rows(order, epoch: 2), Rows(order, epoch: 2));
            Assert.NotEqual(Rows(order, epoch: 2), Rows(order, epoch: 3));
        }
    }

    [Fact]
    public void RefusesWeightsThatAreNone()
    {
        Assert.Throws<ArgumentException>(() => SampleOrder.Weighted([1f, -1f]));
        Assert.Throws<ArgumentException>(() => SampleOrder.Weighted([1f, float.NaN]));
        Assert.Throws<ArgumentException>(() => SampleOrder.Weighted([0f, 0f]));
        var samples = new Samples(new SampleColumn("x", new float[3], 1));
        Assert.Throws<ArgumentException>(() => Feed.Resident(Hosts.OneThread, samples, SampleOrder.Once(4)));
    }

    private static int[] Rows(SampleOrder order, int epoch)
    {
        var rows = new int[order.Count];
        order.Fill(rows, seed: 7, epoch);
        return rows;
    }
}
