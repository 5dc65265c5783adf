using System.Diagnostics;
using Estampa.Engine;
using Estampa.Models;

namespace Estampa.Bench;

/// <summary>
/// Training and inference of a recipe as whole steps: samples a second, milliseconds, managed bytes a step, working memory.
/// </summary>
internal sealed class Steps : IDisposable
{
    private readonly Device device;
    private readonly Weights weights;
    private readonly Plan plan;
    private readonly Feed feed;
    private readonly Trainer trainer;

    public Steps(AutoencoderRecipe recipe, int batch, int threads)
    {
        device = new HostDevice(threads);
        var model = recipe.Build(batch);
        weights = new Weights(device, model.Graph, seed: 1);
        plan = Plan.ForTraining(device, model.Graph, weights, model.Loss.Output);
        var stamps = new float[16 * model.Input.Shape.Count];
        for (var element = 0; element < stamps.Length; element++)
        {
            stamps[element] = Noise.Uniform(1, 0, 0, 0, (uint)element);
        }

        feed = Feed.Resident(device, stamps, model.Input.Shape.Sample);
        trainer = new Trainer(plan, model.Loss, model.Input, feed, recipe.Optimizer(), recipe.RateSchedule(), seed: 1);
        Batch = batch;
        Flops = model.Graph.Ops.Sum(op => op.Flops);
    }

    public int Batch { get; }

    /// <summary>Multiplications and additions of a forward pass.</summary>
    public long Flops { get; }

    /// <summary>Milliseconds of each of so many training steps.</summary>
    public double[] Train(int steps)
    {
        var times = new List<double>();
        while (times.Count < steps)
        {
            using var stop = new CancellationTokenSource();
            var watch = Stopwatch.StartNew();
            trainer.Run(
                _ =>
                {
                    times.Add(watch.Elapsed.TotalMilliseconds);
                    watch.Restart();
                    if (times.Count == steps)
                    {
                        stop.Cancel();
                    }
                },
                stop.Token);
        }

        return [.. times];
    }

    /// <summary>Milliseconds of each launch of one training step, by kernel and in the order of recording.</summary>
    public IEnumerable<(string Kernel, double Milliseconds)> Profile()
    {
        plan.SetClock(1, 1);
        foreach (var launch in plan.Recording.Launches)
        {
            var watch = Stopwatch.StartNew();
            launch.Run();
            yield return (launch.Name, watch.Elapsed.TotalMilliseconds);
        }
    }

    public long WorkingMegabytes => plan.MemoryCount * sizeof(float) >> 20;

    public void Dispose()
    {
        trainer.Dispose();
        feed.Dispose();
        plan.Dispose();
        weights.Dispose();
        device.Dispose();
    }

    public static double Median(IEnumerable<double> numbers)
    {
        var sorted = numbers.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
