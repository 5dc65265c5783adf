using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>What belongs to another graph, plan or device is refused by name, before it reaches anybody's memory.</summary>
public class OwnershipTests
{
    private static readonly HostDevice Elsewhere = Hosts.OneThread;

    [Fact]
    public void APlanRefusesTensorsOfAnotherGraph()
    {
        using SmallVae own = new(Hosts.TwoThreads), foreign = new(Hosts.TwoThreads);
        foreach (var call in new Action[]
        {
            () => Plan.ForTraining(Hosts.TwoThreads, own.Graph, own.Weights, foreign.Loss.Output),
            () => Plan.ForEvaluation(Hosts.TwoThreads, own.Graph, own.Weights, own.Output, foreign.Output),
        })
        {
            var error = Assert.Throws<ArgumentException>(call);
            Assert.Contains("belongs to another graph than the plan's, that of 'stamps'", error.Message, StringComparison.Ordinal);
        }

        Assert.Contains("'stamps'", Assert.Throws<ArgumentException>(
            () => own.Plan.Write(foreign.Input, new float[100])).Message, StringComparison.Ordinal);
        Assert.Contains("'stamps'", Assert.Throws<ArgumentException>(
            () => own.Plan.Read(foreign.Input)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => own.Plan.ReadGradient(foreign.Input, new float[100]));
        Assert.Throws<ArgumentException>(() => own.Plan.Read(foreign.Loss.Journal));
        Assert.Throws<ArgumentException>(() => own.Plan.Write(foreign.Loss.Journal, new float[4]));
        Assert.Throws<ArgumentException>(() => Plan.ForEvaluation(Hosts.TwoThreads, own.Graph, own.Weights));
        var weight = own.Graph.Parameter("mean.bias", Layout.Bias(new Shape(1, 2)), Initial.Constant(0));
        var refused = Assert.Throws<ArgumentException>(() => Plan.ForEvaluation(Hosts.TwoThreads, own.Graph, own.Weights, weight));
        Assert.Contains("'mean.bias' 1x2 is a parameter", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void APlanSetsTheDialsOfItsOwnGraphAlone()
    {
        var graph = new Graph();
        var rows = graph.Input("rows", new Shape(2, 3));
        var dial = graph.Dial("weight", 1f);
        var loss = graph.Loss(new LossPart("error", rows.Linear("layer", 3).SquaredError(rows), dial));
        using var weights = new Weights(Hosts.OneThread, graph, seed: 1);
        using var plan = Plan.ForTraining(Hosts.OneThread, graph, weights, loss.Output);
        plan.Set(dial, 2f);

        // Equal as records, of another graph, beyond the plan's memory, and made after the plan.
        foreach (var foreign in new[] { new Graph().Dial("weight", 1f), new Dial("far", 1 << 20, 1f), new Dial("below", -1, 1f) })
        {
            var error = Assert.Throws<ArgumentException>(() => plan.Set(foreign, 3f));
            Assert.Contains($"'{foreign.Name}' is not of this plan's graph, which had 'weight'", error.Message, StringComparison.Ordinal);
        }

        Assert.Throws<ArgumentException>(() => plan.Set(graph.Dial("late", 1f), 3f));
        Assert.Throws<ArgumentException>(() => graph.Loss(new LossPart("error", loss.Parts[0].Samples, new Graph().Dial("weight", 1f))));
    }

    [Fact]
    public void AnInputThatTheLossDoesNotReachHasNoGradient()
    {
        var graph = new Graph();
        Tensor rows = graph.Input("rows", new Shape(2, 3)), idle = graph.Input("idle", new Shape(2, 3), differentiable: true);
        var loss = graph.Loss(new LossPart("error", rows.Linear("layer", 3).SquaredError(rows), graph.Dial("weight", 1f)));
        using var weights = new Weights(Hosts.OneThread, graph, seed: 1);
        using var plan = Plan.ForTraining(Hosts.OneThread, graph, weights, loss.Output);
        var error = Assert.Throws<ArgumentException>(() => plan.ReadGradient(idle, new float[6]));
        Assert.Contains("'idle' has no gradient", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TwoDevicesDoNotMix()
    {
        using var device = new HostDevice(3);
        using var vae = new SmallVae(device);
        Assert.Same(device, vae.Weights.Device);
        Assert.Same(device, vae.Plan.Device);
        Assert.Same(device, vae.Feed.Device);
        using var feed = Feed.Resident(Elsewhere, SmallVae.Pixels(), SmallVae.Sample);
        foreach (var call in new Action[]
        {
            () => Plan.ForTraining(Elsewhere, vae.Graph, vae.Weights, vae.Loss.Output),
            () => Plan.ForEvaluation(Elsewhere, vae.Graph, vae.Weights, vae.Output),
            () => feed.Record(new Recording(vae.Plan), [vae.Input], SmallVae.Batch),
        })
        {
            var error = Assert.Throws<ArgumentException>(call);
            Assert.Contains(device.Description, error.Message, StringComparison.Ordinal);
            Assert.Contains(Elsewhere.Description, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void WeightsThatAreTrainedAreNoStatistics()
    {
        Graph one = new(), other = new();
        one.Parameter("kept", Layout.Plain(3), Initial.Constant(0), trained: false);
        other.Parameter("kept", Layout.Plain(3), Initial.Constant(0));
        using var weights = new Weights(Hosts.OneThread, one, seed: 1);
        var error = Assert.Throws<ShapeException>(() => weights.Values(other.Parameters.Single()));
        Assert.Contains("not trained", error.Message, StringComparison.Ordinal);
    }
}
