using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class AugmentTests
{
    /// <summary>An image of which every symmetry looks different.</summary>
    private static readonly float[] Image = [1, 2, 3, 4, 5, 6, 7, 8, 9];

    public static TheoryData<string> Cases => CaseRows.Of(AugmentCases.All);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(AugmentCases.All.Single(opCase => opCase.Name == name));

    /// <summary>Of 800 images, each of the eight comes as often as the others, within four standard deviations.</summary>
    [Fact]
    public void AllSymmetriesAreAsLikely()
    {
        var images = Train(800, new Augmentation { Turns = true, Flips = true }, step: 1);
        var counts = images.GroupBy(image => string.Join(' ', image)).Select(group => group.Count()).ToArray();
        Assert.Equal(8, counts.Length);
        Assert.All(counts, count => Assert.Equal(100, count, 4 * Math.Sqrt(800 * (1 / 8.0) * (7 / 8.0))));
    }

    [Fact]
    public void AGroupMovesTogetherAndDrawsItsNoiseApart()
    {
        var augmentation = new Augmentation { Turns = true, Flips = true, Shift = 1, Group = 5 };
        var groups = Train(100, augmentation, step: 1).Chunk(5).ToArray();
        Assert.All(groups, group => Assert.All(group, image => Assert.Equal(group[0], image)));
        Assert.True(groups.Select(group => string.Join(' ', group[0])).Distinct().Count() > 10);
        var noisy = Train(5, augmentation with { Noise = 0.1f }, step: 1);
        Assert.Equal(5, noisy.Select(image => string.Join(' ', image)).Distinct().Count());
    }

    [Fact]
    public void ShiftsRepeatTheEdges()
    {
        var images = Train(400, new Augmentation { Shift = 2 }, step: 1);
        var looks = images.Select(image => string.Join(' ', image)).ToHashSet();
        Assert.Equal(25, looks.Count);
        Assert.Contains("1 1 2 1 1 2 4 4 5", looks);
        Assert.Contains("9 9 9 9 9 9 9 9 9", looks);
    }

    [Fact]
    public void NoiseHasItsDeviation()
    {
        var errors = Train(2000, new Augmentation { Noise = 0.5f }, step: 1)
            .SelectMany(image => image.Zip(Image, (noisy, clean) => (double)noisy - clean)).ToArray();
        Assert.Equal(0, errors.Average(), 4 * 0.5 / Math.Sqrt(errors.Length));
        Assert.Equal(0.5, Math.Sqrt(errors.Average(error => error * error)), 4 * 0.5 / Math.Sqrt(2.0 * errors.Length));
    }

    [Fact]
    public void EveryStepDrawsAnew()
    {
        var augmentation = new Augmentation { Turns = true, Flips = true, Shift = 1, Noise = 0.1f };
        var first = Train(10, augmentation, step: 1);
        Assert.Equal(first, Train(10, augmentation, step: 1));
        Assert.NotEqual(first, Train(10, augmentation, step: 2));
    }

    [Fact]
    public void AnAugmentationOfNothingAddsNothing()
    {
        var images = new Graph().Input("images", new Shape(2, 3, 4, 1));
        Assert.Same(images, images.Augment(new Augmentation { Group = 2 }));
        Assert.Empty(images.Graph.Ops);
    }

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        var graph = new Graph();
        var images = graph.Input("images", new Shape(4, 5, 4, 3));
        ShapeErrors.Names(() => images.Augment(new Augmentation { Turns = true }), "augment", "'images'", "4x5x4x3");
        ShapeErrors.Names(() => images.Augment(new Augmentation { Shift = 4 }), "augment", "'images'", "4x5x4x3", "shift of 4");
        ShapeErrors.Names(() => images.Augment(new Augmentation { Flips = true, Group = 3 }), "augment", "4x5x4x3", "groups of 3");
        ShapeErrors.Names(() => images.Augment(new Augmentation { Flips = true, Group = 0 }), "augment", "4x5x4x3", "groups of 0");
        Assert.Throws<ArgumentException>(() => images.Augment(new Augmentation { Shift = -1 }));
        Assert.Throws<ArgumentException>(() => images.Augment(new Augmentation { Noise = -1 }));
        Assert.Throws<ArgumentException>(() => images.Augment(new Augmentation { Noise = float.NaN }));
        images.Augment(new Augmentation { Flips = true });
        Assert.Throws<ArgumentException>(() => images.Augment(new Augmentation { Flips = true }));
    }

    /// <summary>What becomes of so many images in training.</summary>
    private static float[][] Train(int count, Augmentation augmentation, int step)
    {
        var graph = new Graph();
        var images = graph.Input("images", new Shape(count, 3, 3, 1), differentiable: true);
        var probe = new Probe(images.Augment(augmentation), graph.Input("weights", images.Shape));
        var loss = graph.Loss(new LossPart("probe", probe.Output, graph.Dial("weight", 1)));
        using var weights = new Weights(Hosts.TwoThreads, graph, seed: 1);
        using var plan = Plan.ForTraining(Hosts.TwoThreads, graph, weights, loss.Output, new PlanOptions(Poisoned: true));
        plan.Write(images, [.. Enumerable.Range(0, count).SelectMany(_ => Image)]);
        plan.SetClock(seed: 11, step);
        plan.Recording.Replay();
        return [.. plan.Read(probe.Copy).Chunk(Image.Length)];
    }
}
