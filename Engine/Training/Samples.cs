namespace Estampa.Engine;

/// <summary>One kind of number of every sample, such as its pixels or its label: (count, size), one sample after another.</summary>
/// <param name="Name">The graph's input that it fills.</param>
/// <param name="Numbers">Channels last.</param>
/// <param name="Size">Floats of a sample.</param>
public sealed record SampleColumn(string Name, float[] Numbers, int Size);

/// <summary>Samples as columns of numbers, one for each input of a graph, by the input's name.</summary>
public sealed class Samples
{
    /// <exception cref="ArgumentException">
    /// There is no column or no sample, a name comes twice, or the columns' samples differ in number.
    /// </exception>
    public Samples(params IReadOnlyList<SampleColumn> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        columns = [.. columns];
        foreach (var column in columns)
        {
            if (column.Size < 1 || column.Numbers.Length == 0 || column.Numbers.Length % column.Size != 0)
            {
                throw new ArgumentException(
                    $"'{column.Name}': {column.Numbers.Length} numbers are no whole, positive number of samples of {column.Size}");
            }

            if (column.Numbers.Length / column.Size != columns[0].Numbers.Length / columns[0].Size)
            {
                throw new ArgumentException($"'{column.Name}' has {column.Numbers.Length / column.Size} samples,"
                    + $" '{columns[0].Name}' has {columns[0].Numbers.Length / columns[0].Size}");
            }
        }

        if (columns.Count == 0 || columns.DistinctBy(column => column.Name).Count() < columns.Count)
        {
            throw new ArgumentException($"columns '{string.Join(", ", columns.Select(column => column.Name))}': one at least, each once");
        }

        Columns = columns;
        Count = columns[0].Numbers.Length / columns[0].Size;
    }

    public IReadOnlyList<SampleColumn> Columns { get; }

    public int Count { get; }

    /// <exception cref="ArgumentException">There is none of that name; the message lists them.</exception>
    public SampleColumn this[string name] => Columns.FirstOrDefault(column => column.Name == name) ?? throw new ArgumentException(
        $"the samples have no '{name}', only {string.Join(", ", Columns.Select(column => column.Name))}");

    /// <summary>
    /// A column's numbers of <paramref name="batch"/> samples from <paramref name="first"/> on; beyond the last sample it is repeated.
    /// </summary>
    public static void Fill(SampleColumn column, int first, Span<float> batch)
    {
        var last = (column.Numbers.Length / column.Size) - 1;
        for (var row = 0; row < batch.Length / column.Size; row++)
        {
            var source = Math.Min(first + row, last);
            column.Numbers.AsSpan(source * column.Size, column.Size).CopyTo(batch[(row * column.Size)..]);
        }
    }

    /// <summary>The floats of a sample that fill an input in batches of <paramref name="batch"/> samples.</summary>
    /// <exception cref="ShapeException">The input's size is no multiple of the batch, or the column has another size.</exception>
    internal static void Check(Tensor input, SampleColumn column, int batch)
    {
        if (input.Shape.Count != (long)column.Size * batch)
        {
            throw new ShapeException($"input '{input.Name}' is {input.Shape} ({input.Shape.Count / (double)batch:0.##} numbers a sample),"
                + $" the feed's samples have {column.Size}");
        }
    }
}
