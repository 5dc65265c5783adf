using System.Text.Json.Nodes;
using Estampa.Models;
using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

[Collection(RunnerCollection.Name)]
public sealed class CrossValidationTests(RunnerFixture fixture)
{
    [Fact]
    public void FoldsAndSeedsAreRunsThatArePutTogetherAndGoOn()
    {
        var folder = fixture.New();
        string[] arguments =
        [
            "cross-validate", "stamp-vae", "--data", fixture.Gaussians, "--folds", "2", "--out", folder, "--threads", "2",
            "--set", "epochs=1", "batch=8", "latent=4",
        ];
        EstampaCommand.Succeed([.. arguments, "--seeds", "1"]);
        var model = File.ReadAllBytes(Path.Combine(folder, "seed-1-fold-2", "model.safetensors"));
        Directory.Delete(Path.Combine(folder, "seed-1-fold-1"), recursive: true);

        // What is missing is made, also another seed; what is there stays.
        var outcome = EstampaCommand.Succeed([.. arguments, "--seeds", "2", "--json"]);
        Assert.Contains("run 2 of 4: seed 1, fold 2 of 2: finished before", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(model, File.ReadAllBytes(Path.Combine(folder, "seed-1-fold-2", "model.safetensors")));
        var summary = JsonNode.Parse(outcome.Output)!;
        var losses = new List<double>();
        foreach (var seed in new[] { 1, 2 })
        {
            var metrics = new[] { 1, 2 }.Select(fold =>
                JsonNode.Parse(File.ReadAllText(Path.Combine(folder, $"seed-{seed}-fold-{fold}", "metrics.json")))!).ToArray();
            var counts = metrics.Select(each => (int)each["samples"]!["test"]!).ToArray();

            // Every sample is tested once with each seed, and an object's samples stand together.
            Assert.Equal(RunnerFixture.Count, counts.Sum());
            losses.Add(metrics.Zip(counts, (each, count) => (double)each["test"]!["loss"]! * count).Sum() / RunnerFixture.Count);
            Assert.Equal(losses[^1], (double)summary["bySeed"]![seed - 1]!["loss"]!, 9);
        }

        Assert.Equal(losses.Average(), (double)summary["test"]!["loss"]!["mean"]!, 9);
        Assert.Equal(Math.Abs(losses[0] - losses[1]) / Math.Sqrt(2), (double)summary["test"]!["loss"]!["deviation"]!, 9);

        var refused = EstampaCommand.Run([.. arguments, "--seeds", "2", "--set", "epochs=1", "batch=8", "latent=5"]);
        Assert.Equal(2, refused.Code);
        Assert.Contains($"--out {folder}: was begun with another", refused.Error, StringComparison.Ordinal);

        var page = Path.Combine(fixture.New(), "both.html");
        EstampaCommand.Succeed("report", folder, fixture.Run, "--out", page);
        var text = File.ReadAllText(page);
        Assert.Contains($"{NumberText.Fixed(losses.Average(), 3)} ± ", text, StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(fixture.Run), text, StringComparison.Ordinal);
        Assert.Equal(0, EstampaCommand.Run("report", folder).Code);
    }

    [Fact]
    public void AFoldIsTheTestAndTheOthersAreSplitWithoutOne()
    {
        var recipe = new StampVaeRecipe();
        foreach (var (name, value) in new[] { ("folds", "5"), ("seed", "3") })
        {
            recipe.Settings.Set(name, value);
        }

        var tested = new List<string>();
        for (var fold = 1; fold <= 5; fold++)
        {
            recipe.Settings.Set("fold", $"{fold}");
            var data = RunData.Open(fixture.Alerts, recipe, limit: null, _ => { });
            var (train, validation, test) = data.Split();
            Assert.Equal(data.All.Count, train.Count + validation.Count + test.Count);
            string[] Objects(SampleTable table) => [.. Enumerable.Range(0, table.Count).Select(table.ObjectId).Distinct()];
            Assert.Empty(Objects(train).Intersect(Objects(test)));
            Assert.Empty(Objects(validation).Intersect(Objects(test)));
            Assert.Empty(Objects(validation).Intersect(Objects(train)));
            Assert.NotEqual(0, validation.Count);
            tested.AddRange(Objects(test));
        }

        Assert.Equal(tested.Count, tested.Distinct().Count());
        Assert.Equal(tested.Order(), RunData.Open(fixture.Alerts, recipe, null, _ => { }).Stamps.ObjectIds.Distinct().Order());
    }

    [Fact]
    public void AComparisonSaysWhichDifferencesAreMoreThanChance()
    {
        // Three runs on the same 200 objects: the second is right where the first is and on 40 more, the third once more.
        ComparedRun Run(string name, int right) => new(
            Path.Combine(fixture.Folder, name), "classifier", "data", new JsonObject { ["parameters"] = 12345L, ["seconds"] = 7.4 },
            [new Predictions(["SN", "VS"], [.. Enumerable.Range(0, 200).Select(at => new Prediction(
                $"object-{at}", at, at % 2, at % 2 == 0 == at < right ? [.8f, .2f] : [.3f, .7f]))])]);
        var page = Path.Combine(fixture.New(), "comparison.html");
        ComparisonReport.Write(page, "Comparison", "", [Run("first", 140), Run("second", 180), Run("third", 141)]);
        var text = File.ReadAllText(page);

        // Of 200 differences 40 are 1: mean .2, error sqrt(.2 * .8 / 200).
        Assert.Contains("second is better than first by 20.0 ± 2.8 %.", text, StringComparison.Ordinal);
        Assert.Contains("second is better than third by", text, StringComparison.Ordinal);
        Assert.DoesNotContain("third is better", text, StringComparison.Ordinal);
        Assert.Contains("0.700 ± 0.032", text, StringComparison.Ordinal);
        Assert.Contains("12,345", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Too few", text, StringComparison.Ordinal);

        ComparisonReport.Write(page, "Comparison", "", [Run("first", 140), Run("third", 141)]);
        Assert.Contains("No difference in accuracy exceeds two standard errors", File.ReadAllText(page), StringComparison.Ordinal);

        // Equal names in other data are other samples, and other classes are another task.
        ComparisonReport.Write(page, "Comparison", "", [Run("first", 140), Run("second", 180) with { Data = "elsewhere" }]);
        Assert.Contains("400, none tested by both", File.ReadAllText(page), StringComparison.Ordinal);
        var other = new Predictions(["SN", "AGN"], Run("third", 141).Seeds[0].Rows);
        ComparisonReport.Write(page, "Comparison", "", [Run("first", 140), Run("third", 141) with { Seeds = [other] }]);
        Assert.DoesNotContain("two standard errors", File.ReadAllText(page), StringComparison.Ordinal);
    }

    [Fact]
    public void ATrainedClassifierIsScoredAndItsAnswersKept()
    {
        var recipe = new StepClassifierRecipe(21, steps: 0);
        foreach (var (name, value) in new[] { ("test", "0.4"), ("epochs", "2") })
        {
            recipe.Settings.Set(name, value);
        }

        var run = RunFolder.Create(fixture.New(), recipe, fixture.Alerts, limit: null, new DeviceChoice("cpu", Threads: 2));
        using (var training = new Training(run, new Progress(json: true)))
        {
            Assert.Equal(0, training.Run(out _));
        }

        var metrics = JsonNode.Parse(File.ReadAllText(run.Metrics))!;
        var predictions = Predictions.Read(run.Predictions);
        Assert.Equal(recipe.Classes, predictions.Classes);
        Assert.Equal((int)metrics["samples"]!["test"]!, predictions.Rows.Count);
        Assert.Equal(predictions.Scores.Accuracy, (double)metrics["test"]!["accuracy"]!);
        Assert.Equal(predictions.Scores.NegativeLogLikelihood, (double)metrics["test"]!["loss"]!, 5);
        Assert.NotNull(metrics["validation"]!["accuracy"]);
        var (_, _, test) = RunData.Open(fixture.Alerts, recipe, limit: null, _ => { }).Split();
        Assert.Equal(Enumerable.Range(0, test.Count).Select(test.Candid), predictions.Rows.Select(row => row.Candid));
        Assert.Equal(
            Enumerable.Range(0, test.Count).Select(test.Class), predictions.Rows.Select(row => predictions.Classes[row.Label]));
        Assert.Contains("Most confident mistakes", File.ReadAllText(run.Report), StringComparison.Ordinal);
    }

    [Fact]
    public void SeedsGiveTheirDeviation()
    {
        static Predictions Seed(int right) => new(
            ["SN", "VS"], [.. Enumerable.Range(0, 10).Select(at => new Prediction("a", at, 0, at < right ? [.8f, .2f] : [.3f, .7f]))]);
        var run = new ComparedRun("/runs/cv", "classifier", "data", [], [Seed(8), Seed(6)]);
        Assert.Equal(0.7, run.Accuracy.Value, 12);
        Assert.Equal(Math.Sqrt(0.02), run.Accuracy.Error, 12);
        Assert.Equal("0.700 ± 0.141", run.Recall("SN").Text(3));
        Assert.True(double.IsNaN(run.Recall("AGN").Value));
        Assert.Equal([1, .5, 0], new[] { 0L, 6L, 9L }.Select(candid => run.Right()[("a", candid)]));
        var twins = ComparedRun.Named([run, run with { Path = "/other/cv" }]);
        Assert.Equal(["runs/cv", "other/cv"], twins.Select(each => each.Name));
    }
}
