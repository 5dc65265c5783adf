namespace Estampa.Data;

/// <summary>
/// One ZTF alert (schemas 3.2 to 4.02, and the forms in which Fink passes them on): fields are found by name, so added fields and other
/// orders do not matter.
/// </summary>
public sealed class Alert
{
    private static readonly string[] ClassFields = ["simulated_class", "label"];

    /// <summary>The alert's 64-bit identifier.</summary>
    public required long Candid { get; init; }

    /// <summary>The object's name, at most <see cref="Limits.Name"/> letters without control characters.</summary>
    public required string ObjectId { get; init; }

    /// <summary>"" where the packet does not say (some of 2018).</summary>
    public string SchemaVersion { get; init; } = "";

    public required AvroRecord Candidate { get; init; }

    public CutOut? Science { get; init; }

    public CutOut? Template { get; init; }

    public CutOut? Difference { get; init; }

    /// <summary>Earlier detections and upper limits, without cut-outs.</summary>
    public IReadOnlyList<AvroRecord> Previous { get; init; } = [];

    /// <summary>The text of the packet's own simulated_class or label; "" where it has none, as real alerts.</summary>
    public string Class { get; init; } = "";

    /// <summary>A number of the candidate; null where absent or null. ZTF's -999 ("no match") is kept.</summary>
    public double? Number(string field) => Candidate.Number(field);

    public string? Text(string field) => Candidate.Text(field);

    /// <summary>Whether the source is brighter than the template: isdiffpos is t or 1, and not f or 0; null where it is absent.</summary>
    public bool? IsPositive => Text("isdiffpos") switch
    {
        "t" or "1" => true,
        "f" or "0" => false,
        _ => null,
    };

    /// <summary>The cut-out of a channel: "science", "template" or "difference".</summary>
    public CutOut? Channel(string name) => name switch
    {
        "science" => Science,
        "template" => Template,
        "difference" => Difference,
        _ => throw new ArgumentException($"an alert has no channel '{name}'", nameof(name)),
    };

    /// <exception cref="BadInputException">A required field is missing, null or of another type; it is named.</exception>
    public static Alert FromRecord(AvroRecord record, string source)
    {
        ArgumentNullException.ThrowIfNull(record);
        var candid = record["candid"] switch
        {
            long value => value,
            int value => value,
            _ => throw Missing("candid (a 64-bit integer)"),
        };
        var objectId = record.Text("objectId") ?? throw Missing("objectId (text)");
        var label = ClassFields.Select(record.Text).FirstOrDefault(text => !string.IsNullOrEmpty(text)) ?? "";
        if (Printable.WhyNoNames(objectId, label) is { } reason)
        {
            throw new BadInputException($"{source}: alert {candid}: {reason}");
        }

        var candidate = record["candidate"] as AvroRecord ?? throw Missing("candidate (a record)");
        if (candidate["isdiffpos"] is not (null or "t" or "f" or "1" or "0"))
        {
            var text = Printable.Text(candidate.Text("isdiffpos") ?? "not text");
            throw new BadInputException($"{source}: alert {candid}: isdiffpos is none of t, f, 1 and 0: {text}");
        }

        return new Alert
        {
            Candid = candid,
            ObjectId = objectId,
            SchemaVersion = record.Text("schemavsn") ?? "",
            Candidate = candidate,
            Science = ReadCutOut(record["cutoutScience"]),
            Template = ReadCutOut(record["cutoutTemplate"]),
            Difference = ReadCutOut(record["cutoutDifference"]),
            Previous = record["prv_candidates"] is List<object?> list ? [.. list.OfType<AvroRecord>()] : [],
            Class = label,
        };

        BadInputException Missing(string field) => new($"{source}: no ZTF alert: the required field {field} is missing or null");
    }

    private static CutOut? ReadCutOut(object? value) => value is AvroRecord record && record["stampData"] is byte[] bytes
        ? new CutOut(record.Text("fileName") ?? "", bytes)
        : null;
}
