using System.Diagnostics;
using Estampa.Engine;
using Estampa.Models;

namespace Estampa.Bench;

/// <summary>Training steps as the runner does them: feed, forward, backward and optimizer by <see cref="Trainer"/>.</summary>
internal sealed class TrainingWork : StepWork
{
    /// <summary>An epoch has at least so many steps, and at least so many samples.</summary>
    private const int LeastSteps = 16;
    private const int LeastSamples = 64;
    private readonly Device device;
    private readonly Weights weights;
    private readonly Plan plan;
    private readonly Feed feed;
    private readonly Trainer trainer;

    public TrainingWork(Recipe recipe, int batch, Target target)
    {
        device = target.Open();
        var model = recipe.Build(batch);
        weights = new Weights(device, model.Graph, seed: 1);
        plan = Plan.ForTraining(device, model.Graph, weights, model.Loss.Output);
        feed = Feed.Resident(device, Fill(model, batch, Math.Max(LeastSteps * batch, LeastSamples)));
        trainer = new Trainer(plan, model.Loss, model.Inputs, batch, feed, recipe.Optimizer(), recipe.RateSchedule(), seed: 1);

        // Each of the two gradients of a layer costs what its forward pass costs.
        Flops = 3 * FlopsOf(model.Graph, model.Loss.Output);
    }

    public override long Flops { get; }

    public override long PlanBytes => plan.MemoryCount * sizeof(float);

    public override void Run(Span<double> milliseconds)
    {
        var times = new double[milliseconds.Length];
        device.Wait();
        var began = Stopwatch.GetTimestamp();
        for (var done = 0; done < times.Length;)
        {
            using var stop = new CancellationTokenSource();
            var start = Stopwatch.GetTimestamp();
            trainer.Run(
                _ =>
                {
                    times[done++] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                    if (done == times.Length)
                    {
                        stop.Cancel();
                    }

                    start = Stopwatch.GetTimestamp();
                },
                stop.Token);
        }

        if (device is not HostDevice)
        {
            device.Wait();
            Array.Fill(times, Stopwatch.GetElapsedTime(began).TotalMilliseconds / times.Length);
        }

        times.CopyTo(milliseconds);
    }

    /// <summary>Over one whole epoch; the bytes are those from its first step's end to its last step's end.</summary>
    public override Garbage MeasureGarbage()
    {
        var first = 0L;
        var last = 0L;
        void Progress(int step)
        {
            var bytes = GC.GetTotalAllocatedBytes(precise: true);
            (first, last) = (step == 1 ? bytes : first, bytes);
        }

        // To the end of the epoch that timed steps began.
        trainer.Run();
        var collections = GC.CollectionCount(0);
        trainer.Run(Progress);
        return new Garbage((last - first) / (double)(trainer.StepsPerEpoch - 1), GC.CollectionCount(0) - collections);
    }

    /// <summary>Milliseconds of each launch of one training step, by kernel and in the order of recording.</summary>
    public IEnumerable<(string Kernel, double Milliseconds)> Profile()
    {
        plan.SetClock(1, 1);
        foreach (var launch in plan.Recording.Launches)
        {
            var start = Stopwatch.GetTimestamp();
            launch.Run();
            device.Wait();
            yield return (launch.Name, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
    }

    public override void Dispose()
    {
        trainer.Dispose();
        feed.Dispose();
        plan.Dispose();
        weights.Dispose();
        device.Dispose();
    }
}
