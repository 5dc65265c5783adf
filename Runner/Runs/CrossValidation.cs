using System.Globalization;
using System.Text.Json.Nodes;
using Estampa.Data;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>
/// One recipe trained with several seeds, and with each of them once for every fold, which is then the test: a folder of runs, and what
/// they give together. Runs that are finished are kept, so it can be ended and goes on.
/// </summary>
internal sealed class CrossValidation
{
    /// <summary>Seeds that it may have.</summary>
    public const int MostSeeds = 1000;

    public const string FileName = "cross-validation.json";

    // Together with the same data and settings they may be more the next time.
    private static readonly string[] MayChange = ["version", "seeds"];
    private readonly string path;
    private readonly JsonFile config;

    private CrossValidation(string path, JsonFile config)
    {
        this.path = path;
        this.config = config;
        (RecipeName, Source) = (config.Text("recipe"), config.Text("data"));
        (Folds, Seeds) = (config.Whole("folds"), config.Whole("seeds"));
        if (Folds is < 0 or > RecipeSettings.MostFolds)
        {
            throw config.Wrong("folds", $"0 to {RecipeSettings.MostFolds}");
        }

        if (Seeds is < 1 or > MostSeeds)
        {
            throw config.Wrong("seeds", $"1 to {MostSeeds}");
        }
    }

    public string RecipeName { get; }

    public string Source { get; }

    /// <summary>0 where every seed has one run with the usual split.</summary>
    public int Folds { get; }

    public int Seeds { get; }

    public string MetricsFile => Path.Combine(path, "metrics.json");

    public string PredictionsFile => Path.Combine(path, "predictions.csv");

    public string ReportFile => Path.Combine(path, "report.html");

    /// <summary>Seed, fold and folder of every run; the fold is 1 where there are none.</summary>
    private IEnumerable<(int Seed, int Fold, string Folder)> Runs => Enumerable.Range(1, Seeds).SelectMany(seed =>
        Enumerable.Range(1, Math.Max(Folds, 1)).Select(fold =>
            (seed, fold, Path.Combine(path, Folds > 0 ? $"seed-{seed}-fold-{fold}" : $"seed-{seed}"))));

    public static bool IsIn(string path) => File.Exists(Path.Combine(path, FileName));

    /// <exception cref="BadInputException">There is none, or its file is damaged.</exception>
    public static CrossValidation Open(string path) => new(Path.GetFullPath(path), JsonFile.Read(Path.Combine(path, FileName)));

    /// <summary>A new one, or one that goes on.</summary>
    /// <exception cref="BadInputException">The folder holds something else, or was begun with other flags.</exception>
    public static CrossValidation Create(
        string path, Recipe recipe, string source, int? limit, DeviceChoice device, int folds, int seeds)
    {
        var settings = new JsonObject();
        foreach (var (name, value) in recipe.Settings.All.Where(setting => setting.Name is not ("seed" or "folds" or "fold")))
        {
            settings[name] = value;
        }

        var config = new JsonObject
        {
            ["version"] = typeof(CrossValidation).Assembly.GetName().Version!.ToString(3),
            ["recipe"] = recipe.Name,
            ["data"] = Runner.Source.Resolve(source),
            ["limitSamples"] = limit,
            ["device"] = device.Device,
            ["precision"] = device.Precision,
            ["folds"] = folds,
            ["seeds"] = seeds,
            ["settings"] = settings,
        };
        var full = Path.GetFullPath(path);
        if ((!IsIn(full) || File.Exists(Path.Combine(full, "config.json"))) && RunFolder.Taken(full) is { } file)
        {
            throw new BadInputException($"--out {path}: there is {file} of something else already; take another folder");
        }

        if (IsIn(full) && Kept(JsonFile.Read(Path.Combine(full, FileName)).Root) != Kept(config))
        {
            throw new BadInputException($"--out {path}: was begun with another recipe, data, device, folds or settings;"
                + " take another folder, or the flags it was begun with");
        }

        return new CrossValidation(full, new JsonFile(Path.Combine(full, FileName), config));
    }

