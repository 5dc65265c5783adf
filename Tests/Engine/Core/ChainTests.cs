using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>Launches that work image by image run as chains: what they compute, and in how much memory.</summary>
public class ChainTests
{
    private const double Tolerance = 1e-4;
    private const double Floor = 1e-5;
    private static readonly PlanOptions Unchained = new(Chained: false);

    /// <summary>How a cheap op's output is read in the backward pass, and how often its kernel then runs in a step.</summary>
    private static readonly Dictionary<string, (Func<Tensor, Tensor[]> Model, string Kernel, int Runs)> Remade = new()
    {
        ["norm"] = (x => [Conv(Conv(x, "a").BatchNorm<Relu>("n"), "b")], "batchNorm.relu.forward", 2),
        ["relu"] = (x => [Conv(Conv(x, "a").Activate<Relu>(), "b")], "relu.forward", 2),
        ["upsample"] = (x => [Conv(Conv(x, "a").Upsample(9), "b")], "upsample.forward", 2),
        ["of an input"] = (x => [Conv(x.Activate<Relu>(), "a")], "relu.forward", 2),
        ["by two in one chain"] = (x => Two(Conv(x, "a").Activate<Relu>()), "relu.forward", 2),
        ["by two in two chains"] = (
            x => Two(Conv(x, "a").Activate<Relu>(), (y, name) => Conv(y, name).Linear($"{name}.last", 2)), "relu.forward", 3),
        ["norm in a row"] = (x => [Conv(Conv(x, "a").BatchNorm<Tanh>("n").Activate<Silu>(), "b")], "batchNorm.tanh.forward", 2),
        ["silu in a row"] = (x => [Conv(Conv(x, "a").BatchNorm<Tanh>("n").Activate<Silu>(), "b")], "silu.forward", 2),
        ["relu before upsample"] = (x => [Conv(Conv(x, "a").Activate<Relu>().Upsample(8, 7), "b")], "upsample.forward", 2),
        ["upsample before relu"] = (x => [Conv(Conv(x, "a").Upsample(8, 7).Activate<Relu>(), "b")], "upsample.forward", 2),
        ["as twice the images"] = (
            x => [Conv(Conv(x, "a").Activate<Relu>().Reshape(new Shape(2 * x.Shape.Batch, 3, 6, 4)), "b")], "relu.forward", 2),

        // A linear layer works on all images at once, so its input is kept.
        ["kept for a linear layer"] = (x => Two(Conv(x, "a").Activate<Relu>(), (y, name) => y.Linear(name, 2)), "relu.forward", 1),
        ["kept for both"] = (
            x => Two(Conv(x, "a").Activate<Relu>(), (y, name) => name == "b" ? Conv(y, name) : y.Linear(name, 2)), "relu.forward", 1),
    };

    public static TheoryData<string> RemadeCases => [.. Remade.Keys];

    [Fact]
    public void LaunchesThatWorkImageByImageFormChains()
    {
        static Tensor[] Model(Tensor x) => [Conv(Conv(x, "a").BatchNorm<Relu>("n"), "b").Linear("last", 2)];
        using var run = new ChainRun(Hosts.TwoThreads, new Shape(3, 6, 6, 2), Model);
        string[] expected =
        [
            "conv.forward + batchNorm.imageStatistics",
            "batchNorm.statistics",
            "batchNorm.relu.forward + conv.forward",
            "linear.forward",
            "squaredError.forward",
            "loss.forward",
            "loss.journal",
            "loss.backward",
            "squaredError.backward",
            "linear.weightGradient",
            "linear.inputGradient",
            "batchNorm.relu.forward + conv.weightGradient + conv.inputGradient + batchNorm.relu.imageGradients",
            "batchNorm.parameterGradient",
            "batchNorm.relu.inputGradient + conv.weightGradient + conv.inputGradient",
        ];
        Assert.Equal(expected, run.Launches);
    }

    [Fact]
    public void ImagesInAnotherNumberBeginAnotherChain()
    {
        static Tensor[] Model(Tensor x) => [x.Activate<Relu>().Reshape(new Shape(2 * x.Shape.Batch, 3, 6, 2)).Activate<Tanh>()];
        using var run = new ChainRun(Hosts.OneThread, new Shape(3, 6, 6, 2), Model);
        Assert.Equal(["relu.forward", "tanh.forward"], run.Launches.Take(2));
    }

