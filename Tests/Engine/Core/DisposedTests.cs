using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>What has ended refuses work and says what it was; a second end does nothing.</summary>
public class DisposedTests
{
    [Fact]
    public void ABlockNamesItsPurpose()
    {
        var block = Hosts.OneThread.Allocate(10, "ten numbers");
        Twice(block);
        Refused("ten numbers", () => block.View(0, 1));
        Refused("ten numbers", () => block.Integers(0, 1));
        Refused("ten numbers", () => block.Write<float>([1f]));
        Refused("ten numbers", () => block.Read<float>(new float[1]));
        Refused("ten numbers", () => block.Fill(0));
    }

    [Fact]
    public void WeightsAndWhatNeedsThem()
    {
        using var vae = new SmallVae(Hosts.OneThread);
        Twice(vae.Weights);
        Refused("the weights", () => vae.Weights.Export("mean.bias"));
        Refused("the gradients", () => vae.Weights.ExportGradient("mean.bias"));
        Refused("the weights", () => vae.Weights.Import("mean.bias", [1f, 2f]));
        Refused("the running statistics", () => vae.Weights.Export("encoder.1.running_mean"));
        Refused("the weights", vae.Plan.Recording.Replay);
        Refused("the weights", () => vae.Plan.Trace());
        Refused("the weights", () => vae.Trainer.Run());
        Refused("the weights", () => Plan.ForEvaluation(Hosts.OneThread, vae.Graph, vae.Weights, vae.Output));
    }

    [Fact]
    public void APlanAndWhatNeedsIt()
    {
        using var vae = new SmallVae(Hosts.OneThread);
        Twice(vae.Plan);
        var numbers = new float[vae.Input.Shape.Count];
        Refused("the recording", vae.Plan.Recording.Replay);
        Refused("the plan", () => vae.Plan.Write(vae.Input, numbers));
        Refused("the plan", () => vae.Plan.Read(vae.Input));
        Refused("the plan", () => vae.Plan.ReadGradient(vae.Input, numbers));
        Refused("the plan", () => vae.Plan.Read(vae.Loss.Journal));
        Refused("the plan", () => vae.Plan.Write(vae.Loss.Journal, new float[4]));
        Refused("the plan", () => vae.Plan.Set(vae.Graph.Dials[0], 1f));
        Refused("the plan", () => vae.Plan.SetClock(1, 1));
        Refused("the plan", () => vae.Plan.Trace());
        Refused("the plan", () => vae.Trainer.Run());
    }

    [Fact]
    public void AFeedInTheMiddleOfAnEpoch()
    {
        using var vae = new SmallVae(Hosts.OneThread);
        Refused("samples", () => vae.Trainer.Run(_ => Twice(vae.Feed)));
        Refused("the order of samples", () => vae.Feed.Shuffle(1, 1));
        Refused("samples", () => vae.Feed.Record(new Recording(vae.Plan), [vae.Input], SmallVae.Batch));
    }

    [Fact]
    public void ATrainerAndItsRecordings()
    {
        using var vae = new SmallVae(Hosts.OneThread);
        Twice(vae.Trainer);
        Refused("the optimizer's moments", () => vae.Trainer.Run());
        var recording = new Recording(vae.Plan);
        recording.Release();
        recording.Release();
        Refused("the recording", recording.Replay);
    }

    [Fact]
    public void ADeviceAndAllThatLiesOnIt()
    {
        var device = new HostDevice(2);
        using var block = device.Allocate(1, "a number");
        using var vae = new SmallVae(device);
        Twice(device);
        Refused("device cpu", () => device.Allocate(1, "more"));
        Refused("device cpu", () => block.Read<float>(new float[1]));
        Refused("device cpu", vae.Plan.Recording.Replay);
        Refused("device cpu", () => vae.Weights.Export("mean.bias"));
        Refused("device cpu", () => vae.Trainer.Run());
    }

    private static void Twice(IDisposable one)
    {
        one.Dispose();
        one.Dispose();
    }

    private static void Refused(string what, Action use) =>
        Assert.Contains(what, Assert.Throws<ObjectDisposedException>(use).ObjectName, StringComparison.Ordinal);
}
