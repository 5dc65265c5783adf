using System.Globalization;

namespace Estampa.Data;

/// <summary>What is known of a sample besides its pixels.</summary>
internal readonly record struct SampleFacts(
    long Candid, string ObjectId, string Class, double Magnitude, double JulianDate, float[]? Features = null)
{
    /// <summary>A finite float, or NaN: unknown.</summary>
    public double Magnitude { get; } = float.IsFinite((float)Magnitude) ? Magnitude : double.NaN;

    /// <summary>Within <see cref="Limits.JulianDate"/>, so that differences of dates are finite too, or NaN: unknown.</summary>
    public double JulianDate { get; } = Math.Abs(JulianDate) <= Limits.JulianDate ? JulianDate : double.NaN;
}

/// <summary>Gathers samples one after another: cleans, scales and lays out each, and keeps the account of what was rejected.</summary>
internal sealed class StampSetBuilder(
    StampSetOptions options, string source, string[] channels, int width, int height, string[]? featureNames = null)
{
    private const int LongestReason = 10_000;

    private readonly List<float[]> pixels = [];
    private readonly List<ScaleParameters> scales = [];
    private readonly List<SampleFacts> facts = [];
    private readonly List<int> replaced = [];
    private readonly List<SampleFacts> withoutStamp = [];
    private readonly List<Rejected> rejected = [];
    private readonly HashSet<long> seen = [];
    private int damaged;

    public bool IsFull => facts.Count >= options.LimitSamples;

    /// <exception cref="TooManyRejectedException">
    /// They are more than <see cref="Limits.Rejected"/>, or more than <see cref="Limits.Unreadable"/> of them are unreadable.
    /// </exception>
    public void Reject(string id, string reason, bool unreadable, int packets = 1)
    {
        // A file's own name may hold what a terminal obeys.
        rejected.Add(new Rejected(Printable.Line(id, LongestReason), Printable.Line(reason, LongestReason), unreadable, packets));
        damaged += unreadable ? 1 : 0;
        if (damaged > Limits.Unreadable || rejected.Count > Limits.Rejected)
        {
            var what = damaged > Limits.Unreadable ? $"{Limits.Unreadable} packets cannot be read" : $"{Limits.Rejected} are rejected";
            throw TooMany($"more than {what}; the first: {First(rejected[0])}");
        }
    }

    /// <summary>False, and reported, where the alert came before; the first stays.</summary>
    public bool IsNew(long candid)
    {
        if (seen.Add(candid))
        {
            return true;
        }

        Reject($"{candid}", "the same alert came before", unreadable: false);
        return false;
    }

    /// <summary>
    /// Cleans and scales the planes, one for each channel, (height, width) raw, in place, and adds them or reports why not.
    /// </summary>
    public void Add(SampleFacts sample, float[][] planes)
    {
        var count = 0;
        for (var channel = 0; channel < planes.Length; channel++)
        {
            count += Cleaning.Mask(planes[channel]);
            if (Cleaning.WhyEmpty(planes[channel]) is { } reason)
            {
                Reject($"{sample.Candid}", $"{channels[channel]}: {reason}", unreadable: false);
                return;
            }
        }

        var together = new float[width * height * planes.Length];
        for (var channel = 0; channel < planes.Length; channel++)
        {
            scales.Add(Scaler.Apply(options.Scaling, planes[channel], width));
            for (var i = 0; i < planes[channel].Length; i++)
            {
                together[(i * planes.Length) + channel] = planes[channel][i];
            }
        }

        pixels.Add(together);
        facts.Add(sample);
        replaced.Add(count);
    }

    /// <summary>A sample of numbers alone; those that are in the set with their stamps are dropped in the end.</summary>
    public void AddWithoutStamp(SampleFacts sample) => withoutStamp.Add(sample);

    /// <exception cref="TooManyRejectedException">No sample is left, or too many packets were unreadable.</exception>
    /// <exception cref="BadInputException">The source is empty, or the pixels exceed one array.</exception>
    public StampSet Build()
    {
        var unreadable = rejected.Where(item => item.Unreadable).ToList();
        var lost = unreadable.Sum(item => (long)item.Packets);
        var packets = facts.Count + rejected.Sum(item => (long)item.Packets);
        if (lost > Math.Max(1, options.RejectLimit * packets))
        {
            throw TooMany(string.Create(
                CultureInfo.InvariantCulture,
                $"{lost} of {packets} packets cannot be read, above the limit of {options.RejectLimit:P1};"
                + $" the first: {First(unreadable[0])}"));
        }

        if (facts.Count == 0)
        {
            throw rejected.Count == 0
                ? new BadInputException($"{source}: no stamp to use: it is empty")
                : TooMany($"no stamp to use: {rejected.Count} were rejected, the first: {First(rejected[0])}");
        }

        var stamps = facts.Count;
        AppendThoseWithoutStamp();
        var length = (long)facts.Count * pixels[0].Length;
        if (length > Array.MaxLength)
        {
            throw new BadInputException($"{source}: {length} pixels are too many for one set: limit the samples");
        }

        var all = new float[length];
        for (var row = 0; row < pixels.Count; row++)
        {
            pixels[row].CopyTo(all, row * pixels[0].Length);
        }

        string[] objectIds = [.. facts.Select(sample => sample.ObjectId)];
        float[] factors = [.. scales.Select(scale => scale.Factor)];
        if (options.Scaling == Scaling.Object)
        {
            ObjectScaler.Apply(all, objectIds, factors);
        }

        return new StampSet
        {
            Count = facts.Count,
            Height = height,
            Width = width,
            Channels = channels,
            Pixels = all,
            Offsets = [.. scales.Select(scale => scale.Offset)],
            Factors = factors,
            Candids = [.. facts.Select(sample => sample.Candid)],
            ObjectIds = objectIds,
            Classes = [.. facts.Select(sample => sample.Class)],
            Magnitudes = [.. facts.Select(sample => (float)sample.Magnitude)],
            JulianDates = [.. facts.Select(sample => sample.JulianDate)],
            Replaced = [.. replaced],
            HasStamp = stamps == facts.Count ? [] : [.. Enumerable.Range(0, facts.Count).Select(row => row < stamps)],
            FeatureNames = featureNames ?? [],
            Features = [.. facts.SelectMany(sample => sample.Features ?? [])],
            Rejected = rejected,
            Source = source,
        };
    }

    /// <summary>A detection is the same where its identifier is, or, as some have none, the object and the date.</summary>
    private void AppendThoseWithoutStamp()
    {
        var dates = facts.Select(sample => (sample.ObjectId, sample.JulianDate)).ToHashSet();
        var candids = facts.Select(sample => sample.Candid).ToHashSet();
        foreach (var sample in withoutStamp)
        {
            var isNew = sample.Candid == 0 || candids.Add(sample.Candid);
            if (dates.Add((sample.ObjectId, sample.JulianDate)) && isNew)
            {
                facts.Add(sample);
                scales.AddRange(Enumerable.Repeat(new ScaleParameters(0, 1), channels.Length));
                replaced.Add(0);
            }
        }
    }

    private TooManyRejectedException TooMany(string reason) => new($"{source}: {reason}", rejected);

    /// <summary>The reader's own errors name the file already.</summary>
    private static string First(Rejected rejected) =>
        rejected.Reason.StartsWith(rejected.Id, StringComparison.Ordinal) ? rejected.Reason : $"{rejected.Id}: {rejected.Reason}";
}
