using Estampa.Data;
using Estampa.Engine;

namespace Estampa.Runner;

/// <summary>
/// Samples as a model takes them, and what they are made from: of each sample, its rows in a set of stamps (one, or a sequence's in the
/// order of time).
/// </summary>
internal sealed class SampleTable(StampSet stamps, IReadOnlyList<int[]> rows, Func<IReadOnlyList<int[]>, Samples> fill)
{
    private Samples? samples;

    public StampSet Stamps => stamps;

    public IReadOnlyList<int[]> Rows => rows;

    public int Count => rows.Count;

    /// <summary>Stamps of all samples; earlier detections without one do not count.</summary>
    public int StampCount => Enumerable.Range(0, Count).Sum(sample => StampSteps(sample).Length);

    /// <summary>A column for each of the model's inputs; made when first asked for. There must be a sample.</summary>
    public Samples Samples => samples ??= fill(rows);

    public string ObjectId(int sample) => stamps.ObjectIds[rows[sample][0]];

    /// <summary>The alert's identifier; of a sequence that of its last stamp.</summary>
    public long Candid(int sample) => stamps.Candids[rows[sample][^1]];

    /// <summary>"" where no stamp of the sample has a class.</summary>
    public string Class(int sample) => ClassOf(stamps, rows[sample]);

    /// <summary>magpsf of the last stamp; NaN where unknown.</summary>
    public float Magnitude(int sample) => stamps.Magnitudes[rows[sample][^1]];

    /// <summary>The steps of a sample that have a stamp: places in its rows.</summary>
    public int[] StampSteps(int sample) => [.. Enumerable.Range(0, rows[sample].Length)
        .Where(step => stamps.HasStamp.Length == 0 || stamps.HasStamp[rows[sample][step]])];

    public SampleTable Select(IEnumerable<int> chosen) => new(stamps, [.. chosen.Select(sample => rows[sample])], fill);

    internal static string ClassOf(StampSet stamps, int[] rows) =>
        rows.Select(row => stamps.Classes[row]).FirstOrDefault(name => name.Length > 0) ?? "";
}
