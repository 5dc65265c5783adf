using System.Diagnostics;
using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>One layer of gated recurrent units, forward and backward to its weights and its input, of a mean squared error.</summary>
internal sealed class GruWork : StepWork
{
    public const string Name = "gru 22x128->128";

    private const int Length = 22;
    private const int Hidden = 128;
    private const int GarbageSteps = 64;
    private readonly Device device;
    private readonly Weights weights;
    private readonly Plan plan;

    public GruWork(int batch, Target target)
    {
        device = target.Open();
        var graph = new Graph();
        var sequences = graph.Input("sequences", new Shape(batch, Length, 1, Hidden), differentiable: true);
        var states = sequences.Gru("layer", Hidden);
        var error = states.MeanSquaredError(graph.Input("target", states.Shape));
        var loss = graph.Loss(new LossPart("error", error, graph.Dial("error", 1f)));
        weights = new Weights(device, graph, seed: 1);
        plan = Plan.ForTraining(device, graph, weights, loss.Output);
        foreach (var input in graph.Inputs)
        {
            plan.Write(input, Stamps(input.Shape.Count));
        }

        // Each of the two gradients costs what the forward pass costs.
        Flops = 3 * FlopsOf(graph, loss.Output);
    }

    public override long Flops { get; }

    public override long PlanBytes => plan.MemoryCount * sizeof(float);

    public override void Run(Span<double> milliseconds)
    {
        device.Wait();
        var began = Stopwatch.GetTimestamp();
        foreach (ref var time in milliseconds)
        {
            var start = Stopwatch.GetTimestamp();
            plan.Recording.Replay();
            time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        if (device is not HostDevice)
        {
            device.Wait();
            milliseconds.Fill(Stopwatch.GetElapsedTime(began).TotalMilliseconds / milliseconds.Length);
        }
    }

    public override Garbage MeasureGarbage()
    {
        var collections = GC.CollectionCount(0);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var step = 0; step < GarbageSteps; step++)
        {
            plan.Recording.Replay();
        }

        var bytes = GC.GetTotalAllocatedBytes(precise: true) - before;
        return new Garbage(bytes / (double)GarbageSteps, GC.CollectionCount(0) - collections);
    }

    public override void Dispose()
    {
        plan.Dispose();
        weights.Dispose();
        device.Dispose();
    }
}
