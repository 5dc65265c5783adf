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
            var node = JsonNode.Parse(File.ReadAllText(path), documentOptions: strict);
            Visit(node);
            return node is JsonObject root
                ? new JsonFile(path, root)
                : throw new BadInputException($"{path}: damaged: not a JSON object");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
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
    public void DemandNumbers(string field) => DemandNumbers(field, Object(field));

    /// <summary>The error of a field that is not what it should be.</summary>
    public BadInputException Wrong(string field, string kind) => Wrong(field, kind, Find(field));

    private BadInputException Wrong(string field, string kind, JsonNode? value)
    {
        var text = value?.ToJsonString();
        return new BadInputException($"{Path}: field '{field}' is {(text is null ? "missing"
            : $"{(text.Length > Shown ? $"{text[..Shown]}..." : text)}, not {kind}")}");
    }

    // Not by its path: the name of a class may have a dot.
    private void DemandNumbers(string field, JsonObject numbers)
    {
        foreach (var (name, value) in numbers)
        {
            if (value is JsonObject inner)
            {
                DemandNumbers($"{field}.{name}", inner);
            }
            else if (value is JsonValue number && !number.TryGetValue<double>(out _))
            {
                throw Wrong($"{field}.{name}", "a number", value);
            }
        }
    }

    /// <summary>Every name and text once: those that are no Unicode are found when they are asked for.</summary>
    private static void Visit(JsonNode? node)
    {
        if (node is JsonObject all)
        {
            foreach (var (_, value) in all)
            {
                Visit(value);
            }
        }
        else if (node is JsonArray list)
        {
            foreach (var value in list)
            {
                Visit(value);
            }
        }
        else if (node?.GetValueKind() == JsonValueKind.String)
        {
            _ = node.GetValue<string>();
        }
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