    [Fact]
    public void NoChainsWhereNotWantedOrOnThePortableRoute()
    {
        var shape = new Shape(3, 12, 12, 4);
        using ChainRun chained = new(Hosts.OneThread, shape, Wide), single = new(Hosts.OneThread, shape, Wide, Unchained),
            portable = new(Hosts.Portable, shape, Wide);
        Assert.Contains(chained.Launches, name => name.Contains(" + ", StringComparison.Ordinal));
        Assert.DoesNotContain(single.Launches, name => name.Contains('+', StringComparison.Ordinal));
        Assert.Equal(portable.Launches, single.Launches);
    }

    /// <summary>Batches around the number of groups, and slices of two images in groups of three.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(40)]
    public void ChainsComputeWhatSingleLaunchesDo(int batch)
    {
        var shape = new Shape(batch, 12, 12, 4);
        using ChainRun run = new(Hosts.OneThread, shape, Wide), single = new(Hosts.OneThread, shape, Wide, Unchained);
        var results = run.Replay();
        Near($"batch {batch}", single.Replay(), results);
        Same("two threads", results, Once(Hosts.TwoThreads, shape, Wide));
        Same("three threads", results, Once(Hosts.ThreeThreads, shape, Wide));
        Same("poisoned memory", results, Once(Hosts.TwoThreads, shape, Wide, new PlanOptions(Poisoned: true)));
        Same("unpacked, poisoned memory", results, Once(Hosts.TwoThreads, shape, Wide, new PlanOptions(Packed: false, Poisoned: true)));
    }

    [Theory]
    [MemberData(nameof(RemadeCases))]
    public void ValuesMadeAgainGiveTheSameGradients(string name)
    {
        var (model, kernel, runs) = Remade[name];
        var shape = new Shape(5, 6, 6, 2);
        using ChainRun run = new(Hosts.OneThread, shape, model), single = new(Hosts.OneThread, shape, model, Unchained);
        Assert.Equal(runs, run.Kernels.Count(other => other == kernel));
        Assert.Equal(1, single.Kernels.Count(other => other == kernel));
        var results = run.Replay();
        Near(name, single.Replay(), results);
        Near($"{name}, portable", Once(Hosts.Portable, shape, model), results);
        Same("three threads, poisoned", results, Once(Hosts.ThreeThreads, shape, model, new PlanOptions(Poisoned: true)));
    }

    [Fact]
    public void ChainedTrainingNeedsLessMemory()
    {
        var shape = new Shape(64, 12, 12, 4);
        using ChainRun run = new(Hosts.OneThread, shape, Wide), single = new(Hosts.OneThread, shape, Wide, Unchained);
        Assert.True(
            run.Plan.MemoryCount < 0.7 * single.Plan.MemoryCount, $"{run.Plan.MemoryCount} and {single.Plan.MemoryCount} floats");
    }

    [Fact]
    public void WhatLivesInOneChainHasRoomForASliceOnly()
    {
        const int Batch = 256, Activation = 16 * 16 * 16;
        var graph = new Graph();
        var output = graph.Input("images", new Shape(Batch, 16, 16, 1))
            .Conv("a", 16, kernel: 3, padding: 1).Conv("b", 16, kernel: 3, padding: 1).Conv("c", 1, kernel: 16);
        using var weights = new Weights(Hosts.TwoThreads, graph, seed: 1);
        using Plan plan = Plan.ForEvaluation(Hosts.TwoThreads, graph, weights, output),
            single = Plan.ForEvaluation(Hosts.TwoThreads, graph, weights, Unchained, output);
        Assert.Single(plan.Recording.Launches);
        Assert.True(plan.MemoryCount < Batch * Activation / 2, $"{plan.MemoryCount} floats");
        Assert.True(single.MemoryCount > Batch * Activation * 2, $"{single.MemoryCount} floats");
    }

    [Fact]
    public void AnOutputWithinAChainCanBeRead()
    {
        var graph = new Graph();
        var images = graph.Input("images", new Shape(9, 6, 6, 2));
        var first = Conv(images, "a");
        var hidden = first.Activate<Relu>();
        var output = Conv(hidden, "b");
        using var weights = new Weights(Hosts.TwoThreads, graph, seed: 1);
        var poisoned = new PlanOptions(Poisoned: true);
        using Plan plan = Plan.ForEvaluation(Hosts.TwoThreads, graph, weights, poisoned, hidden, output),
            single = Plan.ForEvaluation(Hosts.TwoThreads, graph, weights, Unchained, hidden, output);
        foreach (var each in new[] { plan, single })
        {
            each.Write(images, ChainRun.Numbers(images.Shape, place: 0));
            each.Recording.Replay();
        }

        Assert.Equal("conv.forward + relu.forward + conv.forward", Assert.Single(plan.Recording.Launches).Name);
        Near("hidden", single.Read(hidden), plan.Read(hidden));
        Near("output", single.Read(output), plan.Read(output));
        Assert.Contains(plan.Read(hidden), number => number > 0);
        Assert.Throws<InvalidOperationException>(() => plan.Read(first));
    }

