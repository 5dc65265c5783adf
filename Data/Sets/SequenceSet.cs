namespace Estampa.Data;

/// <summary>
/// Sequences of stamps: a set of stamps, and for each object the rows of its stamps in the order of time. A sequence has at least one stamp
/// and its own length; its class is that of any of its stamps that has one.
/// </summary>
public sealed class SequenceSet
{
    private SequenceSet(StampSet stamps, IReadOnlyList<int[]> sequences)
    {
        Stamps = stamps;
        Sequences = sequences;
    }

    /// <summary>Every stamp of every sequence, and maybe others.</summary>
    public StampSet Stamps { get; }

    /// <summary>Rows of <see cref="Stamps"/>, by time.</summary>
    public IReadOnlyList<int[]> Sequences { get; }

    public int Count => Sequences.Count;

    /// <summary>Stamps of the longest sequence.</summary>
    public int Longest => Sequences.Max(rows => rows.Length);

    /// <summary>One sequence an object, in the order in which objects come in the set.</summary>
    /// <param name="stamps">The set.</param>
    /// <param name="most">Stamps of a sequence at most: the first ones.</param>
    /// <param name="gap">Days that must lie between a stamp and the one before it; a stamp that comes sooner is left out.</param>
    /// <param name="least">Stamps of a sequence at least: shorter ones are left out.</param>
    /// <exception cref="BadInputException">No sequence is left.</exception>
    public static SequenceSet ByObject(StampSet stamps, int most = int.MaxValue, double gap = 0, int least = 1)
    {
        var sequences = Enumerable.Range(0, stamps.Count).GroupBy(row => stamps.ObjectIds[row])
            .Select(rows => Take(stamps, rows.OrderBy(row => stamps.JulianDates[row]), most, gap))
            .Where(rows => rows.Length >= least).ToArray();
        return sequences.Length > 0
            ? new SequenceSet(stamps, sequences)
            : throw new BadInputException($"{stamps.Source}: no object has {least} stamps {gap} days apart");
    }

    public string ObjectId(int sequence) => Stamps.ObjectIds[Sequences[sequence][0]];

    /// <summary>"" where no stamp of the sequence has a class.</summary>
    public string Class(int sequence) =>
        Sequences[sequence].Select(row => Stamps.Classes[row]).FirstOrDefault(name => name.Length > 0) ?? "";

    /// <summary>The named sequences, in the order given, over the same stamps.</summary>
    public SequenceSet Select(ReadOnlySpan<int> sequences)
    {
        var rows = new int[sequences.Length][];
        for (var place = 0; place < rows.Length; place++)
        {
            rows[place] = Sequences[sequences[place]];
        }

        return new SequenceSet(Stamps, rows);
    }

    private static int[] Take(StampSet stamps, IEnumerable<int> rows, int most, double gap)
    {
        var taken = new List<int>();
        foreach (var row in rows)
        {
            if (taken.Count < most && (taken.Count == 0 || !(stamps.JulianDates[row] - stamps.JulianDates[taken[^1]] < gap)))
            {
                taken.Add(row);
            }
        }

        return [.. taken];
    }
}
