using System.Text.Json;

namespace Estampa.Data;

internal enum AvroKind
{
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Record,
    Enum,
    Array,
    Map,
    Fixed,
    Union,
}

/// <summary>One node of a schema (Avro 1.12 specification): a named type that is used again is the same node again.</summary>
internal sealed class AvroSchema(AvroKind kind, string name)
{
    public AvroKind Kind => kind;

    /// <summary>The full name of a record, enum or fixed; the type's own word otherwise.</summary>
    public string Name => name;

    /// <summary>Field names of a record, symbols of an enum.</summary>
    public string[] Names { get; set; } = [];

    /// <summary>Field types of a record, branches of a union, the one item type of an array or map.</summary>
    public AvroSchema[] Parts { get; set; } = [];

    /// <summary>For each field of a record: whether its default is null.</summary>
    public bool[] DefaultsToNull { get; set; } = [];

    /// <summary>Bytes of a fixed.</summary>
    public int Size { get; set; }

    /// <param name="json">UTF-8. Nesting beyond 64 is refused by the JSON reader, so the parser's recursion is bounded.</param>
    /// <param name="source">Named in errors.</param>
    public static AvroSchema Parse(ReadOnlyMemory<byte> json, string source)
    {
        if (json.Length > Limits.Schema)
        {
            throw new BadInputException($"{source}: schema of {json.Length} bytes, above the limit of {Limits.Schema}");
        }

        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = Limits.Depth });
            return new AvroSchemaParser(source).Parse(document.RootElement, "");
        }
        catch (JsonException error)
        {
            throw new BadInputException(
                $"{source}: the schema is no JSON within {Limits.Depth} levels: {Printable.Line(error.Message)}", error);
        }
        catch (InvalidOperationException error)
        {
            // The JSON reader's answer to text that is not valid UTF-16, such as a lone surrogate.
            throw new BadInputException($"{source}: the schema holds text that cannot be read", error);
        }
    }
}

internal sealed class AvroSchemaParser(string source)
{
    private static readonly Dictionary<string, AvroSchema> Primitives = new AvroKind[]
    {
        AvroKind.Null, AvroKind.Boolean, AvroKind.Int, AvroKind.Long, AvroKind.Float, AvroKind.Double, AvroKind.Bytes, AvroKind.String,
    }.ToDictionary(Word, kind => new AvroSchema(kind, Word(kind)));

    private readonly Dictionary<string, AvroSchema> named = [];

    public AvroSchema Parse(JsonElement json, string space) => json.ValueKind switch
    {
        JsonValueKind.String => Find(json.GetString()!, space),
        JsonValueKind.Array => Union(json, space),
        JsonValueKind.Object => Complex(json, space),
        _ => throw Bad($"a type is text, a list or an object, not {json.ValueKind}"),
    };

#pragma warning disable CA1308 // Avro writes its type names in lower case.
    private static string Word(AvroKind kind) => kind.ToString().ToLowerInvariant();
#pragma warning restore CA1308

    private AvroSchema Find(string name, string space)
    {
        if (Primitives.TryGetValue(name, out var found) || named.TryGetValue(FullName(name, space), out found) ||
            named.TryGetValue(name, out found))
        {
            return found;
        }

        throw Bad($"unknown type {Printable.Text(name)}");
    }

    private AvroSchema Union(JsonElement json, string space)
    {
        var branches = json.EnumerateArray().Select(item => Parse(item, space)).ToArray();
        if (branches.Length == 0 || branches.Any(branch => branch.Kind == AvroKind.Union))
        {
            throw Bad("a union is empty or holds a union");
        }

        return new AvroSchema(AvroKind.Union, "union") { Parts = branches };
    }

    private AvroSchema Complex(JsonElement json, string space)
    {
        var type = Member(json, "type");
        if (type.ValueKind != JsonValueKind.String)
        {
            return Parse(type, space);
        }

        switch (type.GetString())
        {
            case "record" or "error":
                return Record(json, space);
            case "enum":
                var symbols = Member(json, "symbols");
                if (symbols.ValueKind != JsonValueKind.Array)
                {
                    throw Bad("the symbols of an enum are no list");
                }

                var choice = Define(AvroKind.Enum, json, space);
                choice.Names = [.. symbols.EnumerateArray().Select(symbol => Text(symbol, "a symbol"))];
                return choice;
            case "fixed":
                if (Member(json, "size") is not { ValueKind: JsonValueKind.Number } number || !number.TryGetInt32(out var size) ||
                    size is < 0 or > Limits.Record)
                {
                    throw Bad($"the size of a fixed is no count of bytes up to {Limits.Record}");
                }

                var block = Define(AvroKind.Fixed, json, space);
                block.Size = size;
                return block;
            case "array":
                return new AvroSchema(AvroKind.Array, "array") { Parts = [Parse(Member(json, "items"), space)] };
            case "map":
                return new AvroSchema(AvroKind.Map, "map") { Parts = [Parse(Member(json, "values"), space)] };
            default:
                // A primitive or a name with attributes, such as a logical type: the attributes are ignored.
                return Find(type.GetString()!, space);
        }
    }

    private AvroSchema Record(JsonElement json, string space)
    {
        var record = Define(AvroKind.Record, json, space);
        var dot = record.Name.LastIndexOf('.');
        var inner = dot < 0 ? "" : record.Name[..dot];
        var fields = Member(json, "fields");
        if (fields.ValueKind != JsonValueKind.Array)
        {
            throw Bad($"the fields of {Printable.Text(record.Name)} are no list");
        }

        var names = new List<string>();
        var parts = new List<AvroSchema>();
        var defaults = new List<bool>();
        foreach (var field in fields.EnumerateArray())
        {
            names.Add(Text(Member(field, "name"), "a field's name"));
            parts.Add(Parse(Member(field, "type"), inner));
            defaults.Add(field.TryGetProperty("default", out var value) && value.ValueKind == JsonValueKind.Null);
        }

        if (names.Distinct().Count() < names.Count)
        {
            throw Bad($"{Printable.Text(record.Name)} has two fields of one name");
        }

        (record.Names, record.Parts, record.DefaultsToNull) = ([.. names], [.. parts], [.. defaults]);
        return record;
    }

    // A type is known by its name before its fields are read, so that a record may hold itself.
    private AvroSchema Define(AvroKind kind, JsonElement json, string space)
    {
        var own = json.TryGetProperty("namespace", out var element) && element.ValueKind == JsonValueKind.String
            ? element.GetString()!
            : space;
        var schema = new AvroSchema(kind, FullName(Text(Member(json, "name"), "a name"), own));
        if (!named.TryAdd(schema.Name, schema))
        {
            throw Bad($"the name {Printable.Text(schema.Name)} is defined twice");
        }

        return schema;
    }

    private static string FullName(string name, string space) => space.Length == 0 || name.Contains('.') ? name : $"{space}.{name}";

    private JsonElement Member(JsonElement json, string member) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(member, out var value)
            ? value
            : throw Bad($"'{member}' is missing");

    private string Text(JsonElement json, string what) =>
        json.ValueKind == JsonValueKind.String ? json.GetString()! : throw Bad($"{what} is no text");

    private BadInputException Bad(string reason) => new($"{source}: schema: {reason}");
}
