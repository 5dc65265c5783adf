using System.Globalization;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>A page that sets finished runs side by side.</summary>
internal static class ComparisonReport
{
    private static readonly string[] ErrorNames =
        [SetMetrics.ErrorPerStamp, SetMetrics.MeanStampError, SetMetrics.TrainingMeanStampError];

    public static void Write(string path, string title, string lead, IReadOnlyList<ComparedRun> runs, params ReportSection[] more)
    {
        runs = ComparedRun.Named(runs);
        ComparedRun[] classifiers = [.. runs.Where(run => run.Classifies)];
        ComparedRun[] others = [.. runs.Where(run => !run.Classifies)];
        ReportSection[] sections =
        [
            .. classifiers.Length > 0 ? ClassifierSections(classifiers) : [],
            .. others.Length > 0
                ? [new ReportSection("Losses", "", [], [Losses(others), .. Errors(others)])]
                : Array.Empty<ReportSection>(),
            .. more,
        ];
        Report.Write(path, new ReportContent(title, [], sections)
        {
            Lead = lead,
            Footer = $"Estampa {typeof(ComparisonReport).Assembly.GetName().Version!.ToString(3)}.",
        });
    }

    private static IEnumerable<ReportSection> ClassifierSections(ComparedRun[] runs)
    {
        var errors = runs.Select(run => run.ErrorText).Distinct().ToArray();
        yield return new ReportSection(
            "Classifiers",
            $"± is the {string.Join(", or the ", errors)}. {FewText(runs)}",
            runs.Length > 1 ? [Accuracies(runs)] : [],
            [Figures(runs), runs is [var only] ? ByClass(only) : Recalls(runs), .. WithoutBogus(runs)]);
        var differences = Differences(runs);
        if (differences.Count > 0)
        {
            yield return new ReportSection("Differences", Statement(differences), [], [Table(differences)]);
        }

        yield return new ReportSection(
            "Confusion",
            runs.Any(run => run.Seeds.Count > 1) ? "Of several seeds the counts are summed." : "",
            [.. runs.Select((run, place) => ClassifierReport.Confusion(run.Pooled, $"confusion-{place + 1}", run.Name))],
            []);
        yield return new ReportSection(
            "Calibration",
            runs.Any(run => run.Seeds.Count > 1) ? "Of several seeds all answers are taken together." : "",
            [.. runs.Select((run, place) => ClassifierReport.Calibration(run.Pooled, $"calibration-{place + 1}", run.Name))],
            []);
    }

    private static string FewText(ComparedRun[] runs)
    {
        var few = runs.Select(run => (run.Name, Text: ClassifierReport.Few(run.Seeds[0]))).Where(each => each.Text.Length > 0)
            .GroupBy(each => each.Text, each => each.Name).Select(group => $"{string.Join(", ", group)}: {group.Key}").ToArray();
        return few.Length == 0 ? ""
            : $"{ClassifierReport.FewMeans}. {string.Join("; ", few)}.";
    }

    private static ReportFigure Accuracies(ComparedRun[] runs) => new(
        "accuracies",
        new PointChart([.. runs.Select(run => new NamedValue(run.Name, run.Accuracy.Value, run.Accuracy.Error))])
        {
            Title = "Accuracy",
            XTitle = "share that is right",
        }.Draw(),
        "Accuracy on unseen samples and its error.");

    private static ReportTable Figures(ComparedRun[] runs) => new(
        ["run", "recipe", "data", "tested", "accuracy", "macro-F1", "mean recall", "ECE", "parameters", "training, s"],
        [.. runs.Select(run => new[]
        {
            run.Name,
            run.Recipe,
            Data(run),
            Tested(run),
            run.Accuracy.Text(3),
            run.Over(scores => scores.MacroF1).Text(3),
            run.Over(scores => scores.MacroRecall).Text(3),
            run.Over(scores => scores.CalibrationError).Text(3),
            Parameters(run),
            Seconds(run),
        })],
        "Each run on the samples that it did not see: its test samples (of one seed), or those for validation where it has no test. ECE:"
        + " expected calibration error.");

    private static IEnumerable<ReportTable> WithoutBogus(ComparedRun[] runs)
    {
        if (runs.Any(run => run.WithoutBogus is not null))
        {
            yield return new ReportTable(
                ["run", "samples", "accuracy without bogus", "macro-F1 without bogus"],
                [.. runs.Where(run => run.WithoutBogus is not null).Select(run => new[]
                {
                    run.Name,
                    $"{run.Seeds[0].WithoutBogus!.Count}",
                    run.WithoutBogus!.Value.Accuracy.Text(3),
                    run.WithoutBogus!.Value.MacroF1.Text(3),
                })],
                Predictions.WhyWithoutBogus);
        }
    }

    private static ReportTable ByClass(ComparedRun run) => new(
        ["class", "precision", "recall", "F1", "samples"],
        [.. run.Seeds[0].Classes.Select((name, label) => new[]
        {
            name,
            run.Over(scores => scores.Precision(label)).Text(3),
            run.Recall(name).Text(3),
            run.Over(scores => scores.F1(label)).Text(3),
            $"{run.Seeds[0].Scores.Support(label)}",
        })],
        "Precision, recall, F1 and tested samples of each class.");

    private static ReportTable Recalls(ComparedRun[] runs)
    {
        string[] classes = [.. runs.SelectMany(run => run.Seeds[0].Classes).Distinct()];
        return new(
            ["run", .. classes],
            [.. runs.Select(run => (string[])
            [
                run.Name,
                .. classes.Select(name => run.Recall(name) is var recall && double.IsFinite(recall.Value) ? recall.Text(3) : "–"),
            ])],
            "Recall of each class.");
    }

