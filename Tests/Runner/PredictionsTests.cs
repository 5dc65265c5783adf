using Estampa.Data;
using Estampa.Engine;
using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

public sealed class PredictionsTests : IDisposable
{
    private const int Side = 5;
    private static readonly string[] Classes = ["SN", "VS", "bogus"];
    private readonly string folder = Directory.CreateTempSubdirectory("estampa-predictions-").FullName;

    [Fact]
    public void OfASequenceTheAnswerIsThatOfItsLastStep()
    {
        // Lengths 3, 1, 2, 3 and 2 of at most 3 steps, in batches of 4.
        int[][] rows = [[0, 1, 2], [3], [4, 5], [6, 7, 8], [9, 10]];
        var recipe = new StepClassifierRecipe(Side, steps: 3);
        var table = Table(recipe, rows);
        using var weights = new Weights(Hosts.TwoThreads, recipe.Build(2).Graph, seed: 3);
        using var scorer = new Scorer(recipe, Hosts.TwoThreads, weights);
        var all = scorer.Classify(table);
        var predictions = Predictions.Of(Classes, table, scorer);
        Assert.Equal(rows.Select(each => (long)each[^1]), predictions.Rows.Select(row => row.Candid));
        Assert.Equal([0, 1, 2, 0, 1], predictions.Rows.Select(row => row.Label));
        for (var sample = 0; sample < rows.Length; sample++)
        {
            var last = ((sample * 3) + rows[sample].Length - 1) * 3;
            Assert.Equal(all[last..(last + 3)], predictions.Rows[sample].Probabilities);
        }

        Assert.Equal([5, 4, 2], predictions.BySteps.Select(step => step.Count));
        double Right(int step) => rows.Select((each, sample) => (each, sample)).Where(pair => pair.each.Length > step).Average(pair =>
        {
            var answer = all[(((pair.sample * 3) + step) * 3)..][..3];
            return Array.IndexOf(answer, answer.Max()) == pair.sample % 3 ? 1.0 : 0.0;
        });
        Assert.Equal([Right(0), Right(1), Right(2)], predictions.BySteps.Select(step => step.Accuracy));
        var names = new ClassifierReport(recipe, table, scorer).Sections().SelectMany(section => section.Figures).Select(each => each.Name);
        Assert.Contains("accuracy-by-step", names);
    }

    [Fact]
    public void TheFileGivesBackWhatWasWritten()
    {
        var predictions = new Predictions(["SN", "=VS"],
        [
            new Prediction("ZTF1", 1234567890123456789, 0, [.9f, .1f]),
            new Prediction("-a,b", -1, 1, [1f / 3, 2f / 3]),
        ]);
        var path = Path.Combine(folder, "predictions.csv");
        predictions.Write(path);
        var read = Predictions.Read(path);
        Assert.Equal(predictions.Classes, read.Classes);
        Assert.Equal(
            predictions.Rows.Select(row => (row.ObjectId, row.Candid, row.Label)),
            read.Rows.Select(row => (row.ObjectId, row.Candid, row.Label)));
        Assert.Equal(predictions.Rows.SelectMany(row => row.Probabilities), read.Rows.SelectMany(row => row.Probabilities));
        Assert.Equal(["candid", "objectId", "class", "predicted", "p.SN", "p.=VS"], Csv.Read(path).Header);
    }

    [Fact]
    public void BogusIsReportedApart()
    {
        // True and answered: SN SN, SN bogus, VS VS, VS SN, bogus SN, bogus bogus.
        (int Label, int Answer)[] pairs = [(0, 0), (0, 2), (1, 1), (1, 0), (2, 0), (2, 2)];
        var predictions = new Predictions(Classes, [.. pairs.Select((pair, at) =>
            new Prediction("a", at, pair.Label, [.. Enumerable.Range(0, 3).Select(label => label == pair.Answer ? .8f : .1f)]))]);
        var without = SetMetrics.Of(predictions)["withoutBogus"]!;
        Assert.Equal(0.5, (double)without["accuracy"]!);
        Assert.Equal(0.25, (double)without["accuracyError"]!);

        // Of four samples: SN with two answers, one right, and VS with one, which is right.
        Assert.Equal(((2.0 * 1 / (2 + 2)) + (2.0 * 1 / (2 + 1))) / 2, (double)without["macroF1"]!, 12);
        Assert.Null(SetMetrics.Of(new Predictions(["SN", "VS", "AGN"], predictions.Rows))["withoutBogus"]);
        Assert.Null(SetMetrics.Of(new Predictions(Classes, [.. predictions.Rows.Skip(4)]))["withoutBogus"]);
        var page = Path.Combine(folder, "comparison.html");
        ComparisonReport.Write(page, "Comparison", "", [new ComparedRun("/runs/a", "classifier", "data", [], [predictions])]);
        Assert.Contains("0.500 ± 0.250", File.ReadAllText(page), StringComparison.Ordinal);
    }

    [Fact]
    public void PartsAreReadApart()
    {
        var path = Path.Combine(folder, "parts.csv");
        Prediction[] rows = [new("a", 1, 0, [.9f, .1f]), new("b", 2, 1, [.2f, .8f]), new("a", 1, 0, [.4f, .6f])];
        Predictions.Write(
            path, ["SN", "VS"], ["seed", "fold"],
            rows.Select((row, place) => (new object[] { (place / 2) + 1, (place % 2) + 1 }, row, "SN")));
        var parts = Predictions.ReadParts(path, ["seed"]);
        Assert.Equal([("1", 2), ("2", 1)], parts.Select(part => (part.Part, part.Predictions.Rows.Count)));
        Assert.Equal([1.0, 0.0], parts.Select(part => part.Predictions.Scores.Accuracy));
    }

