namespace Estampa.Data;

/// <summary>
/// One decoded Avro record: names and values in the schema's order. A value is null, bool, int, long, float, double, string (also
/// an enum's symbol), byte[] (bytes and fixed), <see cref="AvroRecord"/>, List&lt;object?&gt; (array) or
/// Dictionary&lt;string, object?&gt; (map).
/// </summary>
public sealed class AvroRecord
{
    private readonly string[] names;
    private readonly object?[] values;

    /// <param name="fields">Names, each once, with their values.</param>
    public AvroRecord(params ReadOnlySpan<(string Name, object? Value)> fields)
    {
        names = new string[fields.Length];
        values = new object?[fields.Length];
        for (var i = 0; i < fields.Length; i++)
        {
            (names[i], values[i]) = fields[i];
        }
    }

    // Records of one schema share the array of names.
    internal AvroRecord(string[] names, object?[] values)
    {
        this.names = names;
        this.values = values;
    }

    public IReadOnlyList<string> Names => names;

    public IReadOnlyList<object?> Values => values;

    /// <summary>The value of a field, or null where the record has no such field.</summary>
    public object? this[string name] => TryGet(name, out var value) ? value : null;

    public bool TryGet(string name, out object? value)
    {
        // A few dozen to a hundred names: the search is cheaper than a dictionary in each record.
        var place = Array.IndexOf(names, name);
        value = place < 0 ? null : values[place];
        return place >= 0;
    }

    /// <summary>
    /// A numeric field as double; null where it is absent, null or no number. 64-bit identifiers lose digits: read those by name.
    /// </summary>
    public double? Number(string name) => this[name] switch
    {
        double value => value,
        float value => value,
        int value => value,
        long value => value,
        _ => null,
    };

    /// <summary>A text field; null where it is absent, null or no text.</summary>
    public string? Text(string name) => this[name] as string;
}
