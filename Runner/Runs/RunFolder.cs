using System.Text.Json;
using System.Text.Json.Nodes;
using Estampa.Data;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>The files of a run, and what its config.json says.</summary>
internal sealed class RunFolder
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private RunFolder(string path, Recipe recipe, string source, int? limit, DeviceChoice device)
    {
        FullPath = path;
        Recipe = recipe;
        Source = source;
        Limit = limit;
        Device = device;
    }

    public string FullPath { get; }

    public Recipe Recipe { get; }

    public string Source { get; }

    public int? Limit { get; }

    public DeviceChoice Device { get; }

    /// <summary>The weights of the epoch with the least validation loss.</summary>
    public string Model => Path.Combine(FullPath, "model.safetensors");

    /// <summary>The last weights and all that a resumed training needs.</summary>
    public string State => Path.Combine(FullPath, "state.safetensors");

    public string Journal => Path.Combine(FullPath, "journal.csv");

    public string Metrics => Path.Combine(FullPath, "metrics.json");

    /// <summary>A classifier's answers about the test samples, or the validation samples where there is no test.</summary>
    public string Predictions => Path.Combine(FullPath, "predictions.csv");

    public string Rejected => Path.Combine(FullPath, "rejected.csv");

    public string Report => Path.Combine(FullPath, "report.html");

    public string Figures => Path.Combine(FullPath, "figures");

    private string Config => Path.Combine(FullPath, "config.json");

    /// <summary>
    /// A folder for a new run; where no path is given, the next free one under runs/. It is not made before
    /// <see cref="WriteConfig"/>, so that input that cannot be used leaves nothing behind.
    /// </summary>
    /// <exception cref="BadInputException">The folder already holds a run.</exception>
    public static RunFolder Create(string? path, Recipe recipe, string source, int? limit, DeviceChoice device)
    {
        for (var number = 1; path is null; number++)
        {
            var free = Path.Combine("runs", $"{recipe.Name}-{number:D3}");
            path = Directory.Exists(free) ? null : free;
        }

        var run = new RunFolder(Path.GetFullPath(path), recipe, Runner.Source.Resolve(source), limit, device);
        if (File.Exists(run.Config) || File.Exists(run.FullPath))
        {
            throw new BadInputException($"--out {path}: there is a run already; add --resume to go on with it, or take another folder");
        }

        return run;
    }

    /// <summary>Deletes what a run that was killed while it saved has left: files under their temporary names.</summary>
    public void RemoveTemporary()
    {
        foreach (var file in Directory.EnumerateFiles(FullPath).Where(file => Path.GetExtension(file) is ".part" or ".tmp"))
        {
            File.Delete(file);
        }
    }

    /// <summary>The run in a folder, with the recipe and settings that it was started with.</summary>
    /// <exception cref="BadInputException">There is none, or its config.json is damaged.</exception>
    public static RunFolder Open(string path)
    {
        var file = Path.Combine(path, "config.json");
        if (!File.Exists(file))
        {
            throw new BadInputException($"{path}: no run here (no config.json)");
        }

        try
        {
            var config = JsonNode.Parse(File.ReadAllText(file))!;
            var settings = config["settings"]!.AsObject().Select(setting => $"{setting.Key}={setting.Value}").ToArray();
            var recipe = Flags.Recipe(config["recipe"]!.GetValue<string>(), settings);
            return new RunFolder(
                Path.GetFullPath(path), recipe, config["data"]!.GetValue<string>(), config["limitSamples"]?.GetValue<int>(),
                new DeviceChoice(
                    config["device"]!.GetValue<string>(), config["threads"]?.GetValue<int>(),
                    config["precision"]?.GetValue<string>() ?? "float32", config["unproven"]?.GetValue<bool>() ?? false,
                    config["capture"]?.GetValue<bool>() ?? true));
        }
        catch (SettingException exception)
        {
            throw new BadInputException($"{file}: {exception.Message}", exception);
        }
        catch (Exception exception)
            when (exception is JsonException or InvalidOperationException or NullReferenceException or FormatException or ArgumentException)
        {
            var reason = exception is JsonException ? exception.Message : "a field is missing or of another kind";
            throw new BadInputException($"{file}: damaged, or not a run of this version: {reason}", exception);
        }
    }

    /// <summary>Writes config.json, and makes the folder if need be.</summary>
    public void WriteConfig()
    {
        Directory.CreateDirectory(FullPath);
        var settings = new JsonObject();
        foreach (var (name, value) in Recipe.Settings.All)
        {
            settings[name] = value;
        }

        var config = new JsonObject
        {
            ["version"] = typeof(RunFolder).Assembly.GetName().Version!.ToString(3),
            ["recipe"] = Recipe.Name,
            ["data"] = Source,
            ["limitSamples"] = Limit,
            ["device"] = Device.Device,
            ["threads"] = Device.Threads,
            ["precision"] = Device.Precision,
            ["unproven"] = Device.Unproven,
            ["capture"] = Device.Capture,
            ["settings"] = settings,
        };
        AtomicFile.WriteText(Config, config.ToJsonString(Indented) + "\n");
    }

    public void WriteMetrics(JsonObject metrics) => AtomicFile.WriteText(Metrics, metrics.ToJsonString(Indented) + "\n");

    public static string Text(JsonObject json) => json.ToJsonString(Indented);

    /// <summary>Writes every rejected alert with its reason.</summary>
    public void WriteRejected(StampSet set) => AtomicFile.WriteText(
        Rejected,
        Csv.Line("id", "reason") + string.Concat(set.Rejected.Select(rejected => Csv.Line(rejected.Id, rejected.Reason))));
}
