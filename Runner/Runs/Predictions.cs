using System.Globalization;
using Estampa.Data;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>A classifier's answer about one sample.</summary>
/// <param name="ObjectId">The object.</param>
/// <param name="Candid">The alert; of a sequence its last one.</param>
/// <param name="Label">The number of its true class.</param>
/// <param name="Probabilities">Of each class.</param>
internal sealed record Prediction(string ObjectId, long Candid, int Label, float[] Probabilities);

/// <summary>A classifier's answers about samples whose class is known: predictions.csv.</summary>
internal sealed class Predictions
{
    /// <summary>The class whose labels may be a score's and not a person's.</summary>
    public const string Bogus = "bogus";

    /// <summary>Why figures are given without that class too.</summary>
    public const string WhyWithoutBogus = "The label 'bogus' may come from a real/bogus score and not from a person, as in the labelled ZTF"
        + " alerts, and is then no ground truth: figures without bogus are of the samples of the other true classes alone, an answer"
        + " 'bogus' to one of which is wrong.";

    private const string ProbabilityPrefix = "p.";
    private readonly Lazy<ClassScores> scores;
    private readonly Lazy<ClassScores?> withoutBogus;

    public Predictions(IReadOnlyList<string> classes, IReadOnlyList<Prediction> rows)
    {
        Classes = classes;
        Rows = rows;
        withoutBogus = new(() =>
            Classes.Contains(Bogus) && Rows.Where(row => Classes[row.Label] != Bogus).ToArray() is { Length: > 0 } others
                ? new Predictions(Classes, others).Scores
                : null);
        scores = new(() => new ClassScores(
            [.. rows.Select(row => row.Label)], [.. rows.SelectMany(row => row.Probabilities)], classes.Count));
    }

    /// <summary>In the order of their numbers.</summary>
    public IReadOnlyList<string> Classes { get; }

    public IReadOnlyList<Prediction> Rows { get; }

    /// <summary>There must be a row.</summary>
    public ClassScores Scores => scores.Value;

    /// <summary>Of the samples whose true class is not bogus; null where there is no such class, or no other sample.</summary>
    public ClassScores? WithoutBogus => withoutBogus.Value;

    /// <summary>Mean F1 of the other classes on these samples.</summary>
    public double MacroF1WithoutBogus => WithoutBogus!.MeanF1(Enumerable.Range(0, Classes.Count).Where(label => Classes[label] != Bogus));

    /// <summary>Of sequences with an answer at each step: the share of right ones after so many steps, and of how many sequences.</summary>
    public IReadOnlyList<(double Accuracy, int Count)> BySteps { get; private init; } = [];

    /// <summary>Of sequences with an answer at each step the answer is that of their last step.</summary>
    /// <param name="classes">The classes.</param>
    /// <param name="table">Samples of these classes, one at least.</param>
    /// <param name="scorer">A classifier.</param>
    public static Predictions Of(IReadOnlyList<string> classes, SampleTable table, Scorer scorer)
    {
        var numbers = scorer.Classify(table);
        var steps = numbers.Length / table.Count / classes.Count;
        var labels = table.Samples[InputName.Labels];
        var rows = new List<Prediction>();
        var right = new int[steps];
        var counts = new int[steps];
        for (var sample = 0; sample < table.Count; sample++)
        {
            var own = labels.Numbers.AsSpan(sample * labels.Size, labels.Size);
            var last = Math.Min(own.LastIndexOfAnyExcept(-1f) + 1, steps) - 1;
            for (var step = 0; step <= last; step++)
            {
                var answer = Answer(sample, step);
                counts[step]++;
                right[step] += answer.AsSpan().IndexOf(answer.Max()) == (int)own[step] ? 1 : 0;
            }

            var label = (int)own[Math.Min(last, labels.Size - 1)];

            // One label a sequence and an answer at each step: the last step is where its rows end.
            last = labels.Size < steps ? Math.Min(table.Rows[sample].Length, steps) - 1 : last;
            rows.Add(new Prediction(table.ObjectId(sample), table.Candid(sample), label, Answer(sample, last)));
        }

        return new Predictions(classes, rows)
        {
            BySteps = steps > 1 && labels.Size == steps
                ? [.. counts.Select((count, step) => ((double)right[step] / count, count)).TakeWhile(step => step.count > 0)]
                : [],
        };

        float[] Answer(int sample, int step) => numbers.AsSpan(((sample * steps) + step) * classes.Count, classes.Count).ToArray();
    }

