namespace Estampa.Data;

/// <summary>
/// N samples as arrays: pixels (N, H, W, C) row-major with channels last, scaled; identifiers; and what is needed to go back to raw units:
/// raw = pixel * factor + offset, per sample and channel.
/// </summary>
public sealed class StampSet
{
    public required int Count { get; init; }

    public required int Height { get; init; }

    public required int Width { get; init; }

    public required string[] Channels { get; init; }

    /// <summary>(N, H, W, C), scaled; always finite. The first row of each stamp is its bottom, as in FITS.</summary>
    public required float[] Pixels { get; init; }

    /// <summary>(N, C): raw = pixel * factor + offset.</summary>
    public required float[] Offsets { get; init; }

    /// <summary>(N, C).</summary>
    public required float[] Factors { get; init; }

    /// <summary>
    /// The alert's 64-bit identifier; the row's number for images that have none, and 0 for earlier detections that have none.
    /// </summary>
    public required long[] Candids { get; init; }

    public required string[] ObjectIds { get; init; }

    /// <summary>"" where the sample has no class.</summary>
    public required string[] Classes { get; init; }

    /// <summary>magpsf, finite; NaN where unknown.</summary>
    public required float[] Magnitudes { get; init; }

    /// <summary>Finite, within <see cref="Limits.JulianDate"/>; NaN where unknown.</summary>
    public required double[] JulianDates { get; init; }

    /// <summary>
    /// Pixels of each sample, inside the crop, that were not finite or beyond 1e30; they are 0 in Pixels. May be left empty.
    /// </summary>
    public int[] Replaced { get; init; } = [];

    /// <summary>What the alert says in numbers besides its pixels, such as <c>magpsf</c>; empty where the source has none.</summary>
    public string[] FeatureNames { get; init; } = [];

    /// <summary>(N, features), as the source gives them, neither clipped nor scaled; NaN where unknown.</summary>
    public float[] Features { get; init; } = [];

    /// <summary>
    /// Whether the sample has pixels; empty where all have. An alert's earlier detections have none: theirs are 0.
    /// </summary>
    public bool[] HasStamp { get; init; } = [];

    public IReadOnlyList<Rejected> Rejected { get; init; } = [];

    /// <summary>Where it came from, for reports.</summary>
    public required string Source { get; init; }

    /// <summary>Floats of one sample: H * W * C.</summary>
    public int SampleLength => Height * Width * Channels.Length;

    public ReadOnlySpan<float> Sample(int row) => Pixels.AsSpan(row * SampleLength, SampleLength);

    /// <summary>The named rows, in the order given; a row may come twice. Rejected alerts stay with the whole set.</summary>
    public StampSet Select(ReadOnlySpan<int> rows)
    {
        var list = rows.ToArray();
        foreach (var row in list)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(row, nameof(rows));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Count, nameof(rows));
        }

        return new StampSet
        {
            Count = list.Length,
            Height = Height,
            Width = Width,
            Channels = Channels,
            Pixels = Rows(Pixels, SampleLength, list),
            Offsets = Rows(Offsets, Channels.Length, list),
            Factors = Rows(Factors, Channels.Length, list),
            Candids = Rows(Candids, 1, list),
            ObjectIds = Rows(ObjectIds, 1, list),
            Classes = Rows(Classes, 1, list),
            Magnitudes = Rows(Magnitudes, 1, list),
            JulianDates = Rows(JulianDates, 1, list),
            Replaced = Replaced.Length == 0 ? [] : Rows(Replaced, 1, list),
            FeatureNames = FeatureNames,
            Features = Rows(Features, FeatureNames.Length, list),
            HasStamp = HasStamp.Length == 0 ? [] : Rows(HasStamp, 1, list),
            Source = Source,
        };
    }

    private static T[] Rows<T>(T[] all, int length, int[] rows)
    {
        var result = new T[checked(rows.Length * length)];
        for (var i = 0; i < rows.Length; i++)
        {
            all.AsSpan(rows[i] * length, length).CopyTo(result.AsSpan(i * length));
        }

        return result;
    }
}
