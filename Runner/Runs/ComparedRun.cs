using System.Text.Json.Nodes;
using Estampa.Data;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>A figure and how sure it is: ± one standard error of a single run, or the standard deviation over seeds.</summary>
internal readonly record struct FigureWithError(double Value, double Error)
{
    /// <summary>Mean and standard deviation (over n - 1); no error of a single value.</summary>
    public static FigureWithError Over(IReadOnlyList<double> values)
    {
        var mean = values.Average();
        return new(mean, values.Count < 2
            ? double.NaN
            : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1)));
    }

    public string Text(int decimals) =>
        NumberText.Fixed(Value, decimals) + (double.IsFinite(Error) ? $" ± {NumberText.Fixed(Error, decimals)}" : "");
}

/// <summary>What a comparison knows of a finished run, or of a cross-validation, whose runs it takes together.</summary>
/// <param name="Path">Its folder.</param>
/// <param name="Recipe">The recipe's name.</param>
/// <param name="Data">Its source.</param>
/// <param name="Metrics">metrics.json.</param>
/// <param name="Seeds">A classifier's answers, for each seed those about everything that was tested with it; empty otherwise.</param>
internal sealed record ComparedRun(string Path, string Recipe, string Data, JsonObject Metrics, IReadOnlyList<Predictions> Seeds)
{
    private readonly Lazy<Predictions> pooled = new(() => new Predictions(Seeds[0].Classes, [.. Seeds.SelectMany(seed => seed.Rows)]));

    /// <summary>The folder's name, with its parent's where <see cref="Named"/> needs it to tell two apart.</summary>
    public string Name { get; private init; } = System.IO.Path.GetFileName(Path);

    public bool Classifies => Seeds.Count > 0;

    /// <summary>The answers of all seeds.</summary>
    public Predictions Pooled => pooled.Value;

    /// <summary>What the errors are.</summary>
    public string ErrorText => Seeds.Count > 1 ? $"standard deviation of {Seeds.Count} seeds" : "standard error";

    /// <summary>Accuracy and macro-F1 on the samples whose true class is not bogus; null where the run knows no such class.</summary>
    public (FigureWithError Accuracy, FigureWithError MacroF1)? WithoutBogus => Seeds.All(seed => seed.WithoutBogus is not null)
        ? (Seeds.Count > 1
            ? FigureWithError.Over([.. Seeds.Select(seed => seed.WithoutBogus!.Accuracy)])
            : new(Seeds[0].WithoutBogus!.Accuracy, Seeds[0].WithoutBogus!.AccuracyError),
            FigureWithError.Over([.. Seeds.Select(seed => seed.MacroF1WithoutBogus)]))
        : null;

    public FigureWithError Accuracy => Seeds.Count > 1
        ? Over(scores => scores.Accuracy)
        : new(Seeds[0].Scores.Accuracy, Seeds[0].Scores.AccuracyError);

    /// <exception cref="BadInputException">There is no finished run, or a file of it is damaged.</exception>
    public static ComparedRun Open(string path)
    {
        var full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        if (CrossValidation.IsIn(full))
        {
            var validation = CrossValidation.Open(full);
            Predictions[] seeds = File.Exists(validation.PredictionsFile)
                ? [.. Predictions.ReadParts(validation.PredictionsFile, ["seed"]).Select(part => part.Predictions)]
                : [];
            var together = new ComparedRun(full, validation.RecipeName, validation.Source, validation.ReadMetrics(), seeds);
            var tested = (together.Metrics["bySeed"] as JsonArray ?? []).OfType<JsonObject>();
            return File.Exists(validation.PredictionsFile)
                ? Whole(together, tested.Sum(seed => new JsonFile(validation.MetricsFile, seed).Whole("samples")))
                : together;
        }

        var run = RunFolder.Open(full);
        var metrics = run.ReadMetrics();
        if (run.Recipe is not ClassifierRecipe)
        {
            return new ComparedRun(full, run.Recipe.Name, run.Source, metrics, []);
        }

        var samples = metrics["samples"]!;
        return File.Exists(run.Predictions)
            ? Whole(
                new ComparedRun(full, run.Recipe.Name, run.Source, metrics, [Predictions.Read(run.Predictions)]),
                (int)samples["test"]! is > 0 and var test ? test : (int)samples["validation"]!)
            : throw new BadInputException($"{path}: no predictions.csv; 'report {path}' writes it");
    }

    /// <exception cref="BadInputException">The file of answers was cut, or is of another training.</exception>
    private static ComparedRun Whole(ComparedRun run, int samples) => run.Seeds.Sum(seed => seed.Rows.Count) is var rows && rows == samples
        ? run
        : throw new BadInputException(
            $"{run.Path}: predictions.csv has {rows} rows of {samples} samples that metrics.json counts; 'report' of it writes it anew");

    /// <summary>The runs with names that tell them apart.</summary>
    public static IReadOnlyList<ComparedRun> Named(IReadOnlyList<ComparedRun> runs) => [.. runs.Select(run =>
        runs.Count(other => other.Name == run.Name) == 1 ? run : run with
        {
            Name = $"{System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(run.Path))}/{run.Name}",
        })];

    public FigureWithError Over(Func<ClassScores, double> figure) => FigureWithError.Over([.. Seeds.Select(seed => figure(seed.Scores))]);

    /// <summary>Recall of a class: ± standard error of a single run; not a number where the run does not know the class.</summary>
    public FigureWithError Recall(string name)
    {
        var label = Seeds[0].Classes.ToList().IndexOf(name);
        return label < 0 ? new(double.NaN, double.NaN)
            : Seeds.Count > 1 ? Over(scores => scores.Recall(label))
            : new(Seeds[0].Scores.Recall(label), Seeds[0].Scores.RecallError(label));
    }

    /// <summary>Of each sample tested, by object and alert: the share of the seeds with which it was answered rightly.</summary>
    public Dictionary<(string ObjectId, long Candid), double> Right() => Pooled.Rows
        .Zip(Pooled.Scores.Answers, (row, answer) => (Key: (row.ObjectId, row.Candid), Right: row.Label == answer ? 1.0 : 0.0))
        .GroupBy(each => each.Key).ToDictionary(group => group.Key, group => group.Average(each => each.Right));

    /// <summary>A number of the test set (the validation set where there is no test), with its deviation over seeds.</summary>
    public FigureWithError? Loss(string name) => (Metrics["test"] ?? Metrics["validation"])?[name] switch
    {
        JsonValue value => new((double)value, double.NaN),
        JsonObject over when over["mean"] is { } mean => new((double)mean, (double?)over["deviation"] ?? double.NaN),
        _ => null,
    };

    /// <summary>The names of the test set's losses.</summary>
    public IEnumerable<string> Losses => ((Metrics["test"] ?? Metrics["validation"]) as JsonObject ?? []).Select(pair => pair.Key)
        .Where(name => Loss(name) is not null);
}
