using System.Text.Json.Nodes;
using Estampa.Data;
using Estampa.Engine;
using Estampa.Models;
using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

/// <summary>What is reported of an autoencoder of sequences.</summary>
public sealed class SequenceReportTests : IDisposable
{
    private const int Side = RecurrentAutoencoder.Side;
    private const int Steps = 4;

    /// <summary>The rows of each sequence; row 5 is an earlier detection without a stamp.</summary>
    private static readonly int[][] Rows = [[0, 1, 2], [3], [5, 4, 6], [7, 8, 9, 10]];
    private readonly string folder = Directory.CreateTempSubdirectory("estampa-sequences-").FullName;

    [Fact]
    public void ErrorsAreThoseOfTheStampsThatAreThere()
    {
        var recipe = Recipe();
        var (train, unseen) = (Table(recipe, [0, 1]), Table(recipe, [2, 3]));
        using var weights = new Weights(Hosts.TwoThreads, recipe.Build(2).Graph, seed: 3);
        using var scorer = new Scorer(recipe, Hosts.TwoThreads, weights);
        var rebuilt = scorer.Reconstruct(unseen);
        int[] shown = [4, 6, 7, 8, 9, 10];
        float[] Model(int row)
        {
            var sample = row < 7 ? 0 : 1;
            var place = ((sample * Steps) + Array.IndexOf(Rows[sample + 2], row)) * Side * Side;
            return rebuilt[place..(place + (Side * Side))];
        }

        var metrics = SetMetrics.Of(recipe, unseen, scorer, 0, train, out _)!;
        Equal(shown.Average(row => Squared(Stamp(row), Model(row))), metrics[SetMetrics.ErrorPerStamp]);
        Equal((double)metrics["sequence"]!, metrics[SetMetrics.ErrorPerStamp]);
        Equal(shown.Average(row => Squared(Stamp(row), Mean(row < 7 ? [4, 6] : [7, 8, 9, 10]))), metrics[SetMetrics.MeanStampError]);
        Equal(shown.Average(row => Squared(Stamp(row), Mean([0, 1, 2, 3]))), metrics[SetMetrics.TrainingMeanStampError]);
        Assert.Null(SetMetrics.Of(recipe, unseen, scorer, 0, null, out _)![SetMetrics.TrainingMeanStampError]);

        ReportSection[] sections = [.. new SequenceReport(recipe, train, unseen, scorer).Sections()];
        Assert.Equal(
            ["Reconstructions", "Light curves", "Reconstruction error", "Latent space"], sections.Select(section => section.Heading));
        var table = sections[2].Tables[0];
        Assert.Equal(["all 2 6", "no class 1 2", "SN 1 4"], table.Rows.Select(row => string.Join(' ', row[..3])));
        Assert.Equal(NumberText.Fixed((double)metrics[SetMetrics.ErrorPerStamp]!, 3), table.Rows[0][3]);

        // Two rows of each stamp that is there, and the key's ramp; days count from the first stamp, not from the detection before it.
        Assert.Equal((2 * shown.Length) + 1, sections[0].Figures[0].Figure.Marks.OfType<PictureMark>().Count());
        var texts = sections[0].Figures[0].Figure.Marks.OfType<TextMark>().Select(mark => mark.Text).ToArray();
        Assert.Equal(["0", "1.50", "2.50", "3.50"], texts.Where(text => text is "0" or "1.50" or "2.50" or "3.50" or "1.00").Distinct());
        Assert.Equal(2, sections[1].Figures.Count);
    }

    [Fact]
    public void TheTrainingLossIsAStampAsTheValidationLossIs()
    {
        // One step of all training sequences that changes nothing: its loss is that of the model it leaves.
        var recipe = Recipe(("epochs", "1"), ("batch", "100"), ("rate", "1e-12"), ("steps", "30"), ("augment", "false"));
        var run = RunFolder.Create(
            Path.Combine(folder, "run"), recipe, "simulated-sequences:28", limit: null, new DeviceChoice("cpu", Threads: 2));
        using (var training = new Training(run, new Progress(json: true)))
        {
            Assert.Equal(0, training.Run(out _));
        }

        using var trained = new TrainedRun(run.FullPath, new DeviceChoice("cpu", Threads: 2));
        var (train, _, _) = trained.Open(null, _ => { }).Split();
        Assert.NotEqual(train.Count * 30, train.StampCount);
        var scores = trained.Scorer.Score(train, stage: 0);
        var row = Assert.Single(trained.Journal().Rows);
        Assert.Equal(1, row.Train["sequence"] / scores.Parts["sequence"], 1e-4);
        Assert.Equal(1, row.Train["stamp"] / scores.Parts["stamp"], 1e-4);
        Assert.Equal(1, row.TrainLoss / (scores.Parts["sequence"] + (0.1 * scores.Parts["stamp"])), 1e-4);
        Assert.Contains("Light curves", File.ReadAllText(run.Report), StringComparison.Ordinal);
    }

