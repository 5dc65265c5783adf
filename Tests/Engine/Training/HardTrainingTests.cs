using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>What a training refuses, undoes, and never lets through.</summary>
public class HardTrainingTests
{
    private static readonly Dictionary<string, string> NoText = [];

    [Fact]
    public void StatisticsThatAreNotFiniteEndTheRun()
    {
        var graph = new Graph();
        var rows = graph.Input("rows", new Shape(4, 1));
        var output = rows.BatchNorm<Relu>("norm").Linear("layer", 1);
        var goal = graph.Input("goal", new Shape(4, 1));
        var loss = graph.Loss(new LossPart("error", output.SquaredError(goal), graph.Dial("weight", 1f)));
        using var weights = new Weights(Hosts.OneThread, graph, seed: 1);
        using var plan = Plan.ForTraining(Hosts.OneThread, graph, weights, loss.Output);
        using var feed = Feed.Resident(Hosts.OneThread, new Samples(
            new SampleColumn("rows", [2e19f, -2e19f, 1e19f, -1e19f], 1), new SampleColumn("goal", [1f, 2f, 3f, 4f], 1)));
        using var trainer = new Trainer(plan, loss, [rows, goal], 4, feed, new Adam(), new ConstantSchedule(), seed: 1);
        var error = Assert.Throws<DivergedException>(() => trainer.Run(stop: TestContext.Current.CancellationToken));
        Assert.True(error.Message.Contains("norm.running_var", StringComparison.Ordinal), error.Message);
        Assert.Equal([1f], weights.Export("norm.running_var"));
    }

    [Theory]
    [InlineData(1e-5f, float.NaN)]
    [InlineData(1e-5f, 2f)]
    [InlineData(1e-5f, float.PositiveInfinity)]
    [InlineData(float.NaN, 0.1f)]
    [InlineData(-1f, 0.1f)]
    public void ABatchNormRefusesOddNumbers(float epsilon, float momentum)
    {
        var graph = new Graph();
        var rows = graph.Input("rows", new Shape(4, 3));
        var error = Assert.Throws<ArgumentException>(() => rows.BatchNorm<Relu>("norm", epsilon, momentum));
        Assert.Contains("BatchNorm 'norm' of 4x3", error.Message, StringComparison.Ordinal);
        Assert.Empty(graph.Ops);
    }

