using System.Diagnostics;

namespace Estampa.Engine;

/// <summary>What an epoch gave: the means over its steps of the loss and of each part (unweighted), and how fast it went.</summary>
public sealed record EpochResult(int Epoch, double Loss, IReadOnlyDictionary<string, double> Parts, float Rate, double Seconds, int Samples)
{
    /// <summary>Steps that were left out because their loss or gradients were not finite.</summary>
    public int Skipped { get; init; }

    public double SamplesPerSecond => Samples / Math.Max(Seconds, 1e-9);
}

/// <summary>A loss or a gradient that is no longer finite; the message names the epoch, the step and the first bad tensor.</summary>
public sealed class DivergedException : Exception
{
    public DivergedException()
    {
    }

    public DivergedException(string message)
        : base(message)
    {
    }

    public DivergedException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>
/// The training loop: a step is a replay of feed, forward, backward and optimizer. It owns the optimizer's moments. All it depends on is in
/// its <see cref="State"/>, so a run resumed from one ends with the same bits as an unbroken run. Each step's loss and gradients are looked
/// at before the update: where they are not finite, weights, moments and running statistics stay those of the step before.
/// </summary>
public sealed partial class Trainer : IDisposable
{
    private readonly Plan plan;
    private readonly Loss loss;
    private readonly Feed feed;
    private readonly Adam adam;
    private readonly Schedule schedule;
    private readonly ulong seed;
    private readonly Recording gather;
    private Recording measure;
    private Recording update;
    private readonly Block memory;
    private readonly float[] sums;
    private readonly float[] sumsBefore;
    private float[] statistics;
    private float[] statisticsBefore;
    private double seconds;

    /// <summary>The thread that is in <see cref="Run"/>; 0 for none.</summary>
    private int runner;

    /// <summary>A step has begun and neither ended nor been undone.</summary>
    private bool isTorn;

