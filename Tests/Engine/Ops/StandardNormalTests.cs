using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class StandardNormalTests
{
    private const int Samples = 700;
    private const int Latent = 9;

    [Fact]
    public void EveryElementIsAFunctionOfSeedNameStepAndPlace()
    {
        const ulong seed = (7UL << 32) + 5;
        foreach (var step in new[] { 0, 3 })
        {
            var drawn = Draw(Hosts.ThreeThreads, seed, step);
            Assert.Equal(drawn, Draw(Hosts.OneThread, seed, step));
            Assert.Equal(drawn, Draw(Hosts.Portable, seed, step));
            var stream = Noise.Stream("noise");
            var expected = Enumerable.Range(0, Samples * Latent).Select(element => Noise.Normal(5, 7, stream, (uint)step, (uint)element));
            Assert.Equal(expected, drawn);
        }

        Assert.NotEqual(Draw(Hosts.OneThread, seed, 0), Draw(Hosts.OneThread, seed, 1));
        Assert.NotEqual(Draw(Hosts.OneThread, seed, 0), Draw(Hosts.OneThread, seed + 1, 0));
    }

    [Fact]
    public void AReplayAtTheSameStepDrawsTheSame()
    {
        using var run = new Run(Hosts.TwoThreads);
        var first = run.Replay(1, 4);
        run.Replay(1, 5);
        Assert.Equal(first, run.Replay(1, 4));
    }

    [Fact]
    public void EvaluationLeavesZeros()
    {
        var graph = new Graph();
        var noise = graph.StandardNormal("noise", new Shape(Samples, Latent));
        using var weights = new Weights(Hosts.TwoThreads, graph, seed: 1);
        using var plan = Plan.ForEvaluation(Hosts.TwoThreads, graph, weights, new PlanOptions(Poisoned: true), noise);
        plan.SetClock(1, 1);
        plan.Recording.Replay();
        Assert.All(plan.Read(noise), number => Assert.Equal(0f, number));
    }

    [Fact]
    public void RefusesASecondDrawUnderOneName()
    {
        var graph = new Graph();
        graph.StandardNormal("noise", new Shape(2, 3));
        graph.StandardNormal("other", new Shape(2, 3));
        Assert.Throws<ArgumentException>(() => graph.StandardNormal("noise", new Shape(2, 3)));
    }

    private static float[] Draw(Device device, ulong seed, int step)
    {
        using var run = new Run(device);
        return run.Replay(seed, step);
    }

    private sealed class Run : IDisposable
    {
        private readonly Probe probe;
        private readonly Weights weights;
        private readonly Plan plan;

        public Run(Device device)
        {
            var graph = new Graph();
            var shape = new Shape(Samples, Latent);
            probe = new Probe(graph.StandardNormal("noise", shape), graph.Input("weights", shape));
            var loss = graph.Loss(new LossPart("probe", probe.Output, graph.Dial("weight", 1)));
            weights = new Weights(device, graph, seed: 1);
            plan = Plan.ForTraining(device, graph, weights, loss.Output, new PlanOptions(Poisoned: true));
        }

        public float[] Replay(ulong seed, int step)
        {
            plan.SetClock(seed, step);
            plan.Recording.Replay();
            return plan.Read(probe.Copy);
        }

        public void Dispose()
        {
            plan.Dispose();
            weights.Dispose();
        }
    }
}
