using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class StepAllocationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void TwentyTrainingStepsAllocateNothing(int threads)
    {
        var device = threads == 1 ? Hosts.OneThread : Hosts.TwoThreads;
        using var vae = new SmallVae(device);
        var adam = new Adam(Limit: 1);
        using var memory = device.Allocate(Adam.MemoryCount(vae.Weights), "the optimizer's moments");
        Recording gather = new(vae.Plan), update = new(vae.Plan);
        vae.Feed.Record(gather, [vae.Input], SmallVae.Batch);
        adam.RecordNorm(update, vae.Weights, memory);
        adam.Record(update, vae.Weights, memory);
        vae.Feed.Shuffle(seed: 1, epoch: 0);
        var step = 0;
        Allocation.OfNothing(
            () =>
            {
                vae.Plan.SetClock(seed: 1, step, position: step % 3 * SmallVae.Batch);
                adam.SetState(memory, vae.Weights.TrainedCount, rate: 0.01f, step + 1);
                gather.Replay();
                vae.Plan.Recording.Replay();
                update.Replay();
                step++;
            },
            times: 20);
        Assert.All(vae.Plan.Read(vae.Loss.Output), number => Assert.True(float.IsFinite(number)));
    }

    [Fact]
    public void InferenceAllocatesNothing()
    {
        using var vae = new SmallVae(Hosts.TwoThreads);
        using var plan = Plan.ForEvaluation(Hosts.TwoThreads, vae.Graph, vae.Weights, vae.Output);
        float[] stamps = SmallVae.Pixels()[..vae.Input.Shape.Count], results = new float[vae.Output.Shape.Count];
        Allocation.OfNothing(
            () =>
            {
                plan.Write(vae.Input, stamps);
                plan.Recording.Replay();
                plan.Read(vae.Output, results);
            },
            times: 20);
        Assert.Contains(results, number => number != 0);
    }
}