    /// <param name="plan">A training plan.</param>
    /// <param name="loss">The loss that the plan computes.</param>
    /// <param name="inputs">The plan's inputs that the feed fills, each (batch, ...) or (batch times steps, ...).</param>
    /// <param name="batch">Samples of a step.</param>
    /// <param name="feed">Samples; at least one batch.</param>
    /// <param name="adam">The optimizer.</param>
    /// <param name="schedule">The rate of each epoch.</param>
    /// <param name="seed">Of the samples' order and of all noise.</param>
    /// <exception cref="ArgumentException">
    /// They do not belong together, the feed has less than a batch, or a number of the optimizer is out of its range.
    /// </exception>
    public Trainer(
        Plan plan, Loss loss, IReadOnlyList<Tensor> inputs, int batch, Feed feed, Adam adam, Schedule schedule, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(feed);
        ArgumentNullException.ThrowIfNull(adam);
        ArgumentNullException.ThrowIfNull(schedule);
        adam.Check();
        Check(plan, loss, inputs);
        if (batch < 1 || feed.Count < batch)
        {
            throw new ArgumentException($"a batch of {batch} needs {(batch < 1 ? "a sample" : "as many samples")}, the feed has"
                + $" {feed.Count}");
        }

        this.plan = plan;
        this.loss = loss;
        this.feed = feed;
        this.adam = adam;
        this.schedule = schedule;
        this.seed = seed;
        Batch = batch;
        sums = plan.Read(loss.Journal);
        sumsBefore = new float[sums.Length];
        statistics = new float[plan.Weights.StatisticsCount];
        statisticsBefore = new float[statistics.Length];
        memory = plan.Device.Allocate(Adam.MemoryCount(plan.Weights), "the optimizer's moments");
        try
        {
            gather = new Recording(plan);
            feed.Record(gather, inputs, batch);
            (measure, update) = Record(null);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>A trainer of a graph with one input.</summary>
    public Trainer(Plan plan, Loss loss, Tensor input, Feed feed, Adam adam, Schedule schedule, ulong seed)
        : this(plan, loss, [input], (input ?? throw new ArgumentNullException(nameof(input))).Shape.Batch, feed, adam, schedule, seed)
    {
    }

    public int Batch { get; }

    /// <summary>
    /// So many steps of an epoch may be left out because their loss or gradients are not finite; one more ends the training.
    /// </summary>
    public int SkipLimit { get; init; }

    /// <summary>What the schedule's rate is multiplied by; not part of the state.</summary>
    /// <exception cref="ArgumentException">It is negative or not finite.</exception>
    public float RateFactor
    {
        get;
        set => field = value >= 0 && float.IsFinite(value) ? value : throw new ArgumentException($"a rate's factor of {value}");
    } = 1;

    public int StepsPerEpoch => feed.Count / Batch;

    /// <summary>Whole epochs done.</summary>
    public int Epoch { get; private set; }

    /// <summary>Steps done of the epoch in progress.</summary>
    public int StepInEpoch { get; private set; }

    /// <summary>Steps of the epoch in progress that were left out.</summary>
    public int Skipped => StepInEpoch - (int)sumsBefore[^1];

    /// <summary>Steps done in all epochs.</summary>
    public int Step { get; private set; }

    /// <summary>What it trains.</summary>
    internal Weights Weights => plan.Weights;

    /// <summary>Trains to the end of the current epoch.</summary>
    /// <param name="progress">Told the steps done in this epoch after each.</param>
    /// <param name="stop">Ends after the step in progress; the state then lies within the epoch.</param>
    /// <returns>The epoch's means; null where stopped before its end.</returns>
    /// <exception cref="DivergedException">
    /// A step's loss, gradients or running statistics are not finite, and no more may be left out: the state is the one before that
    /// step. Or the weights are not at the epoch's end.
    /// </exception>
    /// <exception cref="InvalidOperationException">It runs already, or the schedule's rate is negative or not finite.</exception>
    public EpochResult? Run(Action<int>? progress = null, CancellationToken stop = default)
    {
        if (Interlocked.CompareExchange(ref runner, Environment.CurrentManagedThreadId, 0) != 0)
        {
            throw new InvalidOperationException("the trainer runs already, on another thread or around this call");
        }

        try
        {
            return RunEpoch(progress, stop);
        }
        finally
        {
            Volatile.Write(ref runner, 0);
        }
    }

    private EpochResult? RunEpoch(Action<int>? progress, CancellationToken stop)
    {
        var rate = schedule.Rate(adam.Rate, Epoch) * RateFactor;
        if (!(rate >= 0 && float.IsFinite(rate)))
        {
            throw new InvalidOperationException($"epoch {Epoch + 1}: the schedule's rate is {rate}");
        }

        feed.Shuffle(seed, Epoch);
        Mend();
        plan.Read(loss.Journal, sumsBefore);
        plan.Weights.ReadStatistics(statisticsBefore);
        var watch = Stopwatch.StartNew();
        for (; StepInEpoch < StepsPerEpoch && !stop.IsCancellationRequested; progress?.Invoke(StepInEpoch))
        {
            RunStep(rate);
        }

        seconds += watch.Elapsed.TotalSeconds;
        if (StepInEpoch < StepsPerEpoch)
        {
            return null;
        }

        if (sumsBefore[^1] == 0)
        {
            throw new DivergedException($"epoch {Epoch + 1}: no step had a finite loss and finite gradients");
        }

        if (FirstBadParameter() is { } bad)
        {
            throw new DivergedException($"epoch {Epoch + 1}: '{bad}' is no longer finite after its updates; a smaller rate may help");
        }

        double steps = sumsBefore[^1];
        var parts = loss.Parts.Select((part, place) => (part.Name, Mean: sumsBefore[1 + place] / steps));
        var result = new EpochResult(
            Epoch, sumsBefore[0] / steps, parts.ToDictionary(part => part.Name, part => part.Mean), rate, seconds, StepInEpoch * Batch)
        {
            Skipped = Skipped,
        };
        Array.Clear(sumsBefore);
        plan.Write(loss.Journal, sumsBefore);
        (StepInEpoch, seconds) = (0, 0);
        Epoch++;
        return result;
    }

    /// <summary>
    /// From the next step on only these parameters change (stages of a training); what the optimizer remembers of the others stays.
    /// </summary>
    /// <exception cref="ArgumentException">None would.</exception>
    public void Train(Func<string, bool> isTrained)
    {
        var recorded = Record(isTrained);
        measure.Release();
        update.Release();
        (measure, update) = recorded;
    }

    /// <summary>Tells the schedule an epoch's validation loss.</summary>
    public void Observe(double validationLoss) => schedule.Observe(validationLoss);

    /// <exception cref="InvalidOperationException">Another thread is in <see cref="Run"/>.</exception>
    public void Dispose()
    {
        CheckThread();
        gather.Release();
        measure.Release();
        update.Release();
        memory.Dispose();
    }

    /// <summary>The optimizer's two parts, over these parameters; all where null.</summary>
    private (Recording Measure, Recording Update) Record(Func<string, bool>? isTrained)
    {
        Recording norm = new(plan), steps = new(plan);
        adam.RecordNorm(norm, plan.Weights, memory, isTrained);
        adam.Record(steps, plan.Weights, memory, isTrained);
        return (norm, steps);
    }

    /// <summary>Refuses what cannot be trained, before anything is allocated.</summary>
    private static void Check(Plan plan, Loss loss, IReadOnlyList<Tensor> inputs)
    {
        if (!plan.Training)
        {
            throw new ArgumentException("a plan for evaluation cannot be trained; Plan.ForTraining makes one that can");
        }

        plan.Graph.CheckOwns(loss.Output, "the trainer's loss");
        foreach (var input in inputs)
        {
            ArgumentNullException.ThrowIfNull(input, nameof(inputs));
            plan.Graph.CheckOwns(input, "the trainer's input");
            if (input.Root.Parameter is not null || plan.Outside(input.Root) is null)
            {
                throw new ArgumentException($"the trainer's input: '{input.Name}' {input.Shape} is no input of the plan's graph, but"
                    + $" {string.Join(", ", plan.Graph.Inputs.Select(one => $"'{one.Name}'"))}");
            }
        }
    }

    private void CheckThread()
    {
        var thread = Volatile.Read(ref runner);
        if (thread != 0 && thread != Environment.CurrentManagedThreadId)
        {
            throw new InvalidOperationException("the trainer runs on another thread");
        }
    }

    private void RunStep(float rate)
    {
        plan.SetClock(seed, Step, StepInEpoch * Batch);
        adam.SetState(memory, plan.Weights.TrainedCount, rate, Step + 1);
        isTorn = true;
        try
        {
            gather.Replay();
            plan.Recording.Replay();
            measure.Replay();
            if (IsFinite())
            {
                update.Replay();
                sums.CopyTo(sumsBefore, 0);
                (statistics, statisticsBefore) = (statisticsBefore, statistics);
                isTorn = false;
            }
            else
            {
                LeaveOut();
            }
        }
        catch
        {
            TryToMend();
            throw;
        }

        Step++;
        StepInEpoch++;
    }

    /// <summary>
    /// Reads the loss's sums, the gradients' norm and the running statistics, which waits for a device: some ten microseconds a step.
    /// </summary>
    private bool IsFinite()
    {
        Span<float> norm = stackalloc float[1];
        plan.Read(loss.Journal, sums);
        memory.Read(norm, Adam.NormPlace(plan.Weights));
        plan.Weights.ReadStatistics(statistics);
        return float.IsFinite(sums[0]) && float.IsFinite(norm[0]) && AreFinite(statistics);
    }

    /// <summary>The first parameter or running statistic with a number that is not finite.</summary>
    private string? FirstBadParameter() =>
        plan.Weights.Parameters.Select(one => one.Name).FirstOrDefault(name => !AreFinite(plan.Weights.Export(name)));

    private void LeaveOut()
    {
        if (Skipped >= SkipLimit)
        {
            // Before anything is put back: which value was the first to be wrong.
            var first = plan.Trace() ?? (FirstBadParameter() is { } name ? $"a number of {name}" : "only the gradients' norm");
            throw new DivergedException(
                $"epoch {Epoch + 1}, step {StepInEpoch + 1}: the loss, a gradient or a running statistic is no longer finite ({first});"
                + " a smaller rate or a limit on the gradients' norm may help");
        }

        Mend();
    }

    /// <summary>Puts back what a step that did not come to its end has changed.</summary>
    private void Mend()
    {
        if (isTorn)
        {
            plan.Write(loss.Journal, sumsBefore);
            plan.Weights.WriteStatistics(statisticsBefore);
            isTorn = false;
        }
    }

    /// <summary>What cannot be done now, as another thread reads the weights or the device has failed, is done by the next run.</summary>
    private void TryToMend()
    {
        try
        {
            Mend();
        }
        catch (Exception exception) when (exception is InvalidOperationException or DeviceFailedException)
        {
            Debug.Assert(isTorn, "what was not put back is so later");
        }
    }
}
