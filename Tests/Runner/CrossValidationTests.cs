using System.Text.Json.Nodes;
using Estampa.Data;
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

    /// <summary>Folders with a configuration alone are runs that were begun; what does not belong is found before any training.</summary>
    [Fact]
    public void RunsOfOtherDataOrSettingsAreNotTakenTogether()
    {
        var device = new DeviceChoice("cpu", Threads: 1);
        var folder = fixture.New();
        Recipe Recipe(int seed, params (string, string)[] more) =>
            ModelFixture.With<StampVaeRecipe>([("epochs", "1"), ("batch", "4"), ("seed", $"{seed}"), .. more]);
        void Begun(int seed, Recipe recipe, string sum)
        {
            var path = Path.Combine(folder, $"seed-{seed}");
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }

            var run = RunFolder.Create(path, recipe, fixture.Gaussians, limit: null, device);
            run.DataSum = sum;
            run.Claim().Dispose();
            run.WriteConfig();
        }

        void Refused(int seed, string named)
        {
            var all = CrossValidation.Create(folder, Recipe(1), fixture.Gaussians, limit: null, device, folds: 0, seeds: 3);
            foreach (var act in new Action[] { () => all.Summarise(), () => all.Train(null!, null, device, new Progress(json: true)) })
            {
                var error = Assert.Throws<BadInputException>(act);
                Assert.StartsWith(Path.Combine(folder, $"seed-{seed}"), error.Message, StringComparison.Ordinal);
                Assert.Contains(named, error.Message, StringComparison.Ordinal);
            }
        }

        Begun(1, Recipe(1), "sum");
        Begun(2, Recipe(1), "sum");
        Refused(2, "its seed is '1', not '2'");
        Begun(2, Recipe(2, ("latent", "5")), "sum");
        Refused(2, "its latent is '5', not '30'");
        Begun(2, Recipe(2, ("batch", "8")), "sum");
        Refused(2, "its batch is '8', not '4'");
        Begun(2, Recipe(2, ("folds", "3")), "sum");
        Refused(2, "its folds is '3', not '0'");
        Begun(2, ModelFixture.With<StampAutoencoderRecipe>(("seed", "2")), "sum");
        Refused(2, "its recipe is 'stamp-ae', not 'stamp-vae'");
        Begun(2, Recipe(2), "other");
        Refused(2, "its dataSha256 is 'other', not 'sum'");

        // A batch of more than all training samples was lowered to them.
        Begun(2, Recipe(2, ("batch", "3")), "sum");
        File.WriteAllText(
            Path.Combine(folder, "seed-2", "metrics.json"),
            File.ReadAllText(Path.Combine(fixture.Run, "metrics.json")).Replace("\"train\": 9", "\"train\": 3, \"was\": 9"));
        Begun(3, Recipe(3), "third");
        Refused(3, "its dataSha256 is 'third', not 'sum'");
        Directory.Delete(Path.Combine(folder, "seed-3"), recursive: true);
        File.Copy(Path.Combine(fixture.Run, "metrics.json"), Path.Combine(folder, "seed-1", "metrics.json"));

        // Two are finished; the data are no longer those that they saw, and nothing is begun.
        var more = CrossValidation.Create(folder, Recipe(1), fixture.Gaussians, limit: null, device, folds: 0, seeds: 3);
        var changed = Assert.Throws<BadInputException>(() =>
            more.Train((seed, _) => Recipe(seed), null, device, new Progress(json: true)));
        Assert.StartsWith($"{fixture.Gaussians}: not the data", changed.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder, "seed-3")));
    }

    [Fact]
    public void AnswersThatWereCutAreNotCompared()
    {
        var folder = Directory.CreateDirectory(fixture.New()).FullName;
        void Write(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);
        Write("cross-validation.json", "{ \"recipe\": \"stamp-classifier\", \"data\": \"simulated\", \"folds\": 0, \"seeds\": 2 }");
        Write("metrics.json", "{ \"seconds\": 1, \"samples\": { \"test\": 2 }, \"test\": {}, \"bySeed\": "
            + "[{ \"samples\": 3 }, { \"samples\": 2 }] }");
        void Answers(int count) => Predictions.Write(
            Path.Combine(folder, "predictions.csv"), ["SN", "VS"], ["seed", "fold"], Enumerable.Range(0, count).Select(row =>
                (new object[] { 1 + (row % 2), 1 }, new Prediction("a", row, 0, [.75f, .25f]), "SN")));
        Answers(5);
        Assert.Equal(2, ComparedRun.Open(folder).Seeds.Count);
        foreach (var count in new[] { 4, 0 })
        {
            Answers(count);
            var error = Assert.Throws<BadInputException>(() => ComparedRun.Open(folder));
            Assert.StartsWith($"{folder}: predictions.csv has {count} rows of 5 samples", error.Message, StringComparison.Ordinal);
        }
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