    /// <summary>As a table; columns in front name what the rows of each part share, such as seed and fold.</summary>
    public static void Write(
        string path, IReadOnlyList<string> classes, IReadOnlyList<string> parts,
        IEnumerable<(object[] Part, Prediction Row, string Answer)> rows) => AtomicFile.WriteText(
            path,
            Csv.Line([.. parts, "candid", "objectId", "class", "predicted", .. classes.Select(name => ProbabilityPrefix + name)])
            + string.Concat(rows.Select(each => Csv.Line([
                .. each.Part, each.Row.Candid, each.Row.ObjectId, classes[each.Row.Label], each.Answer,
                .. each.Row.Probabilities.Cast<object>(),
            ]))));

    public void Write(string path) => Write(path, Classes, [], Answered().Select(each => (Array.Empty<object>(), each.Row, each.Answer)));

    /// <summary>Each row with the name of its answer.</summary>
    public IEnumerable<(Prediction Row, string Answer)> Answered() =>
        Rows.Select((row, place) => (row, Classes[Scores.Answers[place]]));

    /// <summary>Reads one set of answers.</summary>
    /// <exception cref="BadInputException">The file is missing or damaged.</exception>
    public static Predictions Read(string path) => ReadParts(path, []) is [var only]
        ? only.Predictions
        : throw new BadInputException($"{path}: there is no row");

    /// <summary>Reads answers, and parts them by the columns of these names.</summary>
    /// <exception cref="BadInputException">The file is missing or damaged.</exception>
    public static IReadOnlyList<(string Part, Predictions Predictions)> ReadParts(string path, string[] parts)
    {
        var table = Csv.Read(path);
        int[] first = [.. parts.Select(table.Column)];
        int candid = table.Column("candid"), objectId = table.Column("objectId"), label = table.Column("class");
        var columns = Enumerable.Range(0, table.Header.Count)
            .Where(column => table.Header[column].StartsWith(ProbabilityPrefix, StringComparison.Ordinal)).ToArray();
        string[] classes = [.. columns.Select(column => table.Header[column][ProbabilityPrefix.Length..])];
        if (classes.Length < 2)
        {
            throw new BadInputException($"{path}: {classes.Length} columns of probabilities ({ProbabilityPrefix}CLASS); two are needed");
        }

        return [.. table.Rows
            .Select((cells, place) => (Part: string.Join(' ', first.Select(column => cells[column])), Row: Row(cells, place + 2)))
            .GroupBy(each => each.Part)
            .Select(group => (group.Key, new Predictions(classes, [.. group.Select(each => each.Row)])))];

        Prediction Row(string[] cells, int line)
        {
            BadInputException Bad(string what) => new($"{path}: row {line}: {what}");
            var probabilities = columns.Select(column => float.TryParse(cells[column], CultureInfo.InvariantCulture, out var share)
                && share is >= 0 and <= 1.0001f ? share : throw Bad($"'{cells[column]}' is no probability")).ToArray();
            var number = Array.IndexOf(classes, Plain(cells[label]));
            return new Prediction(
                Plain(cells[objectId]),
                long.TryParse(cells[candid], CultureInfo.InvariantCulture, out var id) ? id : throw Bad("the candid is no whole number"),
                number >= 0 ? number : throw Bad($"'{cells[label]}' is none of the classes"),
                probabilities);
        }
    }

    // The apostrophe that keeps a spreadsheet from taking text for a formula.
    private static string Plain(string cell) => cell.Length > 1 && cell[0] == '\'' && "=+-@\t\r".Contains(cell[1]) ? cell[1..] : cell;
}
