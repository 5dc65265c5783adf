using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class FeedTests
{
    private const int Batch = 4;
    private const int Sample = 3;
    private const int Samples = 11;

    [Theory]
    [InlineData(RouteChoice.Fastest)]
    [InlineData(RouteChoice.Portable)]
    public void BringsEachSampleOnceAnEpochButTheShortLastBatch(RouteChoice route)
    {
        using var run = new Run(route);
        var left = new HashSet<int>();
        for (var epoch = 0; epoch < 20; epoch++)
        {
            var rows = run.Epoch(seed: 1, epoch);
            Assert.Equal(Samples / Batch * Batch, rows.Length);
            Assert.Equal(rows.Length, rows.Distinct().Count());
            left.UnionWith(Enumerable.Range(0, Samples).Except(rows));
        }

        // What is left out is drawn anew each epoch: in 20 epochs of 3 each sample has been.
        Assert.Equal(Samples, left.Count);
    }

    [Fact]
    public void TheOrderFollowsFromSeedAndEpochAlone()
    {
        using Run run = new(RouteChoice.Fastest), other = new(RouteChoice.Portable);
        var first = run.Epoch(seed: 1, epoch: 3);
        run.Epoch(seed: 5, epoch: 0);
        Assert.Equal(first, run.Epoch(seed: 1, epoch: 3));
        Assert.Equal(first, other.Epoch(seed: 1, epoch: 3));
        Assert.NotEqual(first, run.Epoch(seed: 2, epoch: 3));
        Assert.NotEqual(first, run.Epoch(seed: 1, epoch: 4));
        Assert.NotEqual(first, run.Epoch(seed: 1UL << 32, epoch: 3));
    }

    [Fact]
    public void RefusesNumbersThatAreNoSamples()
    {
        Assert.Throws<ArgumentException>(() => Feed.Resident(Hosts.OneThread, [], Sample));
        Assert.Throws<ArgumentException>(() => Feed.Resident(Hosts.OneThread, new float[Sample + 1], Sample));
        Assert.Throws<ArgumentException>(() => Feed.Resident(Hosts.OneThread, new float[Sample], 0));
        var error = Assert.Throws<ShapeException>(() => new Run(RouteChoice.Fastest, inputs: Sample + 1));
        Assert.Contains("'x' is 4x4 (4 numbers a sample), the feed's samples have 3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FillsEachInputFromItsColumn()
    {
        var graph = new Graph();
        Tensor images = graph.Input("images", new Shape(2 * Batch, 2)), labels = graph.Input("labels", new Shape(Batch, 1));
        using var feed = Feed.Resident(Hosts.TwoThreads, new Samples(
            new SampleColumn("labels", [.. Enumerable.Range(0, Samples).Select(row => (float)row)], 1),
            new SampleColumn("images", [.. Enumerable.Range(0, Samples * 4).Select(place => (place / 4) + (place % 4 * 0.25f))], 4)));
        using var weights = new Weights(Hosts.TwoThreads, graph, seed: 1);
        using var plan = Plan.ForEvaluation(Hosts.TwoThreads, graph, weights, images.Activate<Relu>(), labels.Activate<Relu>());
        var gather = new Recording(plan);
        feed.Record(gather, [images, labels], Batch);
        feed.Shuffle(seed: 1, 0);
        plan.SetClock(seed: 1, 0, position: 3);
        gather.Replay();
        float[] pixels = plan.Read(images), classes = plan.Read(labels);
        Assert.Equal(Batch, classes.Distinct().Count());
        Assert.Equal(classes.SelectMany(label => new[] { label, label + 0.25f, label + 0.5f, label + 0.75f }), pixels);

        var other = graph.Input("gaps", new Shape(Batch, 1));
        var error = Assert.Throws<ArgumentException>(() => feed.Record(gather, [other], Batch));
        Assert.Equal("the samples have no 'gaps', only labels, images", error.Message);
    }

    [Fact]
    public void AColumnNamedSamplesIsOneAsAnyAndTheListIsCopied()
    {
        var graph = new Graph();
        var labels = graph.Input("labels", new Shape(Batch, 1));
        SampleColumn[] columns = [new("samples", [100f, 100f, 100f, 100f], 1), new("labels", [1f, 1f, 1f, 1f], 1)];
        var samples = new Samples(columns);
        columns[1] = new("labels", [2f], 1);
        using var feed = Feed.Resident(Hosts.OneThread, samples);
        using var weights = new Weights(Hosts.OneThread, graph, seed: 1);
        using var plan = Plan.ForEvaluation(Hosts.OneThread, graph, weights, labels.Activate<Relu>());
        var gather = new Recording(plan);
        feed.Record(gather, [labels], Batch);
        feed.Shuffle(seed: 1, 0);
        gather.Replay();
        Assert.Equal([1f, 1f, 1f, 1f], plan.Read(labels));
    }

    [Fact]
    public void ColumnsMustHaveTheSameSamples()
    {
        var labels = new SampleColumn("labels", [1f, 2f], 1);
        Assert.Throws<ArgumentException>(() => new Samples());
        Assert.Throws<ArgumentException>(() => new Samples(labels, labels));
        var error = Assert.Throws<ArgumentException>(() => new Samples(labels, new SampleColumn("x", new float[6], 2)));
        Assert.Equal("'x' has 3 samples, 'labels' has 2", error.Message);
    }

    /// <summary>A feed whose sample k is (k, k + 0.25, k + 0.5).</summary>
    private sealed class Run : IDisposable
    {
        private readonly Tensor input;
        private readonly Feed feed;
        private readonly Weights weights;
        private readonly Plan plan;
        private readonly Recording gather;

        public Run(RouteChoice route, int inputs = Sample)
        {
            var device = route == RouteChoice.Fastest ? Hosts.TwoThreads : Hosts.Portable;
            var graph = new Graph();
            input = graph.Input("x", new Shape(Batch, inputs));
            feed = Feed.Resident(
                device, [.. Enumerable.Range(0, Samples * Sample).Select(i => (i / Sample) + (i % Sample * 0.25f))], Sample);
            weights = new Weights(device, graph, seed: 1);
            plan = Plan.ForEvaluation(device, graph, weights, input.Activate<Relu>());
            gather = new Recording(plan);
            feed.Record(gather, [input], Batch);
        }

        /// <summary>The samples of an epoch in the order in which they come; each must be whole.</summary>
        public int[] Epoch(ulong seed, int epoch)
        {
            feed.Shuffle(seed, epoch);
            var rows = new List<int>();
            for (var step = 0; step < feed.Count / Batch; step++)
            {
                plan.SetClock(seed, step, step * Batch);
                gather.Replay();
                var numbers = plan.Read(input);
                for (var place = 0; place < numbers.Length; place += Sample)
                {
                    Assert.Equal([numbers[place], numbers[place] + 0.25f, numbers[place] + 0.5f], numbers[place..(place + Sample)]);
                    rows.Add((int)numbers[place]);
                }
            }

            return [.. rows];
        }

        public void Dispose()
        {
            plan.Dispose();
            weights.Dispose();
            feed.Dispose();
        }
    }
}
