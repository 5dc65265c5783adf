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

    /// <summary>Another thread replays while one is in the middle of a replay.</summary>
    private static void During(FaultyDevice device, Plan one, Plan other, string? refusal)
    {
        Exception? error = null;
        device.BeforeLaunch = () =>
        {
            device.BeforeLaunch = null;
            var thread = new Thread(() => error = Record.Exception(other.Recording.Replay));
            thread.Start();
            thread.Join();
        };
        one.Recording.Replay();
        Assert.Equal(refusal is null, error is null);
        Assert.StartsWith(refusal ?? "", error?.Message ?? "", StringComparison.Ordinal);
    }

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