    [Fact]
    public void AutoencodersOfStampsAndOfSequencesAreSetSideBySide()
    {
        static ComparedRun Run(string name, JsonObject test) => new($"/runs/{name}", name, "data", new JsonObject { ["test"] = test }, []);
        var page = Path.Combine(folder, "comparison.html");
        ComparisonReport.Write(page, "Comparison", "",
        [
            Run("recurrent-ae", new JsonObject
            {
                ["loss"] = 1.5, [SetMetrics.ErrorPerStamp] = 1.5, [SetMetrics.MeanStampError] = 2.25,
                [SetMetrics.TrainingMeanStampError] = 9.125,
            }),
            Run("stamp-ae", new JsonObject { ["loss"] = 3.5, [SetMetrics.ErrorPerStamp] = 3.75 }),
        ]);
        var text = File.ReadAllText(page);
        Assert.DoesNotContain(SetMetrics.ErrorPerStamp, text, StringComparison.Ordinal);
        Assert.Contains("own mean stamp", text, StringComparison.Ordinal);
        Assert.All(["1.500", "2.250", "9.125", "3.750"], number => Assert.Contains($">{number}<", text, StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static void Equal(double expected, JsonNode? value) => Assert.Equal(1, (double)value! / expected, 1e-5);

    private static RecurrentAutoencoderRecipe Recipe(params (string Name, string Value)[] settings)
    {
        var recipe = new RecurrentAutoencoderRecipe();
        (string Name, string Value)[] small =
        [
            ("steps", $"{Steps}"), ("batch", "3"), ("width", "2"), ("code", "3"), ("hidden", "4"), ("latent", "3"),
        ];
        foreach (var (name, value) in small.Concat(settings))
        {
            recipe.Settings.Set(name, value);
        }

        return recipe;
    }

    private static float[] Stamp(int row) => row == 5 ? new float[Side * Side]
        : [.. Enumerable.Range(0, Side * Side).Select(pixel => Noise.Normal(7, 0, 1, (uint)row, (uint)pixel))];

    private static float[] Mean(int[] rows) =>
        [.. Enumerable.Range(0, Side * Side).Select(pixel => (float)rows.Average(row => (double)Stamp(row)[pixel]))];

    private static double Squared(float[] one, float[] other) => one.Zip(other, (x, y) => ((double)x - y) * ((double)x - y)).Sum();

    /// <summary>These sequences of a set of noise with a stamp a day, the detection a day before row 4 among them.</summary>
    private static SampleTable Table(RecurrentAutoencoderRecipe recipe, int[] sequences)
    {
        var count = Rows.Sum(rows => rows.Length);
        var owner = Rows.SelectMany((rows, sequence) => rows.Select(row => (row, sequence)))
            .ToDictionary(pair => pair.row, pair => pair.sequence);
        var all = Enumerable.Range(0, count).ToArray();
        var set = new StampSet
        {
            Count = count,
            Height = Side,
            Width = Side,
            Channels = ["science"],
            Pixels = [.. all.SelectMany(Stamp)],
            Offsets = new float[count],
            Factors = new float[count],
            Candids = [.. all.Select(row => (long)row)],
            ObjectIds = [.. all.Select(row => $"object-{owner[row]}")],
            Classes = [.. all.Select(row => owner[row] == 3 ? "SN" : "")],
            Magnitudes = new float[count],
            JulianDates = [.. all.Select(row => row == 5 ? 3.0 : row == 4 ? 4.5 : row > 7 ? row + .5 : row)],
            HasStamp = [.. all.Select(row => row != 5)],
            Source = "noise",
        };
        var inputs = recipe.Build(2).Inputs.Select(input => (input.Name, input.Shape.Count / 2)).ToArray();
        return new SampleTable(set, [.. sequences.Select(sequence => Rows[sequence])], new SampleColumns(set, recipe.Needs, inputs).Fill);
    }
}
