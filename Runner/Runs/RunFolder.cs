using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Estampa.Data;
using Estampa.Engine;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>The files of a run, and what its config.json says.</summary>
internal sealed partial class RunFolder
{
    private static readonly string[] Fields =
    [
        "version", "recipe", "data", "dataSha256", "limitSamples", "device", "threads", "precision", "unproven", "capture", "settings",
    ];

    /// <summary>What a run writes by a name of its own; besides these, the figures and the states before the last.</summary>
    private static readonly string[] Names =
    [
        "config.json", "state.safetensors", "model.safetensors", "journal.csv", "metrics.json", "predictions.csv", "report.html",
        "rejected.csv",
    ];

    /// <summary>
    /// Settings that a resumed run may have otherwise: also where other runs lie, since the data's checksum has what is read of an encoder.
    /// </summary>
    private static readonly string[] MayChange = ["epochs", "patience", "keep-states", "non-finite", "start", "encoder"];

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private bool isNew;

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

    /// <summary>The checksum of the data that it was started with; null before they were read.</summary>
    public string? DataSum { get; set; }

    /// <summary>SHA-256 of all that a state depends on: the recipe, the data and the settings that a resumed run has to keep.</summary>
    public string Sum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [
        Recipe.Name, DataSum ?? "",
        .. Recipe.Settings.All.Where(setting => !MayChange.Contains(setting.Name)).Select(setting => $"{setting.Name}={setting.Value}"),
    ]))));

    /// <summary>The weights of the epoch with the least validation loss.</summary>
    public string Model => Path.Combine(FullPath, "model.safetensors");

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

        var run = new RunFolder(Path.GetFullPath(path), recipe, Runner.Source.Resolve(source), limit, device) { isNew = true };
        run.CheckIsFree();
        return run;
    }

    /// <summary>Takes the folder for this process alone, and makes it where it is not there.</summary>
    /// <exception cref="BadInputException">Another process has it, or has begun a run there meanwhile.</exception>
    public RunLock Claim()
    {
        var claim = new RunLock(FullPath);
        try
        {
            CheckIsFree();
            return claim;
        }
        catch
        {
            claim.Dispose();
            throw;
        }
    }

    /// <summary>A file that shows that a folder is taken by a run or a cross-validation, whole or not; null where it is free.</summary>
    public static string? Taken(string path)
    {
        if (!Directory.Exists(path))
        {
            return File.Exists(path) ? path : null;
        }

        // A list of rejected alerts is also written where no run could begin.
        var files = Directory.EnumerateFiles(path).Select(Path.GetFileName).ToHashSet();
        return Names.Where(name => name != "rejected.csv").Append(CrossValidation.FileName).FirstOrDefault(files.Contains)
            ?? files.FirstOrDefault(name => EarlierState().IsMatch(name!));
    }

    private void CheckIsFree()
    {
        if (!isNew)
        {
            return;
        }

        if (File.Exists(Config) || File.Exists(FullPath))
        {
            throw new BadInputException($"--out {FullPath}: there is a run already; add --resume to go on with it, or take another folder");
        }

        if (Taken(FullPath) is { } file)
        {
            throw new BadInputException($"--out {FullPath}: there is {file} of something else already; take another folder");
        }
    }

    /// <exception cref="BadInputException">The data are not those that the run was started with.</exception>
    public void CheckData(string sum)
    {
        if (DataSum is { } before && before != sum)
        {
            throw new BadInputException($"{Source}: not the data that the run in {FullPath} was started with"
                + (Recipe.Needs.Representation is { Length: > 0 } encoder ? $", or {encoder} was trained further since" : ""));
        }
    }

    /// <summary>Deletes what a run that was killed while it saved has left: its own files under their temporary names.</summary>
    public void RemoveTemporary()
    {
        foreach (var file in Directory.EnumerateFiles(FullPath)
            .Where(file => Leftover().Match(Path.GetFileName(file)) is { Success: true } left && Names.Contains(left.Groups[1].Value)))
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

        var config = JsonFile.Read(file);
        config.Demand(Fields);
        var limit = config.Has("limitSamples") ? config.Whole("limitSamples") : (int?)null;
        if (limit < 1)
        {
            throw config.Wrong("limitSamples", "a count from 1");
        }

        try
        {
            var settings = config.Object("settings").Select(setting => $"{setting.Key}={setting.Value}").ToArray();
            var device = new DeviceChoice(
                config.Text("device"), config.Has("threads") ? config.Whole("threads") : null,
                config.Has("precision") ? config.Text("precision") : "float32",
                config.Has("unproven") && config.Truth("unproven"), !config.Has("capture") || config.Truth("capture"));
            if (device.WhyNot is { } reason)
            {
                throw new BadInputException($"{file}: {reason}");
            }

            return new RunFolder(
                Path.GetFullPath(path), Flags.Recipe(config.Text("recipe"), settings), config.Text("data"), limit, device)
            {
                DataSum = config.Has("dataSha256") ? config.Text("dataSha256") : null,
            };
        }
        catch (SettingException exception)
        {
            throw new BadInputException($"{file}: {exception.Message}", exception);
        }
    }

    /// <summary>Writes config.json; from then on there is a run.</summary>
    public void WriteConfig()
    {
        isNew = false;
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
            ["dataSha256"] = DataSum,
            ["limitSamples"] = Limit,
            ["device"] = Device.Device,
            ["threads"] = Device.Threads,
            ["precision"] = Device.Precision,
            ["unproven"] = Device.Unproven,
            ["capture"] = Device.Capture,
            ["settings"] = settings,
        };
        DurableFile.WriteText(Config, config.ToJsonString(Indented) + "\n");
    }

    /// <exception cref="BadInputException">The training has not ended, or the file is damaged.</exception>
    public JsonObject ReadMetrics()
    {
        if (!File.Exists(Metrics))
        {
            throw new BadInputException($"{FullPath}: the training has not ended (no metrics.json); go on with train --resume");
        }

        var metrics = JsonFile.Read(Metrics);

        // What reports read of it, so that they need not look again.
        _ = metrics.Text("deviceDescription");
        foreach (var count in new[] { "bestEpoch", "epochs", "parameters", "samples.train", "samples.validation", "samples.test" })
        {
            _ = metrics.Whole(count);
        }

        foreach (var number in new[] { "validation.loss", "speed.samplesPerSecond", "seconds" })
        {
            _ = metrics.Number(number);
        }

        foreach (var set in new[] { "train", "validation", "test" }.Where(metrics.Has))
        {
            metrics.DemandNumbers(set);
        }

        if (metrics.Has("test.accuracy"))
        {
            _ = metrics.Number("test.accuracy") + metrics.Number("test.accuracyError");
        }

        return metrics.Root;
    }

    public void WriteMetrics(JsonObject metrics) => DurableFile.WriteText(Metrics, metrics.ToJsonString(Indented) + "\n");

    public static string Text(JsonObject json) => json.ToJsonString(Indented);

    /// <summary>Writes every rejected alert with its reason.</summary>
    public void WriteRejected(IEnumerable<Rejected> rejected) => WriteRejected(Rejected, rejected);

    public static void WriteRejected(string path, IEnumerable<Rejected> rejected) => AtomicFile.WriteText(
        path, Csv.Line("id", "reason") + string.Concat(rejected.Select(each => Csv.Line(each.Id, each.Reason))));

    /// <summary>NAME.PROCESS.part or .tmp, with further numbers between.</summary>
    [GeneratedRegex(@"\A(.+?)(?:\.[0-9]+)+\.(?:part|tmp)\z")]
    private static partial Regex Leftover();

    [GeneratedRegex(@"\Astate-[0-9]+\.safetensors\z")]
    private static partial Regex EarlierState();
}
