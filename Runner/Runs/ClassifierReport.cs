using Estampa.Models;

namespace Estampa.Runner;

/// <summary>What the report of a classifier shows besides its loss.</summary>
internal sealed class ClassifierReport(ClassifierRecipe recipe, SampleTable unseen, Scorer scorer)
{
    /// <summary>Fewer samples of a class than this are too few for a claim: the standard error of a recall may then be 5 %.</summary>
    public const int FewestOfAClass = 100;

    /// <summary>Says that, before the classes' numbers.</summary>
    public static readonly string FewMeans = $"Too few for a claim are fewer than {FewestOfAClass} samples of a class"
        + " (an error of 0, where all or none are right, is no certainty)";

    private const int Mistakes = 12;
    private const int MostFrames = 3;
    private readonly Predictions predictions = Predictions.Of(recipe.Classes, unseen, scorer);

    private ClassScores Scores => predictions.Scores;

    public IEnumerable<ReportSection> Sections()
    {
        yield return new(
            "Classes",
            $"{OfObjects(unseen)} that the training did not see: {Percent(Scores.Accuracy, Scores.AccuracyError)} right (± one standard"
            + $" error), macro-F1 {NumberText.Fixed(Scores.MacroF1, 3)}, mean recall of the classes"
            + $" {NumberText.Fixed(Scores.MacroRecall, 3)}.{WithoutBogus()} {FewText(predictions)}",
            [Confusion(predictions, "confusion", "")],
            [ByClass(predictions)]);
        yield return new(
            "Calibration",
            "Where the model says 0.8 it should be right in eight of ten cases. The expected calibration error is the mean distance of the"
            + $" bins from the diagonal, weighted by their samples: {NumberText.Fixed(Scores.CalibrationError, 3)}.",
            [Calibration(predictions, "calibration", "")],
            []);
        if (predictions.BySteps.Count > 1)
        {
            yield return new("Accuracy by step", "", [BySteps()], []);
        }

        yield return new(
            "Most confident mistakes",
            "Unseen samples whose answer is wrong, the surest first. What looks right at second sight may be a wrong label.",
            WorstCases(),
            []);
        yield return new(
            "Code",
            "The last layer before the classes, of unseen samples, along its two directions of greatest variance.",
            CodeFigures.Of(scorer.Encode(unseen), unseen),
            []);
        if (recipe.Published.Count > 0)
        {
            yield return new(
                "Published figures",
                $"Figures that others give for such a model, on their own data, beside ours. {FewText(predictions)}",
                [],
                [Published()]);
        }
    }

    public static ReportFigure Confusion(Predictions predictions, string name, string title) => new(
        name,
        new ConfusionMatrix(predictions.Classes, predictions.Scores.Confusion) { Title = title }.Draw(),
        "Rows: the true class; columns: the answer. Counts, and their share of the row.");

    public static ReportFigure Calibration(Predictions predictions, string name, string title) => new(
        name,
        new ReliabilityDiagram(predictions.Scores.Bins) { Title = title }.Draw(),
        $"Share of right answers by their probability, {predictions.Scores.Bins.Count} bins, with counts. Expected calibration error"
        + $" {NumberText.Fixed(predictions.Scores.CalibrationError, 3)}.");

    public static ReportTable ByClass(Predictions predictions)
    {
        var scores = predictions.Scores;
        return new(
            ["class", "precision", "recall", "± error", "F1", "samples"],
            [.. predictions.Classes.Select((name, label) => new[]
            {
                name,
                NumberText.Fixed(scores.Precision(label), 3),
                NumberText.Fixed(scores.Recall(label), 3),
                NumberText.Fixed(scores.RecallError(label), 3),
                NumberText.Fixed(scores.F1(label), 3),
                $"{scores.Support(label)}",
            })],
            "Precision, recall with its standard error, F1 and samples of each class.");
    }

    /// <summary>Which classes have too few samples for a claim, as a sentence; "" where none has.</summary>
    public static string FewText(Predictions predictions) =>
        Few(predictions) is { Length: > 0 } few ? $"{FewMeans}: {few}." : "";

    /// <summary>The classes of fewer samples than a claim needs, with their numbers: "AGN 11, SN 32".</summary>
    public static string Few(Predictions predictions) => string.Join(", ", predictions.Classes
        .Select((name, label) => (Name: name, Count: predictions.Scores.Support(label)))
        .Where(each => each.Count < FewestOfAClass).Select(each => $"{each.Name} {each.Count}"));

    public static string Percent(double share, double error) =>
        $"{NumberText.Fixed(100 * share, 1)} ± {NumberText.Fixed(100 * error, 1)} %";

    private string WithoutBogus() => predictions.WithoutBogus is { } without
        ? $" Without bogus: {Percent(without.Accuracy, without.AccuracyError)} right, macro-F1"
            + $" {NumberText.Fixed(predictions.MacroF1WithoutBogus, 3)}. {Predictions.WhyWithoutBogus}"
        : "";

