using System.Text.Json;
using System.Text.Json.Nodes;

namespace Estampa.Data;

/// <summary>
/// Clips features by <see cref="StampFeatures.Clip"/> and brings each to mean 0 and deviation 1 over the rows that it was fitted on; what
/// is unknown (not finite) becomes 0, the mean. It picks features by name, so that a model's order does not depend on a source's. Its
/// text is saved with the model that was trained on it.
/// </summary>
public sealed class FeatureScaler
{
    private readonly Column[] columns;

    private FeatureScaler(Column[] columns) => this.columns = columns;

    /// <summary>The features that come out, in their order.</summary>
    public IReadOnlyList<string> Names => [.. columns.Select(column => column.Name)];

    /// <summary>
    /// Means and deviations (of the population) of what is known in these rows. Where nothing is known the mean is 0, and where nothing
    /// varies the deviation is 1.
    /// </summary>
    /// <param name="rows">(rows, sourceNames), raw.</param>
    /// <param name="sourceNames">What each column is.</param>
    /// <param name="names">Which of them to take, in which order.</param>
    /// <exception cref="BadInputException">The source lacks one of the names.</exception>
    public static FeatureScaler Fit(ReadOnlySpan<float> rows, IReadOnlyList<string> sourceNames, IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var places = Places(rows.Length, sourceNames, names);
        var columns = new Column[names.Count];
        for (var i = 0; i < columns.Length; i++)
        {
            var clip = StampFeatures.Clip(names[i]);
            double sum = 0, squares = 0;
            var count = 0;
            for (var at = places[i]; at < rows.Length; at += sourceNames.Count)
            {
                if (float.IsFinite(rows[at]))
                {
                    sum += Math.Clamp(rows[at], clip.Least, clip.Most);
                    count++;
                }
            }

            var mean = count == 0 ? 0 : sum / count;
            for (var at = places[i]; at < rows.Length; at += sourceNames.Count)
            {
                var distance = float.IsFinite(rows[at]) ? Math.Clamp(rows[at], clip.Least, clip.Most) - mean : 0;
                squares += distance * distance;
            }

            // What rounding leaves of a constant is no deviation.
            var deviation = count == 0 ? 0 : Math.Sqrt(squares / count);
            columns[i] = new Column(names[i], clip, mean, deviation > 1e-12 * Math.Abs(mean) ? deviation : 1);
        }

        return new FeatureScaler(columns);
    }

    /// <summary>Fitted on the named rows of a set: those that train.</summary>
    /// <exception cref="BadInputException">The set lacks one of the names.</exception>
    public static FeatureScaler Fit(StampSet set, ReadOnlySpan<int> rows, IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(set);
        var length = set.FeatureNames.Length;
        var values = new float[rows.Length * length];
        for (var i = 0; i < rows.Length; i++)
        {
            set.Features.AsSpan(rows[i] * length, length).CopyTo(values.AsSpan(i * length));
        }

        return Fit(values, set.FeatureNames, names);
    }

    /// <returns>(rows, <see cref="Names"/>): finite.</returns>
    /// <exception cref="BadInputException">The source lacks a feature that the scaler was fitted on.</exception>
    public float[] Apply(ReadOnlySpan<float> rows, IReadOnlyList<string> sourceNames)
    {
        var places = Places(rows.Length, sourceNames, Names);
        var count = sourceNames.Count == 0 ? 0 : rows.Length / sourceNames.Count;
        var result = new float[count * columns.Length];
        for (var i = 0; i < result.Length; i++)
        {
            var column = columns[i % columns.Length];
            var value = rows[(i / columns.Length * sourceNames.Count) + places[i % columns.Length]];
            result[i] = float.IsFinite(value)
                ? (float)((Math.Clamp(value, column.Clip.Least, column.Clip.Most) - column.Mean) / column.Deviation)
                : 0;
        }

        return result;
    }

    public float[] Apply(StampSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        return Apply(set.Features, set.FeatureNames);
    }

    /// <summary>One line of JSON: an array of name, least, most (null where open), mean and deviation.</summary>
    public string ToJson() => new JsonArray([.. columns.Select(column => (JsonNode)new JsonObject
    {
        ["name"] = column.Name,
        ["least"] = double.IsFinite(column.Clip.Least) ? column.Clip.Least : null,
        ["most"] = double.IsFinite(column.Clip.Most) ? column.Clip.Most : null,
        ["mean"] = column.Mean,
        ["deviation"] = column.Deviation,
    })]).ToJsonString();

    /// <summary>What <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="BadInputException">The text is no such thing.</exception>
    public static FeatureScaler FromJson(string text, string place)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = Limits.Depth });
            var columns = document.RootElement.EnumerateArray().Select(Read).ToArray();
            return columns.DistinctBy(column => column.Name).Count() == columns.Length
                ? new FeatureScaler(columns)
                : throw new FormatException("a name comes twice");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new BadInputException($"{place}: the scales of features cannot be read: {Printable.Line(error.Message)}", error);
        }
    }

    private static Column Read(JsonElement item)
    {
        double Bound(string key, double open) =>
            item.GetProperty(key) is { ValueKind: not JsonValueKind.Null } value ? value.GetDouble() : open;
        var clip = new FeatureRange(Bound("least", double.NegativeInfinity), Bound("most", double.PositiveInfinity));
        var name = item.GetProperty("name").GetString() ?? throw new FormatException("a name is null");
        var (mean, deviation) = (item.GetProperty("mean").GetDouble(), item.GetProperty("deviation").GetDouble());
        return clip.Least <= clip.Most && double.IsFinite(mean) && deviation > 0
            ? new Column(name, clip, mean, deviation)
            : throw new FormatException($"a range, mean or deviation of {name} cannot be used");
    }

    private static int[] Places(int values, IReadOnlyList<string> sourceNames, IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(sourceNames);
        if (sourceNames.Count == 0 ? values > 0 : values % sourceNames.Count != 0)
        {
            throw new ArgumentException($"{values} values are no rows of {sourceNames.Count} features", nameof(values));
        }

        var places = sourceNames.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        return [.. names.Select(name => places.TryGetValue(name, out var place) ? place : throw new BadInputException(
            $"there is no feature {Printable.Text(name)} among {(places.Count == 0 ? "none" : string.Join(", ", sourceNames))}"))];
    }

    private readonly record struct Column(string Name, FeatureRange Clip, double Mean, double Deviation);
}
