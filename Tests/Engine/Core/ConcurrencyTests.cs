using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>Several threads at once: what they may not share is refused at once, what they may gives the same bits.</summary>
public class ConcurrencyTests
{
    private const int Threads = 8;
    private const int Replays = 1000;

    [Fact]
    public void APlanIsOneThreads()
    {
        using var device = new FaultyDevice();
        using var vae = new SmallVae(device);
        using var evaluation = Plan.ForEvaluation(device, vae.Graph, vae.Weights, vae.Output);
        using var second = Plan.ForEvaluation(device, vae.Graph, vae.Weights, vae.Output);
        During(device, vae.Plan, vae.Plan, "the plan is being replayed by another thread");
        During(device, vae.Plan, evaluation, "the weights are in use by another thread's replay");
        During(device, evaluation, vae.Plan, "the weights are in use by another thread's replay");
        During(device, evaluation, second, refusal: null);
        vae.Plan.Recording.Replay();
        evaluation.Recording.Replay();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ThreadsWithPlansOfTheirOwnGiveTheSameBits(bool sharesDevice)
    {
        using var shared = new HostDevice(2);
        var expected = Train(shared);
        var results = new int[Threads][];
        var threads = Enumerable.Range(0, Threads).Select(number => new Thread(() =>
        {
            using var own = sharesDevice ? null : new HostDevice(1 + (number % 2));
            results[number] = Train(own ?? shared);
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => Assert.True(thread.Join(TimeSpan.FromSeconds(60)), "a thread hangs"));
        Assert.All(results, result => Assert.Equal(expected, result));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatIsDisposedLastsUntilTheReplayIsDone(bool isPlan)
    {
        using var device = new FaultyDevice();
        using var vae = new SmallVae(device);
        IDisposable one = isPlan ? vae.Plan : vae.Weights;
        int before = device.LiveBlocks, during = 0;
        Meanwhile(device, vae.Plan, () =>
        {
            one.Dispose();
            during = device.LiveBlocks;
        });
        Assert.Equal((before, before - 3), (during, device.LiveBlocks));
        Assert.Throws<ObjectDisposedException>(vae.Plan.Recording.Replay);
    }

    [Fact]
    public void WhatATrainerNeedsLastsUntilTheReplayIsDone()
    {
        using var device = new FaultyDevice();
        using var vae = new SmallVae(device);
        int before = device.LiveBlocks, during = 0;
        device.BeforeLaunch = () =>
        {
            device.BeforeLaunch = null;
            vae.Feed.Dispose();
            during = device.LiveBlocks;
        };
        Assert.Throws<ObjectDisposedException>(() => vae.Trainer.Run(stop: TestContext.Current.CancellationToken));
        Assert.Equal((before, before - 2), (during, device.LiveBlocks));
    }

    [Fact]
    public void MemoryIsNotReadOrWrittenDuringAReplay()
    {
        using var device = new FaultyDevice();
        using var vae = new SmallVae(device);
        using var evaluation = Plan.ForEvaluation(device, vae.Graph, vae.Weights, vae.Output);
        var numbers = new float[vae.Input.Shape.Count];
        Action[] ofThePlan =
        [
            () => vae.Plan.Write(vae.Input, numbers), () => vae.Plan.Read(vae.Input), () => vae.Plan.SetClock(1, 1),
            () => vae.Plan.Set(vae.Graph.Dials[0], 1f), () => vae.Plan.Read(vae.Loss.Journal),
        ];
        foreach (var use in ofThePlan)
        {
            Meanwhile(device, vae.Plan, use, "the plan is in use");
        }

        Meanwhile(device, vae.Plan, () => vae.Weights.Export("mean.bias"), "the weights are in use");
        Meanwhile(device, vae.Plan, () => vae.Weights.ExportGradient("mean.bias"), "the weights are in use");
        Meanwhile(device, evaluation, () => vae.Weights.Import("mean.bias", [1f, 2f]), "the weights are in use");
        Meanwhile(device, evaluation, () => vae.Weights.Export("mean.bias"));
        vae.Weights.Import("mean.bias", [1f, 2f]);
    }

    [Fact]
    public void AReplayThatNeverRestsOutlivesItsPlan()
    {
        for (var round = 0; round < 10; round++)
        {
            using var vae = new SmallVae(Hosts.TwoThreads);
            Exception? error = null;
            var thread = new Thread(() =>
            {
                while (error is null)
                {
                    error = Record.Exception(vae.Plan.Recording.Replay);
                }
            });
            thread.Start();
            Thread.Sleep(2);
            (round % 2 == 0 ? (IDisposable)vae.Plan : vae.Weights).Dispose();
            Assert.True(thread.Join(TimeSpan.FromSeconds(20)), "the thread hangs");
            Assert.IsType<ObjectDisposedException>(error);
        }
    }

    /// <summary>Another thread does something while one is in the middle of a replay.</summary>
    private static void Meanwhile(FaultyDevice device, Plan plan, Action use, string? refusal = null)
    {
        Exception? error = null;
        device.BeforeLaunch = () =>
        {
            device.BeforeLaunch = null;
            var thread = new Thread(() => error = Record.Exception(use));
            thread.Start();
            thread.Join();
        };
        plan.Recording.Replay();
        Assert.Equal(refusal is null, error is null);
        Assert.StartsWith(refusal ?? "", error?.Message ?? "", StringComparison.Ordinal);
    }

    /// <summary>Another thread replays while one is in the middle of a replay.</summary>
    private static void During(FaultyDevice device, Plan one, Plan other, string? refusal) =>
        Meanwhile(device, one, other.Recording.Replay, refusal);

    private static int[] Train(Device device)
    {
        using var vae = new SmallVae(device);
        for (var replay = 0; replay < Replays / vae.Trainer.StepsPerEpoch; replay++)
        {
            vae.Trainer.Run();
        }

        return vae.Bits();
    }
}
