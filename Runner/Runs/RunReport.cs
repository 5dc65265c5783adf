using System.Globalization;
using System.Text.Json.Nodes;
using Estampa.Data;
using Estampa.Engine;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>What the report of an autoencoder's run shows, in the order in which people look.</summary>
internal static class RunReport
{
    private const int GridRows = 12;
    private const int PriorSamples = 32;
    private const int TraversalSteps = 7;
    private const int TraversalRows = 4;
    private const int ShownRejected = 20;

    /// <summary>Writes report.html and figures/.</summary>
    /// <param name="run">The run.</param>
    /// <param name="metrics">Its metrics.json.</param>
    /// <param name="set">Its whole set, for the rejected.</param>
    /// <param name="unseen">Samples that the training did not see.</param>
    /// <param name="journal">Its epochs.</param>
    /// <param name="scorer">Its best model.</param>
    /// <param name="device">Where to decode.</param>
    /// <param name="weights">Of the best model.</param>
    public static void Write(
        RunFolder run, JsonObject metrics, StampSet set, StampSet unseen, Journal journal, Scorer scorer, Device device, Weights weights)
    {
        // As it reads from the file: numbers of any kind.
        metrics = JsonNode.Parse(metrics.ToJsonString())!.AsObject();
        var latents = scorer.Encode(unseen);
        ReportSection[] sections =
        [
            new(
                "Loss",
                "The loss of each epoch and its parts. The ring marks the epoch whose model was kept.",
                Curves(run, metrics, journal),
                []),
            new(
                "Reconstructions",
                "Stamps that the training did not see, what the model makes of them, and the difference. The first FITS row is"
                + " at the bottom.",
                [Reconstructions(run, unseen, scorer)],
                []),
            new(
                "Samples from the prior",
                "Stamps decoded from latents drawn from a standard normal distribution: what the model believes stamps to be.",
                [Prior(run, device, weights), Traversal(run, unseen, latents, device, weights)],
                []),
            new(
                "Latent space",
                "Means of the latents of unseen stamps, along their two directions of greatest variance.",
                Latents(unseen, latents),
                []),
            new("Configuration", "", [], [Settings(run, metrics)]),
            new("Inputs", InputText(run, set), [], Rejected(set)),
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
        string Loss(string name) => metrics[name] is { } scores ? NumberText.Fixed((double)scores["loss"]!, 3) : "none";
        return
        [
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
        var unit = "nats a stamp";
        if (run.Recipe.Settings.All.Any(setting => setting is { Name: "loss", Value: "beta" }))
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
            $"{title} by epoch. Training is the mean over the epoch's batches, with noise; validation is of the latent's mean.");

        var figures = new List<ReportFigure>
        {
            Curve("loss", "Loss", unit, row => row.TrainLoss, row => row.ValidationLoss),
        };
        figures.AddRange((journal.Rows.Count > 0 ? journal.Rows[0].Train.Keys : []).Select(part => Curve(
            part, $"{char.ToUpperInvariant(part[0])}{part[1..]}", part == "divergence" ? "nats a stamp" : unit,
            row => row.Train[part], row => row.Validation[part])));
        return figures;
    }

    private static ReportFigure Reconstructions(RunFolder run, StampSet unseen, Scorer scorer)
    {
        // Every n-th, so that a set ordered by class shows them all.
        var step = Math.Max(1, unseen.Count / GridRows);
        var rows = Enumerable.Range(0, Math.Min(GridRows, unseen.Count)).Select(row => row * step).ToArray();
        var shown = unseen.Select(rows);
        var rebuilt = scorer.Reconstruct(shown);
        var columns = new List<StampColumn>();
        for (var channel = 0; channel < shown.Channels.Length; channel++)
        {
            var name = shown.Channels.Length == 1 ? "" : $" {shown.Channels[channel]}";
            float[][] originals = [.. rows.Select((_, row) => Plane(shown.Pixels, shown, row, channel))];
            float[][] models = [.. rows.Select((_, row) => Plane(rebuilt, shown, row, channel))];
            columns.Add(new StampColumn($"stamp{name}", originals));
            columns.Add(new StampColumn($"model{name}", models));
            var residuals = originals.Zip(models, (stamp, model) => stamp.Zip(model, (x, m) => x - m).ToArray());
            columns.Add(new StampColumn("stamp − model", [.. residuals], StampScale.Symmetric));
        }

        var grid = new StampGrid(shown.Height, shown.Width, columns)
        {
            Labels = [.. rows.Select((_, row) => (IReadOnlyList<string>)Label(shown, row))],
            Blocks = shown.Channels.Length == 1 ? 2 : 1,
            Stretch = Stretch.Asinh,
        };
        return new ReportFigure(
            "reconstructions",
            grid.Draw(),
            $"{rows.Length} unseen {string.Join(", ", shown.Channels)} stamps, scaled by {run.Recipe.Scaling};"
            + $" stretch: {grid.Stretch.Name}, one range for stamp and model. Residuals: blue below, red above zero.");
    }

    private static ReportFigure Prior(RunFolder run, Device device, Weights weights)
    {
        var latents = new float[PriorSamples * run.Recipe.Code];
        var seed = run.Recipe.Settings.Seed;
        for (var place = 0; place < latents.Length; place++)
        {
            latents[place] = Noise.Normal((uint)seed, (uint)(seed >> 32), Noise.Stream("report.prior"), 0, (uint)place);
        }

        var mosaic = new Mosaic(run.Recipe.Side, run.Recipe.Side, Decode(run, latents, PriorSamples, device, weights)) { OwnRanges = true };
        return new ReportFigure(
            "prior",
            mosaic.Draw(),
            $"{PriorSamples} samples, {run.Recipe.Channels[0]} image; each with its own range, stretch {mosaic.Stretch.Name}.");
    }

    private static ReportFigure Traversal(RunFolder run, StampSet unseen, float[] latents, Device device, Weights weights)
    {
        var width = run.Recipe.Code;
        var spread = Enumerable.Range(0, width).Select(dimension => Deviation(latents, width, dimension)).ToArray();
        var widest = Enumerable.Range(0, width).OrderByDescending(dimension => spread[dimension]).Take(TraversalRows).ToArray();
        var grid = new float[widest.Length * TraversalSteps * width];
        for (var row = 0; row < widest.Length; row++)
        {
            for (var step = 0; step < TraversalSteps; step++)
            {
                var place = ((row * TraversalSteps) + step) * width;
                latents.AsSpan(0, width).CopyTo(grid.AsSpan(place));
                grid[place + widest[row]] = Offset(step);
            }
        }

        var mosaic = new Mosaic(
            run.Recipe.Side, run.Recipe.Side, Decode(run, grid, widest.Length * TraversalSteps, device, weights))
        {
            Columns = TraversalSteps,
            ColumnTitles = [.. Enumerable.Range(0, TraversalSteps).Select(step => NumberText.Fixed(Offset(step), 1))],
            RowLabels = [.. widest.Select(dimension => $"z{dimension}")],
            OwnRanges = true,
        };
        return new ReportFigure(
            "traversal",
            mosaic.Draw(),
            $"The latent of {unseen.ObjectIds[0]} with one number at a time moved from −3 to 3: the {widest.Length} that vary most.");

        static float Offset(int step) => (6f * step / (TraversalSteps - 1)) - 3f;
    }

    private static List<ReportFigure> Latents(StampSet unseen, float[] latents)
    {
        var width = latents.Length / unseen.Count;
        if (unseen.Count < 3 || width < 2)
        {
            return [];
        }

        var pca = Pca.Of(latents, width, 2);
        double[] x = pca.Project(latents, 0), y = pca.Project(latents, 1);
        var axes = pca.Shares.Select((share, place) => $"component {place + 1} ({share:P0} of the variance)").ToArray();
        var scatter = new Scatter(x, y) { XTitle = axes[0], YTitle = axes[1], Width = 504, Height = 440 };
        var figures = new List<ReportFigure>();
        if (unseen.Classes.Any(name => name.Length > 0))
        {
            string?[] classes = [.. unseen.Classes.Select(name => name.Length > 0 ? name : "no class")];
            figures.Add(new ReportFigure(
                "latent-classes",
                (scatter with { Title = "Latents by class", Classes = classes }).Draw(),
                $"{unseen.Count} unseen stamps by class."));
        }

        if (unseen.Magnitudes.Any(float.IsFinite))
        {
            double[] magnitudes = [.. unseen.Magnitudes.Select(magnitude => (double)magnitude)];
            figures.Add(new ReportFigure(
                "latent-magnitudes",
                (scatter with { Title = "Latents by magnitude", Values = magnitudes, ValueTitle = "magpsf (mag)" }).Draw(),
                $"{unseen.Count} unseen stamps by the magnitude of their difference."));
        }

        return figures.Count > 0 ? figures : [new ReportFigure("latent", scatter.Draw(), $"{unseen.Count} unseen samples.")];
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

    private static string InputText(RunFolder run, StampSet set)
    {
        var replaced = set.Replaced.Count(count => count > 0);
        return $"{set.Count} stamps of {set.ObjectIds.Distinct().Count()} objects. {replaced} of them had pixels that were not finite"
            + $" (or beyond 1e30) within the crop; those are 0 after scaling. {set.Rejected.Count} alerts were rejected"
            + (set.Rejected.Count > 0 ? $"; all are in {Path.GetFileName(run.Rejected)}." : ".");
    }

    private static ReportTable[] Rejected(StampSet set) => set.Rejected.Count == 0
        ? []
        : [new(["alert", "reason"], [.. RejectedRows(set)], "The first rejected alerts.")];

    private static IEnumerable<string[]> RejectedRows(StampSet set) =>
        set.Rejected.Take(ShownRejected).Select(each => new[] { each.Id, each.Reason });

    private static string Command(RunFolder run)
    {
        var defaults = RecipeList.Find(run.Recipe.Name).Settings.All;
        var changed = run.Recipe.Settings.All.Except(defaults).Select(setting => $" --set {setting.Name}={setting.Value}");
        var limit = run.Limit is { } count ? $" --limit-samples {count}" : "";
        return $"dotnet run -c Release --project Runner -- train {run.Recipe.Name} --data {run.Source}{limit}{string.Concat(changed)}";
    }


    private static string[] Label(StampSet set, int row)
    {
        var magnitude = float.IsFinite(set.Magnitudes[row]) ? $"{NumberText.Fixed(set.Magnitudes[row], 1)} mag" : "";
        return [.. new[] { set.ObjectIds[row], set.Classes[row], magnitude }.Where(line => line.Length > 0)];
    }

    private static float[] Plane(float[] pixels, StampSet set, int row, int channel)
    {
        var channels = set.Channels.Length;
        var plane = new float[set.Height * set.Width];
        for (var pixel = 0; pixel < plane.Length; pixel++)
        {
            plane[pixel] = pixels[(((row * plane.Length) + pixel) * channels) + channel];
        }

        return plane;
    }

    /// <summary>The first channel of the stamps that these latents stand for.</summary>
    private static List<float[]> Decode(RunFolder run, float[] latents, int count, Device device, Weights weights)
    {
        var decoder = run.Recipe.BuildDecoder(count);
        using var plan = Plan.ForEvaluation(device, decoder.Graph, weights, decoder.Output);
        plan.Write(decoder.Input, latents);
        plan.Recording.Replay();
        var pixels = plan.Read(decoder.Output);
        var shape = decoder.Output.Shape;
        return [.. pixels.Chunk(shape.Sample).Select(stamp => stamp.Where((_, place) => place % shape.Channels == 0).ToArray())];
    }

    private static double Deviation(float[] latents, int width, int dimension)
    {
        var values = latents.Where((_, place) => place % width == dimension).Select(value => (double)value).ToArray();
        var mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }
}
