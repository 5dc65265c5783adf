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
public sealed class Trainer : IDisposable
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
    private readonly float[] statisticsBefore;
    private double seconds;

    /// <param name="plan">A training plan.</param>
    /// <param name="loss">The loss that the plan computes.</param>
    /// <param name="inputs">The plan's inputs that the feed fills, each (batch, ...) or (batch times steps, ...).</param>
    /// <param name="batch">Samples of a step.</param>
    /// <param name="feed">Samples; at least one batch.</param>
    /// <param name="adam">The optimizer.</param>
    /// <param name="schedule">The rate of each epoch.</param>
    /// <param name="seed">Of the samples' order and of all noise.</param>
    public Trainer(
        Plan plan, Loss loss, IReadOnlyList<Tensor> inputs, int batch, Feed feed, Adam adam, Schedule schedule, ulong seed)
    {
        if (feed.Count < batch)
        {
            throw new ArgumentException($"a batch of {batch} needs as many samples, the feed has {feed.Count}");
        }

        this.plan = plan;
        this.loss = loss;
        this.feed = feed;
        this.adam = adam;
        this.schedule = schedule;
        this.seed = seed;
        Batch = batch;
        memory = plan.Device.Allocate(Adam.MemoryCount(plan.Weights), "the optimizer's moments");
        sums = new float[loss.Journal.Count];
        sumsBefore = new float[sums.Length];
        statisticsBefore = new float[plan.Weights.StatisticsCount];
        try
        {
            gather = new Recording(plan);
            feed.Record(gather, inputs, batch);
            measure = new Recording(plan);
            adam.RecordNorm(measure, plan.Weights, memory);
            update = new Recording(plan);
            adam.Record(update, plan.Weights, memory);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>A trainer of a graph with one input.</summary>
    public Trainer(Plan plan, Loss loss, Tensor input, Feed feed, Adam adam, Schedule schedule, ulong seed)
        : this(plan, loss, [input], input.Shape.Batch, feed, adam, schedule, seed)
    {
    }

    public int Batch { get; }

    /// <summary>
    /// So many steps of an epoch may be left out because their loss or gradients are not finite; one more ends the training.
    /// </summary>
    public int SkipLimit { get; init; }

    /// <summary>What the schedule's rate is multiplied by; not part of the state.</summary>
    public float RateFactor { get; set; } = 1;

    public int StepsPerEpoch => feed.Count / Batch;

    /// <summary>Whole epochs done.</summary>
    public int Epoch { get; private set; }

    /// <summary>Steps done of the epoch in progress.</summary>
    public int StepInEpoch { get; private set; }

    /// <summary>Steps of the epoch in progress that were left out.</summary>
    public int Skipped => StepInEpoch - (int)sumsBefore[^1];

    /// <summary>Steps done in all epochs.</summary>
    public int Step { get; private set; }

    /// <summary>
    /// Everything besides the weights that the next step depends on: epoch, step, step in the epoch, seconds, the sums of the epoch so far,
    /// then the schedule's own; and the moments.
    /// </summary>
    public (double[] Numbers, float[] Moments) State
    {
        get
        {
            var moments = new float[2 * plan.Weights.TrainedCount];
            memory.Read<float>(moments);
            return ([Epoch, Step, StepInEpoch, seconds, .. plan.Read(loss.Journal), .. schedule.State], moments);
        }

        set
        {
            var numbers = value.Numbers;
            var journal = new float[loss.Journal.Count];
            if (WhyNot(numbers, value.Moments) is { } reason)
            {
                throw new ArgumentException(reason);
            }

            (Epoch, Step, StepInEpoch, seconds) = ((int)numbers[0], (int)numbers[1], (int)numbers[2], numbers[3]);
            for (var place = 0; place < journal.Length; place++)
            {
                journal[place] = (float)numbers[4 + place];
            }

            plan.Write(loss.Journal, journal);
            journal.CopyTo(sumsBefore, 0);
            schedule.State = numbers[(4 + journal.Length)..];
            memory.Write<float>(value.Moments);
        }
    }

    /// <summary>Trains to the end of the current epoch.</summary>
    /// <param name="progress">Told the steps done in this epoch after each.</param>
    /// <param name="stop">Ends after the step in progress; the state then lies within the epoch.</param>
    /// <returns>The epoch's means; null where stopped before its end.</returns>
    /// <exception cref="DivergedException">
    /// A step's loss or gradients are not finite, and no more may be left out. The state is the one before that step.
    /// </exception>
    public EpochResult? Run(Action<int>? progress = null, CancellationToken stop = default)
    {
        feed.Shuffle(seed, Epoch);
        var rate = schedule.Rate(adam.Rate, Epoch) * RateFactor;
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

        double steps = sumsBefore[^1];
        var parts = loss.Parts.Select((part, place) => (part.Name, Mean: sumsBefore[1 + place] / steps));
        var result = new EpochResult(
            Epoch, sumsBefore[0] / steps, parts.ToDictionary(part => part.Name, part => part.Mean), rate, seconds, StepInEpoch * Batch)
        {
            Skipped = Skipped,
        };
        plan.Write(loss.Journal, new float[sums.Length]);
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
        var recording = new Recording(plan);
        adam.Record(recording, plan.Weights, memory, isTrained);
        var norm = new Recording(plan);
        adam.RecordNorm(norm, plan.Weights, memory, isTrained);
        update.Release();
        measure.Release();
        (measure, update) = (norm, recording);
    }

    /// <summary>Tells the schedule an epoch's validation loss.</summary>
    public void Observe(double validationLoss) => schedule.Observe(validationLoss);

    public void Dispose()
    {
        gather.Release();
        measure.Release();
        update.Release();
        memory.Dispose();
    }

    /// <summary>The reason why a state is not one of this training; null where it is.</summary>
    internal string? WhyNot(double[] numbers, float[] moments)
    {
        var count = 4 + loss.Journal.Count + schedule.State.Length;
        if (numbers.Length != count || moments.Length != 2 * plan.Weights.TrainedCount)
        {
            return $"a training state of {numbers.Length} numbers and {moments.Length} moments, this model and schedule have {count} and"
                + $" {2 * plan.Weights.TrainedCount}";
        }

        static bool IsCount(double number, int most) => number >= 0 && number <= most && number == Math.Floor(number);
        var isPlace = IsCount(numbers[0], int.MaxValue) && IsCount(numbers[1], int.MaxValue) && IsCount(numbers[2], StepsPerEpoch - 1);
        return isPlace && numbers[3] >= 0
            ? null
            : $"a training state after {numbers[0]} epochs, {numbers[1]} steps and {numbers[2]} steps of an epoch of {StepsPerEpoch} in"
                + $" {numbers[3]} seconds; is the set still the same?";
    }

    private void RunStep(float rate)
    {
        plan.SetClock(seed, Step, StepInEpoch * Batch);
        adam.SetState(memory, plan.Weights.TrainedCount, rate, Step + 1);
        gather.Replay();
        plan.Recording.Replay();
        measure.Replay();
        if (IsFinite())
        {
            update.Replay();
            sums.CopyTo(sumsBefore, 0);
            plan.Weights.ReadStatistics(statisticsBefore);
        }
        else
        {
            LeaveOut();
        }

        Step++;
        StepInEpoch++;
    }

    /// <summary>Reads the loss's sums and the gradients' norm, which waits for a device: some ten microseconds a step.</summary>
    private bool IsFinite()
    {
        Span<float> norm = stackalloc float[1];
        plan.Read(loss.Journal, sums);
        memory.Read(norm, Adam.NormPlace(plan.Weights));
        return float.IsFinite(sums[0]) && float.IsFinite(norm[0]);
    }

    private void LeaveOut()
    {
        // Before anything is put back: which value was the first to be wrong.
        var first = Skipped < SkipLimit ? null : plan.Trace() ?? "every value is finite, the gradients' norm is not";
        plan.Write(loss.Journal, sumsBefore);
        plan.Weights.WriteStatistics(statisticsBefore);
        if (first is not null)
        {
            throw new DivergedException(
                $"epoch {Epoch + 1}, step {StepInEpoch + 1}: the loss or a gradient is no longer finite ({first}); a smaller rate or a"
                + " limit on the gradients' norm may help");
        }
    }
}
