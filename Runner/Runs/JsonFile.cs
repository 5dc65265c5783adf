using System.Text.Json;
using System.Text.Json.Nodes;
using Estampa.Data;

namespace Estampa.Runner;

/// <summary>
/// A JSON object of a run's folder, read with errors that name the file and the field. A field within another is named with a dot.
/// </summary>
internal sealed class JsonFile
{
    private const int Shown = 40;

    public JsonFile(string path, JsonObject root) => (Path, Root) = (path, root);

    public string Path { get; }

    public JsonObject Root { get; }

    /// <exception cref="BadInputException">It cannot be read, or is no JSON object.</exception>
    public static JsonFile Read(string path)
    {
        if (new FileInfo(path).Length > Limits.Json)
        {
            throw new BadInputException($"{path}: more than {Limits.Json} bytes");
        }

        try
        {
            var strict = new JsonDocumentOptions { AllowDuplicateProperties = false };
            return JsonNode.Parse(File.ReadAllText(path), documentOptions: strict) is JsonObject root
                ? new JsonFile(path, root)
                : throw new BadInputException($"{path}: damaged: not a JSON object");
        }
        catch (JsonException exception)
        {
            throw new BadInputException($"{path}: damaged: {exception.Message}", exception);
        }
    }

    /// <summary>Whether a field is there and not null.</summary>
    public bool Has(string field) => Find(field) is not null;

    public string Text(string field) => Value<string>(field, "a text");

    public int Whole(string field) => Value<int>(field, "a whole number");

    public double Number(string field) => Value<double>(field, "a number");

    public bool Truth(string field) => Value<bool>(field, "true or false");

    public JsonObject Object(string field) => Find(field) as JsonObject ?? throw Wrong(field, "an object");

    /// <exception cref="BadInputException">It has a field of another name.</exception>
    public void Demand(params string[] known)
    {
        if (Root.Select(pair => pair.Key).Except(known).FirstOrDefault() is { } other)
        {
            throw new BadInputException($"{Path}: field '{other}' is not known to this version; there are {string.Join(", ", known)}");
        }
    }

    /// <summary>Everything in an object, and in those within it, is a number, a list or null.</summary>
    public void DemandNumbers(string field)
    {
        foreach (var (name, value) in Object(field))
        {
            if (value is JsonObject)
            {
                DemandNumbers($"{field}.{name}");
            }
            else if (value is JsonValue number && !number.TryGetValue<double>(out _))
            {
                throw Wrong($"{field}.{name}", "a number");
            }
        }
    }

    /// <summary>The error of a field that is not what it should be.</summary>
    public BadInputException Wrong(string field, string kind)
    {
        var text = Find(field)?.ToJsonString();
        return new BadInputException($"{Path}: field '{field}' is {(text is null ? "missing"
            : $"{(text.Length > Shown ? $"{text[..Shown]}..." : text)}, not {kind}")}");
    }

    private T Value<T>(string field, string kind) =>
        Find(field) is JsonValue value && value.TryGetValue<T>(out var found) ? found : throw Wrong(field, kind);

    private JsonNode? Find(string field)
    {
        JsonNode? node = Root;
        foreach (var name in field.Split('.'))
        {
            node = (node as JsonObject)?[name];
        }

        return node;
    }
}