    /// <summary>Of every two runs that tell the same classes apart; accuracies over other classes say nothing about each other.</summary>
    private static List<(ComparedRun First, ComparedRun Second, PairedDifference Difference, bool Paired)> Differences(ComparedRun[] runs)
    {
        var right = runs.Select(run => run.Right()).ToArray();
        var differences = new List<(ComparedRun, ComparedRun, PairedDifference, bool)>();
        for (var first = 0; first < runs.Length; first++)
        {
            for (var second = first + 1; second < runs.Length; second++)
            {
                if (!runs[first].Seeds[0].Classes.ToHashSet().SetEquals(runs[second].Seeds[0].Classes))
                {
                    continue;
                }

                // Images of different files may have the same numbers for names.
                var (one, other) = (right[first], right[second]);
                var same = runs[first].Data == runs[second].Data;
                (string, double, double)[] both = [.. one.Where(each => same && other.ContainsKey(each.Key))
                    .Select(each => (each.Key.ObjectId, each.Value, other[each.Key]))];
                var paired = both.Length > 0;
                differences.Add((runs[first], runs[second], paired ? PairedDifference.Of(both) : Unpaired(one, other), paired));
            }
        }

        return differences;
    }

    /// <summary>Of two sets without a common sample: both errors, each sqrt(p (1 - p) / n), added in squares.</summary>
    private static PairedDifference Unpaired<TKey>(Dictionary<TKey, double> one, Dictionary<TKey, double> other)
        where TKey : notnull
    {
        double first = one.Values.Average(), second = other.Values.Average();
        var error = Math.Sqrt((first * (1 - first) / one.Count) + (second * (1 - second) / other.Count));
        return new PairedDifference(one.Count + other.Count, first - second, error);
    }

    private static string Statement(
        List<(ComparedRun First, ComparedRun Second, PairedDifference Difference, bool Paired)> differences)
    {
        string[] clear =
        [
            .. differences.Where(each => each.Difference.ExceedsTwoErrors).Select(each =>
            {
                var (better, worse) = each.Difference.Mean > 0 ? (each.First, each.Second) : (each.Second, each.First);
                return $"{better.Name} is better than {worse.Name} by"
                    + $" {ClassifierReport.Percent(Math.Abs(each.Difference.Mean), each.Difference.Error)}.";
            }),
        ];
        var several = differences.Count > 1
            ? $" Of {differences.Count} comparisons about one in twenty exceeds two errors by chance."
            : "";
        return clear.Length == 0
            ? "No difference in accuracy exceeds two standard errors: these runs are not told apart by their tests."
            : $"Differences in accuracy of more than two standard errors: {string.Join(" ", clear)}{several}";
    }

    private static ReportTable Table(List<(ComparedRun First, ComparedRun Second, PairedDifference Difference, bool Paired)> differences) =>
        new(
            ["first", "second", "samples", "first − second", "± standard error", "more than two errors"],
            [.. differences.Select(each => new[]
            {
                each.First.Name,
                each.Second.Name,
                each.Paired ? $"{each.Difference.Count} tested by both" : $"{each.Difference.Count}, none tested by both",
                NumberText.Fixed(each.Difference.Mean, 4),
                NumberText.Fixed(each.Difference.Error, 4),
                each.Difference.ExceedsTwoErrors ? "yes" : "no",
            })],
            "Differences of accuracy between runs of the same classes. Where samples were tested by both, their differences are averaged,"
            + " and the error is that of this mean (of several seeds a sample counts by the share of right answers; samples of one object"
            + " are taken together).");

    private static ReportTable Losses(ComparedRun[] runs)
    {
        string[] names = [.. runs.SelectMany(run => run.Losses).Distinct().Except(ErrorNames)];
        return new(
            ["run", "recipe", "data", "tested", .. names, "parameters", "training, s"],
            [.. runs.Select(run => (string[])
            [
                run.Name,
                run.Recipe,
                Data(run),
                $"{run.Metrics["samples"]?["test"]}",
                .. names.Select(name => run.Loss(name)?.Text(3) ?? "–"),
                Parameters(run),
                Seconds(run),
            ])],
            "Losses on the test samples; those of different recipes or data are not on one scale.");
    }

    /// <summary>Of autoencoders of stamps and of sequences alike.</summary>
    private static IEnumerable<ReportTable> Errors(ComparedRun[] runs)
    {
        var known = runs.Where(run => run.Loss(SetMetrics.ErrorPerStamp) is not null).ToArray();
        if (known.Length > 0)
        {
            yield return new ReportTable(
                ["run", "model", "own mean stamp", "training set's mean stamp"],
                [.. known.Select(run => (string[])[run.Name, .. ErrorNames.Select(name => run.Loss(name)?.Text(3) ?? "–")])],
                "Squared error per unseen stamp, summed over its pixels and images: of the model, and of sequences also if each one's own"
                + " mean stamp, or that of the training set, is repeated. Runs of the same data, split, side, images and scaling can be"
                + " compared, be a sample a stamp or a sequence.");
        }
    }

    private static string Data(ComparedRun run) => Source.IsSimulated(run.Data) ? run.Data : System.IO.Path.GetFileName(run.Data);

    private static string Tested(ComparedRun run)
    {
        var counts = run.Seeds.Select(seed => seed.Rows.Count).Distinct().Order().ToArray();
        return counts.Length == 1 ? $"{counts[0]}" : $"{counts[0]} to {counts[^1]}";
    }

    private static string Parameters(ComparedRun run) =>
        run.Metrics["parameters"] is { } count ? ((long)count).ToString("N0", CultureInfo.InvariantCulture) : "–";

    private static string Seconds(ComparedRun run) =>
        run.Metrics["seconds"] is { } seconds ? NumberText.Fixed((double)seconds, 0) : "–";
}