    [Fact]
    public void AnOptimizersOddNumbersAreRefusedByName()
    {
        foreach (var bad in new[] { float.NaN, float.PositiveInfinity, -1f })
        {
            Refused("Rate", new Adam(Rate: bad));
            Refused("Beta1", new Adam(Beta1: bad));
            Refused("Beta2", new Adam(Beta2: bad));
            Refused("Epsilon", new Adam(Epsilon: bad));
            Refused("Decay", new Adam(Decay: bad));
            Refused("Limit", new Adam(Limit: bad));
        }

        Refused("Beta1", new Adam(Beta1: 1));
        Refused("Beta2", new Adam(Beta2: 1));
        using var vae = new SmallVae(Hosts.OneThread);
        Assert.Throws<ArgumentException>(() => vae.Trainer.RateFactor = float.NaN);
        Assert.Throws<ArgumentException>(() => vae.Trainer.RateFactor = -1);
        vae.Trainer.RateFactor = float.MaxValue;
        Assert.Throws<DivergedException>(() => vae.Run(1));

        static void Refused(string name, Adam adam) => Assert.StartsWith(
            $"Adam: {name} is", Assert.Throws<ArgumentException>(() => new SmallVae(Hosts.OneThread, adam: adam)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void WeightsThatAreNotFiniteEndTheEpochAndAreNotSaved()
    {
        using var folder = DataFiles.Temporary();
        using var vae = new SmallVae(Hosts.OneThread);
        Checkpoint.SaveModel(folder["m"], vae.Weights, 0, NoText);
        var good = File.ReadAllBytes(folder["m"]);
        Assert.Throws<DivergedException>(() => vae.RunEpoch(step =>
        {
            if (step == vae.Trainer.StepsPerEpoch)
            {
                vae.Weights.Import("mean.bias", [1f, float.NaN]);
            }
        }));
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.SaveModel(folder["m"], vae.Weights, 0, NoText));
        Assert.Contains("element 1 of mean.bias is NaN", error.Message, StringComparison.Ordinal);
        Assert.Equal(good, File.ReadAllBytes(folder["m"]));
    }

    /// <summary>Memory is short in each launch of a step in turn, which does no harm to the device.</summary>
    [Fact]
    public void AStepThatFailsIsUndone()
    {
        using var device = new FaultyDevice();
        using SmallVae vae = new(device), other = new(Hosts.OneThread);
        vae.RunPart(1);
        other.RunPart(2);
        var (before, state) = (vae.Bits(), vae.Trainer.State);
        var failed = 0;
        while (true)
        {
            var launches = 0;
            device.BeforeLaunch = () =>
            {
                if (launches++ == failed)
                {
                    throw new AggregateException(new InsufficientMemoryException("it is short"));
                }
            };
            if (Record.Exception(() => vae.RunPart(2)) is not { } error)
            {
                break;
            }

            Assert.IsType<InsufficientMemoryException>(error);
            Assert.Equal(before, vae.Bits());
            Assert.Equal(state.Numbers[4..], vae.Trainer.State.Numbers[4..]);
            failed++;
        }

        Assert.True(failed > 5, $"only {failed} launches");
        Assert.Equal(other.Bits(), vae.Bits());
        Assert.Equal(other.Trainer.State.Moments, vae.Trainer.State.Moments);
    }

    [Fact]
    public void ATrainerRefusesWhatItCannotTrain()
    {
        using var device = new HostDevice(1);
        using SmallVae vae = new(device), foreign = new(device);
        using var evaluation = Plan.ForEvaluation(device, vae.Graph, vae.Weights, vae.Output);
        var live = device.LiveBlocks;
        Refused("'decoder.0'", vae.Plan, vae.Loss, vae.Output, SmallVae.Batch);
        Refused("evaluation", evaluation, vae.Loss, vae.Input, SmallVae.Batch);
        Refused("another graph", vae.Plan, vae.Loss, foreign.Input, SmallVae.Batch);
        Refused("another graph", vae.Plan, foreign.Loss, vae.Input, SmallVae.Batch);
        Refused("a batch of 0", vae.Plan, vae.Loss, vae.Input, 0);
        Refused("a batch of -1", vae.Plan, vae.Loss, vae.Input, -1);
        Refused("loss", vae.Plan, null!, vae.Input, SmallVae.Batch);
        Refused("'late'", vae.Plan, vae.Loss, vae.Graph.Input("late", vae.Input.Shape), SmallVae.Batch);
        Assert.Equal(live, device.LiveBlocks);

        void Refused(string what, Plan plan, Loss loss, Tensor input, int batch) => Assert.Contains(
            what,
            Assert.ThrowsAny<ArgumentException>(() => new Trainer(
                plan, loss, [input], batch, vae.Feed, new Adam(), new ConstantSchedule(), seed: 1)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AStateOfTheLastStepsCallbackEndsTheEpochWhereItIsLoaded()
    {
        using var folder = DataFiles.Temporary();
        using SmallVae vae = new(Hosts.OneThread), other = new(Hosts.OneThread, seed: 9);
        var expected = vae.RunEpoch(_ => Checkpoint.SaveState(folder["s"], vae.Trainer, vae.Weights, [], NoText));
        Assert.Equal(0, vae.Trainer.Skipped);
        Checkpoint.LoadState(folder["s"], other.Trainer, other.Weights);
        Assert.Equal(vae.Bits(), other.Bits());
        Assert.Equal(expected.Loss, other.RunEpoch().Loss);
        Assert.Equal((1, 0), (other.Trainer.Epoch, other.Trainer.StepInEpoch));
    }

    [Fact]
    public void AStateThatCannotBeLoadedChangesNothing()
    {
        using var folder = DataFiles.Temporary();
        using SmallVae vae = new(Hosts.OneThread), other = new(Hosts.OneThread, seed: 9);
        vae.RunPart(2);
        Checkpoint.SaveState(folder["s"], vae.Trainer, vae.Weights, [], NoText);
        var tensors = Safetensors.Read(folder["s"]).Tensors;
        tensors["training.state"].Doubles[^2] = double.NaN;
        Safetensors.Write(folder["schedule"], tensors, NoText);
        tensors = Safetensors.Read(folder["s"]).Tensors;
        tensors["training.moments"].Floats[^1] = -1;
        Safetensors.Write(folder["moments"], tensors, NoText);
        var before = other.Bits();
        Assert.Throws<CheckpointException>(() => Checkpoint.LoadState(folder["schedule"], other.Trainer, other.Weights));
        Assert.Throws<CheckpointException>(() => Checkpoint.LoadState(folder["moments"], other.Trainer, other.Weights));
        Assert.Throws<ArgumentException>(() => Checkpoint.LoadState(folder["s"], vae.Trainer, other.Weights));
        Assert.Throws<ArgumentException>(() => Checkpoint.SaveState(folder["s"], vae.Trainer, other.Weights, [], NoText));
        other.Trainer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Checkpoint.LoadState(folder["s"], other.Trainer, other.Weights));
        Assert.Equal(before, other.Bits());
        Assert.Equal(0, other.Trainer.Step);
    }

    [Fact]
    public void ATrainerRunsOnceAtATime()
    {
        using var vae = new SmallVae(Hosts.OneThread);
        var state = vae.Trainer.State;
        Exception? inside = null, outside = null, set = null;
        vae.RunEpoch(_ =>
        {
            inside = Record.Exception(() => { vae.Trainer.Run(null, TestContext.Current.CancellationToken); });
            set = Record.Exception(() => vae.Trainer.State = state);
            var thread = new Thread(() => outside = Record.Exception(() => vae.Trainer.State));
            thread.Start();
            thread.Join();
        });
        Assert.IsType<InvalidOperationException>(inside);
        Assert.IsType<InvalidOperationException>(set);
        Assert.IsType<InvalidOperationException>(outside);
        vae.RunEpoch();
    }
}
