using System.Diagnostics;
using Estampa.Engine;
using Estampa.Models;

namespace Estampa.Bench;

/// <summary>
/// A trained model's answers, as the runner asks for them: a batch of samples written, an evaluation plan replayed, latents (encode) or
/// stamps (reconstruct) read.
/// </summary>
internal sealed class InferenceWork : StepWork
{
    private const int GarbageSteps = 64;
    private readonly Device device;
    private readonly Weights weights;
    private readonly Plan plan;
    private readonly (Tensor Input, float[] Numbers)[] inputs;
    private readonly Tensor output;
    private readonly float[] results;

    public InferenceWork(string kind, Recipe recipe, int batch, Target target)
    {
        device = target.Open();
        var model = recipe.Build(batch);
        weights = new Weights(device, model.Graph, seed: 1);
        var samples = Fill(model, batch, batch);
        output = kind == Encode ? model.Code : ((AutoencoderGraph)model).Reconstruction;
        inputs = [.. model.Inputs.Select(input => (input, samples[input.Name].Numbers))];
        plan = Plan.ForEvaluation(device, model.Graph, weights, output);
        results = new float[output.Shape.Count];
        Flops = FlopsOf(model.Graph, output);
    }

    public override long Flops { get; }

    public override long PlanBytes => plan.MemoryCount * sizeof(float);

    public override void Run(Span<double> milliseconds)
    {
        foreach (ref var time in milliseconds)
        {
            var start = Stopwatch.GetTimestamp();
            Step();
            time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
    }

    public override Garbage MeasureGarbage()
    {
        var collections = GC.CollectionCount(0);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var step = 0; step < GarbageSteps; step++)
        {
            Step();
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

    private void Step()
    {
        foreach (var (input, numbers) in inputs)
        {
            plan.Write(input, numbers);
        }

        plan.Recording.Replay();
        plan.Read(output, results);
    }
}
