namespace Estampa.Engine;

/// <content>All that the next step depends on, and what of it is refused.</content>
public sealed partial class Trainer
{
    /// <summary>
    /// Everything besides the weights that the next step depends on: epoch, step, step in the epoch, seconds, the sums of the epoch so far,
    /// then the schedule's own; and the moments. Setting it changes all of it, or nothing where it throws.
    /// </summary>
    /// <exception cref="ArgumentException">It is no state of this training.</exception>
    /// <exception cref="InvalidOperationException">Another thread is in <see cref="Run"/>; none may be where it is set.</exception>
    public (double[] Numbers, float[] Moments) State
    {
        get
        {
            CheckThread();
            Mend();
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

            if (Volatile.Read(ref runner) != 0)
            {
                throw new InvalidOperationException("the trainer's state cannot be set while it runs");
            }

            plan.CheckUsable();
            memory.CheckUsable();
            Mend();

            // First what may refuse its numbers.
            schedule.State = numbers[(4 + journal.Length)..];
            (Epoch, Step, StepInEpoch, seconds) = ((int)numbers[0], (int)numbers[1], (int)numbers[2], numbers[3]);
            for (var place = 0; place < journal.Length; place++)
            {
                journal[place] = (float)numbers[4 + place];
            }

            plan.Write(loss.Journal, journal);
            journal.CopyTo(sumsBefore, 0);
            memory.Write<float>(value.Moments);
        }
    }

    /// <summary>The reason why a state is not one of this training; null where it is.</summary>
    internal string? WhyNot(double[] numbers, float[] moments)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        ArgumentNullException.ThrowIfNull(moments);
        var count = 4 + loss.Journal.Count + schedule.State.Length;
        if (numbers.Length != count || moments.Length != 2 * plan.Weights.TrainedCount)
        {
            return $"a training state of {numbers.Length} numbers and {moments.Length} moments, this model and schedule have {count} and"
                + $" {2 * plan.Weights.TrainedCount}";
        }

        static bool IsCount(double number, int most) => number >= 0 && number <= most && number == Math.Floor(number);
        const int Most = int.MaxValue - 1;
        var isPlace = IsCount(numbers[0], Most) && IsCount(numbers[1], Most) && IsCount(numbers[2], StepsPerEpoch);
        if (!isPlace || !(numbers[3] >= 0 && double.IsFinite(numbers[3])))
        {
            return $"a training state after {numbers[0]} epochs, {numbers[1]} steps and {numbers[2]} steps of an epoch of {StepsPerEpoch}"
                + $" in {numbers[3]} seconds; is the set still the same?";
        }

        var totals = numbers[4..(4 + loss.Journal.Count)];
        if (!Array.TrueForAll(totals, total => float.IsFinite((float)total)) || !IsCount(totals[^1], (int)numbers[2]))
        {
            return $"a training state whose sums are {string.Join(", ", totals)} after {numbers[2]} steps of an epoch";
        }

        var squares = moments.AsSpan(plan.Weights.TrainedCount);
        return AreFinite(moments) && squares.IndexOfAnyInRange(float.MinValue, -float.Epsilon) < 0
            ? null
            : "a training state whose moments are not finite, or the squares below 0";
    }

    private static bool AreFinite(ReadOnlySpan<float> numbers)
    {
        foreach (var number in numbers)
        {
            if (!float.IsFinite(number))
            {
                return false;
            }
        }

        return true;
    }
}