    /// <summary>Trains what is not finished yet.</summary>
    /// <returns>The exit code: 0, or 129, 130 or 143 after a signal.</returns>
    /// <exception cref="BadInputException">A run that was begun is not one of these.</exception>
    public int Train(Func<int, int, Recipe> recipe, int? limit, DeviceChoice device, Progress progress)
    {
        var (number, sum) = (0, CheckRuns());
        foreach (var (seed, fold, folder) in Runs)
        {
            number++;
            var title = $"run {number} of {Runs.Count()}: seed {seed}{(Folds > 0 ? $", fold {fold} of {Folds}" : "")}";
            var begun = File.Exists(Path.Combine(folder, "config.json"));
            if (File.Exists(Path.Combine(folder, "metrics.json")))
            {
                progress.Say($"{title}: finished before");
                continue;
            }

            progress.Say(title);
            var run = begun ? RunFolder.Open(folder) : RunFolder.Create(folder, recipe(seed, fold), Source, limit, device);
            run.DataSum ??= sum;
            using var training = new Training(run, progress);
            sum = run.DataSum;

            // After the first run's data could be read: flags that cannot be used leave nothing behind.
            AtomicFile.WriteText(Path.Combine(path, FileName), RunFolder.Text(config.Root) + "\n");
            if (begun)
            {
                training.Resume();
            }

            if (training.Run(out _) is not 0 and var code)
            {
                progress.Say("stopped; the same command goes on");
                return code;
            }
        }

        AtomicFile.WriteText(Path.Combine(path, FileName), RunFolder.Text(config.Root) + "\n");
        return 0;
    }

    /// <summary>Takes the finished runs together: predictions.csv, metrics.json and report.html.</summary>
    /// <exception cref="BadInputException">A run is not finished or not one of these, or one of its files is damaged.</exception>
    public JsonObject Summarise()
    {
        CheckRuns();
        var runs = Runs.Select(run => (run.Seed, run.Fold, Compared: ComparedRun.Open(run.Folder))).ToArray();
        if (runs.FirstOrDefault(run => run.Compared.Metrics["test"] is null) is { Compared: { } untested })
        {
            throw new BadInputException($"{untested.Path}: nothing was tested (setting 'test' is 0, or the set too small)");
        }

        if (runs.All(run => run.Compared.Classifies))
        {
            Predictions.Write(
                PredictionsFile, runs[0].Compared.Pooled.Classes, ["seed", "fold"],
                runs.SelectMany(run => run.Compared.Pooled.Answered().Select(each =>
                    (new object[] { run.Seed, run.Fold }, each.Row, each.Answer))));
        }

        JsonObject[] bySeed = [.. runs.GroupBy(run => run.Seed).Select(seed => Test([.. seed.Select(run => run.Compared)]))];
        var first = runs[0].Compared.Metrics;
        var metrics = new JsonObject
        {
            ["recipe"] = RecipeName,
            ["data"] = Source,
            ["folds"] = Folds,
            ["seeds"] = Seeds,
            ["parameters"] = first["parameters"]?.DeepClone(),
            ["samples"] = new JsonObject { ["test"] = bySeed.Sum(seed => (int)seed["samples"]!) / Seeds },
            ["test"] = MeansOf(bySeed),
            ["bySeed"] = new JsonArray([.. bySeed]),
            ["seconds"] = Math.Round(runs.Sum(run => (double)run.Compared.Metrics["seconds"]!), 2),
        };
        AtomicFile.WriteText(MetricsFile, RunFolder.Text(metrics) + "\n");
        var folds = Folds > 0 ? $"{Folds} folds by object" : "the usual split by object";
        ComparisonReport.Write(
            ReportFile,
            $"{RecipeName}: {Path.GetFileName(path)}",
            $"{RecipeName} on {Source}: {folds}, {Seeds} {(Seeds == 1 ? "seed" : "seeds")}. Every figure is taken over all that was tested"
            + $" with one seed{(Seeds > 1 ? ", then averaged over the seeds; ± is their standard deviation" : "")}.",
            [ComparedRun.Open(path)],
            new ReportSection("Runs", "", [], [Table(runs)]));
        return metrics;
    }

    /// <exception cref="BadInputException">Its runs have not all ended, or the file is damaged.</exception>
    public JsonObject ReadMetrics()
    {
        if (!File.Exists(MetricsFile))
        {
            throw new BadInputException($"{path}: not all runs have ended (no metrics.json); go on with cross-validate");
        }

        var metrics = JsonFile.Read(MetricsFile);
        _ = metrics.Has("parameters") ? metrics.Whole("parameters") : 0;
        _ = metrics.Number("seconds") + metrics.Whole("samples.test");
        metrics.DemandNumbers("test");
        return metrics.Root;
    }

    /// <summary>What was tested with one seed: losses averaged over its samples, answers pooled.</summary>
    private static JsonObject Test(ComparedRun[] folds)
    {
        static double Samples(ComparedRun run) => (double)run.Metrics["samples"]!["test"]!;
        static double Loss(ComparedRun run, string name) =>
            run.Loss(name)?.Value ?? throw new BadInputException($"{run.Path}: metrics.json has no '{name}' of the test");
        var all = folds.Sum(Samples);
        JsonObject test = [];
        test["samples"] = (int)all;
        string[] losses = [.. folds[0].Losses];
        foreach (var name in losses)
        {
            test[name] = folds.Sum(run => Samples(run) * Loss(run, name)) / all;
        }

        if (folds.All(run => run.Classifies))
        {
            // The losses' names include what is no mean over samples, such as macro-F1: these are of the pooled answers.
            var pooled = new Predictions(folds[0].Pooled.Classes, [.. folds.SelectMany(run => run.Pooled.Rows)]);
            foreach (var (name, value) in SetMetrics.Of(pooled))
            {
                test[name] = value?.DeepClone();
            }
        }

        return test;
    }