    private static string OfObjects(SampleTable table) =>
        $"{table.Count} samples of {Enumerable.Range(0, table.Count).Select(table.ObjectId).Distinct().Count()} objects";

    private ReportFigure BySteps()
    {
        var steps = predictions.BySteps;
        double[] numbers = [.. steps.Select((_, step) => step + 1.0)];
        double[] errors = [.. steps.Select(step => Math.Sqrt(step.Accuracy * (1 - step.Accuracy) / step.Count))];
        return new ReportFigure(
            "accuracy-by-step",
            new LineChart(
            [
                new Series("accuracy", numbers, [.. steps.Select(step => step.Accuracy)]),
                new Series("+ standard error", numbers, [.. steps.Zip(errors, (step, error) => step.Accuracy + error)]),
                new Series("− standard error", numbers, [.. steps.Zip(errors, (step, error) => step.Accuracy - error)]),
            ])
            {
                Title = "Accuracy after so many steps",
                XTitle = "step",
                YTitle = "share that is right",
            }.Draw(),
            $"Of the sequences that have so many steps: {steps[0].Count} at the first, {steps[^1].Count} at step {steps.Count}.");
    }

    private List<ReportFigure> WorstCases()
    {
        var wrong = predictions.Rows.Select((row, place) => (Row: row, Rows: Frames(place), Answer: Scores.Answers[place]))
            .Where(each => each.Answer != each.Row.Label).ToList();
        var worst = wrong.OrderByDescending(each => each.Row.Probabilities[each.Answer]).Take(Mistakes).ToArray();
        if (worst.Length == 0)
        {
            return [];
        }

        var set = unseen.Stamps;
        var columns = new List<StampColumn>();
        var frames = worst.Max(each => Math.Min(each.Rows.Length, MostFrames));
        for (var frame = frames - 1; frame >= 0; frame--)
        {
            for (var channel = 0; channel < set.Channels.Length; channel++)
            {
                var name = set.Channels[channel];
                columns.Add(new StampColumn(
                    frames == 1 ? name : frame == 0 ? $"{name}, last" : $"{name}, −{frame}",
                    [.. worst.Select(each => Plane(each.Rows, frame, channel))],
                    StampScale.Own));
            }
        }

        var grid = new StampGrid(set.Height, set.Width, columns)
        {
            Labels = [.. worst.Select(each => (IReadOnlyList<string>)
            [
                each.Row.ObjectId,
                $"{each.Row.Candid}",
                $"{predictions.Classes[each.Row.Label]} → {predictions.Classes[each.Answer]}",
                NumberText.Fixed(each.Row.Probabilities[each.Answer], 3),
            ])],
            Blocks = columns.Count <= 3 ? 2 : 1,
            Magnification = Math.Clamp(105.0 / set.Width, 1.5, 5),
        };
        return
        [
            new ReportFigure(
                "mistakes",
                grid.Draw(),
                $"{worst.Length} of {wrong.Count} mistakes: object, alert, true class → answer, its probability. Stretch:"
                + $" {grid.Stretch.Name}, each stamp its own range."),
        ];
    }

    /// <summary>Those rows of a sample that have a stamp.</summary>
    private int[] Frames(int sample) => [.. unseen.StampSteps(sample).Select(step => unseen.Rows[sample][step])];

    /// <summary>A channel of the last frame but so many; blank where the sequence is shorter.</summary>
    private float[] Plane(int[] rows, int frame, int channel)
    {
        var set = unseen.Stamps;
        var plane = new float[set.Height * set.Width];
        if (frame >= rows.Length)
        {
            Array.Fill(plane, float.NaN);
            return plane;
        }

        var pixels = set.Sample(rows[rows.Length - 1 - frame]);
        for (var pixel = 0; pixel < plane.Length; pixel++)
        {
            plane[pixel] = pixels[(pixel * set.Channels.Length) + channel];
        }

        return plane;
    }

    private ReportTable Published() => new(
        ["what", "figure", "source"],
        [
            .. recipe.Published.Select(row => new[] { row.What, row.Figure, row.Source }),
            [
                "ours: accuracy", Percent(Scores.Accuracy, Scores.AccuracyError),
                $"{Scores.Count} unseen samples of this run",
            ],
            ["ours: mean recall", $"{NumberText.Fixed(100 * Scores.MacroRecall, 1)} %", "the same"],
            ["ours: macro-F1", NumberText.Fixed(Scores.MacroF1, 3), "the same"],
            .. predictions.Classes.Select((name, label) => new[]
            {
                $"ours: recall of {name}",
                Percent(Scores.Recall(label), Scores.RecallError(label)),
                $"{Scores.Support(label)} unseen samples"
                    + (Scores.Support(label) < FewestOfAClass ? ": too few for a claim" : ""),
            }),
        ],
        "± is one standard error of our figure. Other data, other difficulty: figures on different sets are no ranking.");
}