    [Fact]
    public void ATraceNamesATensorThatOnlyItsChainHolds()
    {
        var graph = new Graph();
        var images = graph.Input("images", new Shape(5, 6, 6, 2));
        var output = Conv(Conv(images, "a").Activate<Relu>(), "b");
        using var weights = new Weights(Hosts.OneThread, graph, seed: 1);
        using var plan = Plan.ForEvaluation(Hosts.OneThread, graph, weights, output);
        Assert.Single(plan.Recording.Launches);
        Assert.Null(plan.Trace());
        weights.Import("a.bias", [0, 0, float.PositiveInfinity, 0]);
        Assert.Equal("a, output: element 2 is Infinity", plan.Trace());
        weights.Import("a.bias", new float[4]);
        Assert.Null(plan.Trace());
        var numbers = ChainRun.Numbers(images.Shape, place: 0);
        numbers[^1] = float.NaN;
        plan.Write(images, numbers);
        Assert.StartsWith("a, output", plan.Trace(), StringComparison.Ordinal);
    }

    [Fact]
    public void ATraceNamesAGradientThatOnlyItsChainHolds()
    {
        using var run = new ChainRun(
            Hosts.OneThread, new Shape(2, 6, 6, 2), x => [Conv(Conv(Conv(x, "a").Activate<Relu>(), "b").Activate<Tanh>(), "c")]);
        Assert.Null(run.Plan.Trace());

        // Every value is finite and the tanh is 0; the gradient that c passes on to it, some 1e30 times 1e20, is not.
        run.Plan.Set(run.Plan.Graph.Dials[0], 1e30f);
        run.Weights.Import("b.weight", new float[4 * 4 * 9]);
        run.Weights.Import("b.bias", new float[4]);
        run.Weights.Import("c.weight", [.. Enumerable.Repeat(1e20f, 4 * 4 * 9)]);
        Assert.StartsWith("c, gradient of tanh of b: element 0", run.Plan.Trace(), StringComparison.Ordinal);
    }

    [Fact]
    public void AReplayAllocatesNothing()
    {
        using var run = new ChainRun(Hosts.TwoThreads, new Shape(17, 12, 12, 4), Wide);
        Allocation.OfNothing(run.Plan.Recording.Replay, times: 3);
    }

    private static Tensor Conv(Tensor input, string name) => input.Conv(name, 4, kernel: 3, padding: 1);

    private static Tensor[] Two(Tensor input, Func<Tensor, string, Tensor>? layer = null) =>
        [.. new[] { "b", "c" }.Select(name => (layer ?? Conv)(input, name))];

    /// <summary>Every cheap op and both kinds of convolution, on activations so large that two images fill a slice.</summary>
    private static Tensor[] Wide(Tensor images) =>
    [
        images.Conv("a", 16, kernel: 3, padding: 1).BatchNorm<Relu>("n").Upsample(26)
            .Conv("b", 16, kernel: 3, padding: 1).Activate<Silu>()
            .Conv("c", 5, kernel: 3, stride: 2).Linear("last", 3),
    ];

    private static Result[] Once(Device device, Shape shape, Func<Tensor, Tensor[]> model, PlanOptions? options = null)
    {
        using var run = new ChainRun(device, shape, model, options);
        return run.Replay();
    }

    private static void Near(string what, Result[] expected, Result[] actual)
    {
        foreach (var (one, other) in expected.Zip(actual))
        {
            Near($"{what}, {one.Name}", one.Numbers, other.Numbers);
        }
    }

    private static void Near(string what, float[] expected, float[] actual) =>
        OpCheck.Near(what, [.. expected.Select(number => (double)number)], actual, Tolerance, Floor);

    private static void Same(string what, Result[] expected, Result[] actual)
    {
        foreach (var (one, other) in expected.Zip(actual))
        {
            Assert.True(
                one.Numbers.Select(BitConverter.SingleToInt32Bits).SequenceEqual(other.Numbers.Select(BitConverter.SingleToInt32Bits)),
                $"{one.Name}: {what} gives other bits");
        }
    }
}
