using System.Globalization;
using System.Text.Json.Nodes;
using Estampa.Data;
using Estampa.Engine;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>What the report of a run shows, in the order in which people look.</summary>
internal static class RunReport
{
    private const int ShownRejected = 20;

    /// <summary>Writes report.html and figures/.</summary>
    /// <param name="run">The run.</param>
    /// <param name="metrics">Its metrics.json.</param>
    /// <param name="data">All its samples, and what was rejected.</param>
    /// <param name="unseen">Samples that the training did not see.</param>
    /// <param name="journal">Its epochs.</param>
    /// <param name="scorer">Its best model.</param>
    /// <param name="device">Where to decode.</param>
    /// <param name="weights">Of the best model.</param>
    public static void Write(
        RunFolder run, JsonObject metrics, RunData data, SampleTable unseen, Journal journal, Scorer scorer, Device device, Weights weights)
    {
        // As it reads from the file: numbers of any kind.
        metrics = JsonNode.Parse(metrics.ToJsonString())!.AsObject();
        ReportSection[] sections =
        [
            new(
                "Loss",
                "The loss of each epoch and its parts. The ring marks the epoch whose model was kept.",
                Curves(run, metrics, journal),
                []),
            .. run.Recipe switch
            {
                AutoencoderRecipe { Needs.Steps: > 0 } recipe =>
                    new SequenceReport(recipe, data.Split().Train, unseen, scorer).Sections(),
                AutoencoderRecipe recipe => new AutoencoderReport(recipe, unseen, scorer, device, weights).Sections(),
                ClassifierRecipe recipe => new ClassifierReport(recipe, unseen, scorer).Sections(),
                _ => [],
            },
            new("Configuration", "", [], [Settings(run, metrics)]),
            new("Inputs", InputText(run, data), [], Rejected(data.Stamps)),
            new("How to repeat it", $"    {Command(run)}", [], []),
        ];
        var source = Source.Describe(run.Source);
        var content = new ReportContent($"{run.Recipe.Name}: {Path.GetFileName(run.FullPath)}", Summary(metrics), sections)
        {
            Lead = $"A {run.Recipe.Description}, trained on {source}.",
            Footer = $"Estampa {typeof(RunReport).Assembly.GetName().Version!.ToString(3)},"
                + $" {(Device.BuiltWithIlgpu ? "built with ILGPU 1.5.3" : "built without ILGPU")}.",
        };
        Report.SaveFigures(run.Figures, content);
        Report.Write(run.Report, content);
    }

    private static (string, string)[] Summary(JsonObject metrics)
    {
        var samples = metrics["samples"]!;
        string Loss(string name) => metrics[name] is not { } scores ? "none"
            : scores["loss"] is { } loss ? NumberText.Fixed((double)loss, 3) : "not finite";
        return
        [
            .. metrics["test"]?["accuracy"] is { } accuracy
                ? [("test accuracy", ClassifierReport.Percent((double)accuracy, (double)metrics["test"]!["accuracyError"]!))]
                : Array.Empty<(string, string)>(),
            ("validation loss", Loss("validation")),
            ("test loss", Loss("test")),
            ("best epoch", $"{metrics["bestEpoch"]} of {metrics["epochs"]}"),
            ("train / validation / test", $"{samples["train"]} / {samples["validation"]} / {samples["test"]}"),
            ("training speed", $"{(double)metrics["speed"]!["samplesPerSecond"]!:F0} samples/s"),
            ("time", $"{(double)metrics["seconds"]!:F0} s"),
        ];
    }

    private static List<ReportFigure> Curves(RunFolder run, JsonObject metrics, Journal journal)
    {
        var epochs = journal.Rows.Select(row => (double)row.Epoch).ToArray();
        var classifies = run.Recipe is ClassifierRecipe;
        var unit = classifies ? "nats a sample" : "nats a stamp";
        var draws = run.Recipe is AutoencoderRecipe { HasPrior: true };
        if (!classifies && (!draws || run.Recipe.Settings.All.Any(setting => setting is { Name: "loss", Value: "beta" })))
        {
            unit = "squared units of the scaled stamp";
        }

        ReportFigure Curve(
            string name, string title, string axis, Func<JournalRow, double> train, Func<JournalRow, double> validation) => new(
            name,
            new LineChart(
            [
                new Series("training", epochs, [.. journal.Rows.Select(train)]),
                new Series("validation", epochs, [.. journal.Rows.Select(validation)]),
            ])
            {
                Title = title,
                XTitle = "epoch",
                YTitle = axis,
                Best = (double)metrics["bestEpoch"]!,
                Width = 504,
                Height = 320,
            }.Draw(),
            $"{title} by epoch. Training is the mean over the epoch's batches"
            + (draws ? ", with noise; validation is of the latent's mean." : "."));

        var figures = new List<ReportFigure>
        {
            Curve("loss", "Loss", unit, row => row.TrainLoss, row => row.ValidationLoss),
        };
        figures.AddRange((journal.Rows.Count > 0 ? journal.Rows[0].Train.Keys : []).Select(part => Curve(
            part, $"{char.ToUpperInvariant(part[0])}{part[1..]}", part == "divergence" ? "nats a stamp" : unit,
            row => row.Train[part], row => row.Validation[part])));
        return figures;
    }

    private static ReportTable Settings(RunFolder run, JsonObject metrics) => new(
        ["setting", "value"],
        [
            ["recipe", run.Recipe.Name],
            ["data", run.Source],
            ["ran on", metrics["deviceDescription"]!.ToString()],
            ["parameters", ((long)metrics["parameters"]!).ToString("N0", CultureInfo.InvariantCulture)],
            .. run.Recipe.Settings.All.Select(setting => new[] { setting.Name, setting.Value }),
        ],
        "Everything that the run depends on (config.json).");

    private static string InputText(RunFolder run, RunData data)
    {
        var set = data.Stamps;
        var replaced = set.Replaced.Count(count => count > 0);
        var stamps = set.HasStamp.Length == 0 ? set.Count : set.HasStamp.Count(has => has);
        var history = stamps < set.Count ? $" {set.Count - stamps} earlier detections have no stamp." : "";
        return $"{stamps} stamps of {set.ObjectIds.Distinct().Count()} objects. {replaced} of them had pixels that were not finite"
            + $" (or beyond 1e30) within the crop; those are 0 after scaling.{history} {set.Rejected.Count} alerts were rejected"
            + (set.Rejected.Count > 0 ? $"; all are in {Path.GetFileName(run.Rejected)}." : ".");
    }

    private static ReportTable[] Rejected(StampSet set) => set.Rejected.Count == 0
        ? []
        : [new(["alert", "reason"], [.. RejectedRows(set)], "The first rejected alerts.")];

    private static IEnumerable<string[]> RejectedRows(StampSet set) =>
        set.Rejected.Take(ShownRejected).Select(each => new[] { each.Id, each.Reason });

    private static string Command(RunFolder run)
    {
        var defaults = RecipeList.All.FirstOrDefault(recipe => recipe.Name == run.Recipe.Name)?.Settings.All ?? [];
        var changed = run.Recipe.Settings.All.Except(defaults).Select(setting => $" --set {setting.Name}={setting.Value}");
        var limit = run.Limit is { } count ? $" --limit-samples {count}" : "";
        return $"dotnet run -c Release --project Runner -- train {run.Recipe.Name} --data {run.Source}{limit}{string.Concat(changed)}";
    }
}