    [Theory]
    [InlineData("candid,objectId,class,predicted,p.SN,p.VS\n1,a,SN,SN,many,0\n", "row 2: 'many' is no probability")]
    [InlineData("candid,objectId,class,predicted,p.SN,p.VS\n1,a,SN,SN,NaN,0\n", "row 2: 'NaN' is no probability")]
    [InlineData("candid,objectId,class,predicted,p.SN,p.VS\n1,a,AGN,SN,1,0\n", "row 2: 'AGN' is none of the classes")]
    [InlineData("candid,objectId,class,predicted,p.SN,p.VS\nx,a,SN,SN,1,0\n", "row 2: the candid is no whole number")]
    [InlineData("candid,objectId,class,predicted,p.SN,p.VS\n", "there is no row")]
    [InlineData("candid,objectId,class,predicted,p.SN\n1,a,SN,SN,1\n", "1 columns of probabilities")]
    [InlineData("objectId,class,p.SN,p.VS\na,SN,1,0\n", "there is no column 'candid'")]
    public void ADamagedFileIsRefused(string text, string reason)
    {
        var path = Path.Combine(folder, "damaged.csv");
        File.WriteAllText(path, text);
        var error = Assert.Throws<BadInputException>(() => Predictions.Read(path));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheReportOfAClassifierHasEverySection()
    {
        int[][] rows = [.. Enumerable.Range(0, 30).Select(row => new[] { row })];
        var recipe = new StepClassifierRecipe(Side, steps: 0);
        var table = Table(recipe, rows);
        using var weights = new Weights(Hosts.TwoThreads, recipe.Build(2).Graph, seed: 3);
        using var scorer = new Scorer(recipe, Hosts.TwoThreads, weights);
        ReportSection[] sections = [.. new ClassifierReport(recipe, table, scorer).Sections()];
        Assert.Equal(
            ["Classes", "Calibration", "Most confident mistakes", "Code", "Published figures"],
            sections.Select(section => section.Heading));
        var scores = Predictions.Of(Classes, table, scorer).Scores;
        Assert.Contains($"{ClassifierReport.FewMeans}: SN 10, VS 10, bogus 10.", sections[0].Text, StringComparison.Ordinal);
        Assert.Equal(
            Classes.Select((name, label) => $"{name} {NumberText.Fixed(scores.Recall(label), 3)}"),
            sections[0].Tables[0].Rows.Select(row => $"{row[0]} {row[2]}"));
        Assert.Contains(sections[^1].Tables[0].Rows, row => row is ["accuracy", "94.1 %", "the paper"]);

        // The surest mistakes by their probability, with their ids.
        var metrics = SetMetrics.Of(recipe, table, scorer, 0, null, out var predictions)!;
        var worst = predictions!.Answered().Where(each => Classes[each.Row.Label] != each.Answer)
            .MaxBy(each => each.Row.Probabilities.Max());
        var texts = sections[2].Figures[0].Figure.Marks.OfType<TextMark>().Select(mark => mark.Text).ToArray();
        Assert.Contains(worst.Row.ObjectId, texts);
        Assert.Contains($"{Classes[worst.Row.Label]} → {worst.Answer}", texts);
        Assert.Equal(scores.Accuracy, (double)metrics["accuracy"]!);
        Assert.Equal(scores.NegativeLogLikelihood, (double)metrics["cross-entropy"]!, 5);
        Assert.Equal(10, (int)metrics["classes"]!["VS"]!["support"]!);
        Assert.Equal(scores.Confusion[0, 1], (int)metrics["confusion"]![0]![1]!);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Samples of these rows of a set of noise; the class of sample n is n mod 3.</summary>
    private static SampleTable Table(StepClassifierRecipe recipe, int[][] rows)
    {
        var count = rows.Sum(each => each.Length);
        var owner = rows.SelectMany((each, sample) => each.Select(row => (row, sample)))
            .ToDictionary(pair => pair.row, pair => pair.sample);
        var set = new StampSet
        {
            Count = count,
            Height = Side,
            Width = Side,
            Channels = ["science"],
            Pixels = [.. Enumerable.Range(0, count * Side * Side).Select(place => Noise.Normal(7, 0, 1, 0, (uint)place))],
            Offsets = new float[count],
            Factors = new float[count],
            Candids = [.. Enumerable.Range(0, count).Select(row => (long)row)],
            ObjectIds = [.. Enumerable.Range(0, count).Select(row => $"object-{owner[row]}")],
            Classes = [.. Enumerable.Range(0, count).Select(row => Classes[owner[row] % 3])],
            Magnitudes = new float[count],
            JulianDates = [.. Enumerable.Range(0, count).Select(row => (double)row)],
            Source = "noise",
        };
        var inputs = recipe.Build(2).Inputs.Select(input => (input.Name, input.Shape.Count / 2)).ToArray();
        return new SampleTable(set, rows, new SampleColumns(set, recipe.Needs, inputs).Fill);
    }
}