    /// <summary>Mean and standard deviation of every number; the deviation of a single seed is null.</summary>
    private static JsonObject MeansOf(JsonObject[] seeds)
    {
        JsonObject means = [];
        foreach (var (name, value) in seeds[0].Where(pair => pair.Key != "samples"))
        {
            if (value is JsonObject)
            {
                means[name] = MeansOf([.. seeds.Select(seed => seed[name]!.AsObject())]);
            }
            else if (value is JsonValue)
            {
                var over = FigureWithError.Over([.. seeds.Select(seed => Number(seed[name]!))]);
                means[name] = new JsonObject
                {
                    ["mean"] = over.Value,
                    ["deviation"] = double.IsFinite(over.Error) ? over.Error : null,
                };
            }
        }

        return means;
    }

    // A count is an int in memory and whatever fits when it was read.
    private static double Number(JsonNode node) => double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture);

    private static ReportTable Table((int Seed, int Fold, ComparedRun Compared)[] runs) => new(
        ["run", "tested", "loss", "accuracy", "best epoch", "training"],
        [.. runs.Select(run => new[]
        {
            run.Compared.Name,
            $"{run.Compared.Metrics["samples"]!["test"]}",
            run.Compared.Loss("loss")?.Text(3) ?? "–",
            run.Compared.Classifies ? run.Compared.Accuracy.Text(3) : "–",
            $"{run.Compared.Metrics["bestEpoch"]}",
            $"{NumberText.Fixed((double)run.Compared.Metrics["seconds"]!, 0)} s",
        })],
        "Each run has its own folder, with its report. ± is one standard error.");

    /// <summary>Looks at every run that was begun: its folder may be a copy, or have been begun with other flags or data.</summary>
    /// <returns>The checksum of their data; null where there is none yet.</returns>
    private string? CheckRuns()
    {
        RunFolder? first = null;
        foreach (var (seed, fold, folder) in Runs.Where(run => RunFolder.Taken(run.Folder) is not null))
        {
            var run = RunFolder.Open(folder);
            first ??= run;
            if (Differences(run, seed, fold, first).FirstOrDefault(pair => pair.Own != pair.Wanted) is { Name: { } name } other)
            {
                throw new BadInputException(
                    $"{folder}: not a run of this cross-validation: its {name} is '{other.Own}', not '{other.Wanted}'; move it away");
            }
        }

        return first?.DataSum;
    }

    /// <summary>What a run has, and what it would have if it were begun here with a seed and a fold.</summary>
    private IEnumerable<(string Name, string Own, string Wanted)> Differences(RunFolder run, int seed, int fold, RunFolder first)
    {
        yield return ("recipe", run.Recipe.Name, RecipeName);
        yield return ("data", run.Source, Source);
        yield return ("limitSamples", $"{run.Limit}", $"{config.Root["limitSamples"]}");
        yield return ("device", run.Device.Device, $"{config.Root["device"]}");
        yield return ("precision", run.Device.Precision, $"{config.Root["precision"]}");

        var wanted = config.Object("settings").ToDictionary(setting => setting.Key, setting => $"{setting.Value}");
        (wanted["seed"], wanted["folds"], wanted["fold"]) = ($"{seed}", $"{Folds}", $"{fold}");

        // A training settles these: a batch is at most all its samples, and other runs' folders are found and looked into.
        var most = File.Exists(run.Metrics) ? (int)run.ReadMetrics()["samples"]!["train"]! : run.Recipe.Settings.Batch;
        if (int.TryParse(wanted.GetValueOrDefault("batch"), out var batch))
        {
            wanted["batch"] = $"{Math.Min(batch, most)}";
        }

        foreach (var (name, value) in first.Recipe.Settings.All)
        {
            if (name is "start" or "encoder" || (name == "latent" && wanted.ContainsKey("encoder")))
            {
                wanted[name] = value;
            }
        }

        foreach (var (name, own) in run.Recipe.Settings.All.Where(setting => wanted.ContainsKey(setting.Name)))
        {
            yield return (name, own, wanted[name]);
        }

        yield return ("dataSha256", $"{run.DataSum}", $"{first.DataSum}");
    }

    private static string Kept(JsonObject config)
    {
        var kept = config.DeepClone().AsObject();
        foreach (var name in MayChange)
        {
            kept.Remove(name);
        }

        return kept.ToJsonString();
    }
}
