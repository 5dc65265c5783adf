using System.CommandLine;
using Estampa.Data;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary><c>report RUN</c> makes a run's report and figures anew; <c>report RUN RUN ...</c> sets runs side by side.</summary>
internal static class ReportVerb
{
    private const string Usual = "comparison.html";

    public static Command Make()
    {
        var paths = new Argument<string[]>("run")
        {
            Description = "The folder of a run or of a cross-validation; several are compared.",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string?>("--out") { Description = $"FILE.html of a comparison; {Usual} where not given." };
        var command = new Command(
            "report", "Make a run's report and figures anew from its checkpoint and journal, or compare several runs on one page.")
        {
            paths, output,
        };
        command.SetAction(parsed =>
        {
            var runs = parsed.GetValue(paths)!;
            var file = parsed.GetValue(output);
            if (runs is not [var only])
            {
                Console.WriteLine(Compare(runs, file ?? Usual));
                return;
            }

            if (file is not null)
            {
                throw new BadInputException("--out is for a comparison of several runs; one run's report lies in its folder");
            }

            Console.WriteLine(Remake(only));
        });
        return command;
    }

    private static string Compare(string[] paths, string file)
    {
        if (!file.EndsWith(".html", StringComparison.OrdinalIgnoreCase))
        {
            throw new BadInputException($"--out {file}: expected FILE.html");
        }

        string[] places = [.. paths.Select(path => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)))];
        if (places.CountBy(place => place).FirstOrDefault(place => place.Value > 1) is { Key: { } twice })
        {
            throw new BadInputException($"{twice}: given twice");
        }

        ComparedRun[] runs = [.. paths.Select(ComparedRun.Open)];
        var full = Path.GetFullPath(file);
        ComparisonReport.Write(full, $"Comparison of {runs.Length} runs", "", runs);
        return full;
    }

    private static string Remake(string path)
    {
        if (CrossValidation.IsIn(path))
        {
            var folds = CrossValidation.Open(path);
            folds.Summarise();
            return folds.ReportFile;
        }

        using var trained = new TrainedRun(path);
        var metrics = trained.Run.ReadMetrics();
        var data = trained.Open(null, Console.Error.WriteLine);
        var (_, validation, test) = data.Split();
        var unseen = test.Count > 0 ? test : validation;
        if (trained.Run.Recipe is ClassifierRecipe classifier)
        {
            Predictions.Of(classifier.Classes, unseen, trained.Scorer).Write(trained.Run.Predictions);
        }

        RunReport.Write(trained.Run, metrics, data, unseen, trained.Journal(), trained.Scorer, trained.Device, trained.Weights);
        return trained.Run.Report;
    }
}
