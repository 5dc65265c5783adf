namespace Estampa.Engine;

/// <summary>
/// In which order, and how often, samples come in an epoch: a pure function of the seed and the epoch, so that a resumed run goes on as an
/// unbroken one.
/// </summary>
public sealed class SampleOrder
{
    private readonly int count;
    private readonly int[][] classes;
    private readonly double[] cumulative;

    private SampleOrder(int count, int epoch, int[][] classes, double[] cumulative)
    {
        (this.count, this.classes, this.cumulative) = (count, classes, cumulative);
        Count = epoch;
    }

    /// <summary>Samples of an epoch.</summary>
    public int Count { get; }

    /// <summary>Every sample once.</summary>
    public static SampleOrder Once(int count) => new(count, count, [], []);

    /// <summary>
    /// Every class as often as the most frequent one: each sample of a class comes the same number of times, and which of them come once
    /// more is drawn each epoch. Labels below 0, or not numbers, are a class of their own that is not repeated.
    /// </summary>
    /// <exception cref="ArgumentException">An epoch would have more than 2^31 - 1 samples.</exception>
    public static SampleOrder Oversampled(ReadOnlySpan<float> labels)
    {
        var rows = new Dictionary<float, List<int>>();
        for (var row = 0; row < labels.Length; row++)
        {
            var label = labels[row] >= 0 ? labels[row] : -1f;
            (rows.TryGetValue(label, out var list) ? list : rows[label] = []).Add(row);
        }

        int[][] classes = [.. rows.OrderBy(pair => pair.Key).Select(pair => pair.Value.ToArray())];
        var most = rows.Where(pair => pair.Key >= 0).Select(pair => pair.Value.Count).DefaultIfEmpty(0).Max();
        var unlabelled = rows.TryGetValue(-1f, out var without) ? without.Count : 0;
        var labelled = rows.Count - (unlabelled > 0 ? 1 : 0);
        var epoch = ((long)most * labelled) + unlabelled;
        if (epoch > int.MaxValue)
        {
            throw new ArgumentException($"{labelled} classes, each as often as the {most} of the most frequent one, are too many samples");
        }

        return new(labels.Length, (int)epoch, classes, [])
        {
            Most = most,
            HasUnlabelled = unlabelled > 0,
        };
    }

    /// <summary>As many draws as there are samples, with replacement, each with a probability in proportion to its weight.</summary>
    /// <exception cref="ArgumentException">A weight is negative or not finite, or all are 0.</exception>
    public static SampleOrder Weighted(ReadOnlySpan<float> weights)
    {
        var cumulative = new double[weights.Length];
        var sum = 0.0;
        for (var row = 0; row < weights.Length; row++)
        {
            if (!(weights[row] >= 0 && float.IsFinite(weights[row])))
            {
                throw new ArgumentException($"the weight of sample {row} is {weights[row]}");
            }

            cumulative[row] = sum += weights[row];
        }

        return sum > 0 ? new(weights.Length, weights.Length, [], cumulative) : throw new ArgumentException("every sample's weight is 0");
    }

    private int Most { get; init; }

    private bool HasUnlabelled { get; init; }

    /// <summary>Refuses an order of another number of samples.</summary>
    internal void Check(int samples)
    {
        if (samples != count)
        {
            throw new ArgumentException($"an order of {count} samples for {samples}");
        }
    }

    /// <summary>The rows of an epoch.</summary>
    internal void Fill(Span<int> rows, ulong seed, int epoch)
    {
        if (cumulative.Length > 0)
        {
            Draw(rows, seed, epoch);
            return;
        }

        if (classes.Length == 0)
        {
            for (var row = 0; row < rows.Length; row++)
            {
                rows[row] = row;
            }
        }
        else
        {
            Repeat(rows, seed, epoch);
        }

        Noise.Shuffle(rows, seed, "feed", epoch);
    }

    private void Repeat(Span<int> rows, ulong seed, int epoch)
    {
        for (var label = 0; label < classes.Length; label++)
        {
            var members = classes[label].ToArray();
            Noise.Shuffle(members, seed, $"feed.{label}", epoch);
            var times = HasUnlabelled && label == 0 ? members.Length : Most;
            for (var place = 0; place < times; place++)
            {
                rows[place] = members[place % members.Length];
            }

            rows = rows[times..];
        }
    }

    private void Draw(Span<int> rows, ulong seed, int epoch)
    {
        var stream = Noise.Stream("feed.draw");
        for (var place = 0; place < rows.Length; place++)
        {
            var at = Noise.Uniform((uint)seed, (uint)(seed >> 32), stream, (uint)epoch, (uint)place) * cumulative[^1];
            var found = Array.BinarySearch(cumulative, at);

            // Just above an end: the next sample; a weight of 0 leaves no room between two ends and is never met.
            rows[place] = Math.Min(found < 0 ? ~found : found + 1, cumulative.Length - 1);
        }
    }
}
