using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>Where a tensor is detached, gradients end.</summary>
public class DetachTests
{
    private const int Batch = 3;
    private static readonly float[] Numbers = [.. Enumerable.Range(0, Batch * 4).Select(place => MathF.Sin(place))];

    [Fact]
    public void IsTheSameMemoryWithoutAGradient()
    {
        var graph = new Graph();
        var hidden = graph.Input("rows", new Shape(Batch, 4)).Linear("first", 6);
        var detached = hidden.Detach();
        Assert.Equal(hidden.Shape, detached.Shape);
        Assert.Same(hidden.Root, detached.Root);
        Assert.True(hidden.IsDifferentiable);
        Assert.False(detached.IsDifferentiable);
        Assert.False(detached.Reshape(new Shape(2 * Batch, 3)).Activate<Relu>().IsDifferentiable);
        Assert.True(detached.Linear("second", 2).IsDifferentiable);
    }

    /// <summary>Two heads over a detached encoder, or one of them over the encoder itself, from poisoned memory.</summary>
    [Fact]
    public void WhatIsUpstreamGetsTheOtherBranchesGradientsAlone()
    {
        var alone = Gradients(new Model(isLiveToo: false));
        Assert.All(alone["encoder.weight"], gradient => Assert.Equal(0f, gradient));
        Assert.All(alone["encoder.bias"], gradient => Assert.Equal(0f, gradient));
        Assert.Contains(alone["head.weight"], gradient => gradient != 0f);
        var both = Gradients(new Model(isLiveToo: true));
        Assert.Equal(alone["head.weight"], both["head.weight"]);

        // The detached head's loss has no part in them: without it they are the same.
        var live = Gradients(new Model(isLiveToo: true, isDetachedToo: false));
        Assert.Contains(live["encoder.weight"], gradient => gradient != 0f);
        Assert.Equal(live["encoder.weight"], both["encoder.weight"]);
        Assert.Equal(live["encoder.bias"], both["encoder.bias"]);
    }

    /// <summary>Launches that write gradients which nobody reads are not recorded.</summary>
    [Fact]
    public void NothingIsRecordedUpstream()
    {
        var model = new Model(isLiveToo: false);
        using var weights = new Weights(Hosts.OneThread, model.Graph, seed: 1);
        using var plan = Plan.ForTraining(Hosts.OneThread, model.Graph, weights, model.Loss);
        var names = string.Join(' ', plan.Recording.Launches.Select(launch => launch.Name));
        Assert.Equal(1, names.Split("linear.weightGradient").Length - 1);
        Assert.DoesNotContain("tanh.backward", names, StringComparison.Ordinal);
        Assert.Null(plan.Trace());
    }

    /// <summary>Weights that another plan has trained before have no gradient left of it.</summary>
    [Fact]
    public void APlanLeavesNoGradientToTheNext()
    {
        Model first = new(isLiveToo: true), second = new(isLiveToo: false);
        using var weights = new Weights(Hosts.OneThread, first.Graph, seed: 1);
        using var one = Plan.ForTraining(Hosts.OneThread, first.Graph, weights, first.Loss);
        using var two = Plan.ForTraining(Hosts.OneThread, second.Graph, weights, second.Loss);
        for (var turn = 0; turn < 2; turn++)
        {
            one.Write(first.Input, Numbers);
            one.Recording.Replay();
            Assert.Contains(weights.ExportGradient("encoder.weight"), gradient => gradient != 0f);
            two.Recording.Replay();
            Assert.All(weights.ExportGradient("encoder.weight"), gradient => Assert.Equal(0f, gradient));
        }
    }

    private static Dictionary<string, float[]> Gradients(Model model)
    {
        Dictionary<string, float[]>? first = null;
        foreach (var device in Devices())
        {
            using var owned = device;
            using var weights = new Weights(device, model.Graph, seed: 1);
            using var plan = Plan.ForTraining(device, model.Graph, weights, model.Loss, new PlanOptions(Poisoned: true));
            plan.Write(model.Input, Numbers);
            plan.Recording.Replay();
            var gradients = weights.Parameters.ToDictionary(
                parameter => parameter.Name, parameter => weights.ExportGradient(parameter.Name));
            first ??= gradients;
            foreach (var (name, expected) in first)
            {
                OpCheck.Near($"{name} on {device.Name}", [.. expected.Select(number => (double)number)], gradients[name], 1e-5, 1e-6);
            }
        }

        return first!;
    }

    private static IEnumerable<Device> Devices()
    {
        yield return new HostDevice(threads: 1);
        yield return new HostDevice(threads: 1, RouteChoice.Portable);
#if !ILGPU
        yield return new CheckingDevice(Route.Portable);
#endif
    }

    /// <summary>An encoder, and a head over its detached code, over the code itself, or both.</summary>
    private sealed class Model
    {
        public Model(bool isLiveToo, bool isDetachedToo = true)
        {
            Input = Graph.Input("rows", new Shape(Batch, 4));
            var code = Input.Linear("encoder", 5).Activate<Tanh>();
            var zeros = Graph.Input("zeros", new Shape(Batch, 2));
            var parts = new List<LossPart>();
            if (isDetachedToo)
            {
                parts.Add(new LossPart("detached", code.Detach().Linear("head", 2).SquaredError(zeros), Graph.Dial("detached", 1)));
            }

            if (isLiveToo)
            {
                parts.Add(new LossPart("live", code.Linear("other", 2).SquaredError(zeros), Graph.Dial("live", 1)));
            }

            Loss = Graph.Loss([.. parts]).Output;
        }

        public Graph Graph { get; } = new();

        public Tensor Input { get; }

        public Tensor Loss { get; }
    }
}
