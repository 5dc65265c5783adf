using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Estampa.Data;
using Estampa.Engine;
using Estampa.Models;
using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

/// <summary>What <c>train</c> prints and leaves in a run's folder.</summary>
[Collection(RunnerCollection.Name)]
public sealed partial class TrainTests(RunnerFixture fixture)
{
    private static readonly string[] Parts = ["reconstruction", "divergence"];

    /// <summary>A rate at which the loss ends up infinite, halved until it does not.</summary>
    [Fact]
    public void ATrainingThatDivergesGoesBackWithHalfTheRateWhereTold()
    {
        var run = fixture.New();
        var outcome = EstampaCommand.Run(fixture.Train(run, "--rate", "9"));
        Assert.Equal(3, outcome.Code);
        Assert.Contains("error: epoch 1", outcome.Error, StringComparison.Ordinal);
        run = fixture.New();
        outcome = EstampaCommand.Succeed(fixture.Train(run, "--rate", "9", "--set", "non-finite=rollback"));
        Assert.Contains("from now on with 0.5 of the rate", outcome.Output, StringComparison.Ordinal);
        Assert.Equal(RunnerFixture.Epochs, Csv.Read(Path.Combine(run, "journal.csv")).Rows.Count);
    }

    /// <summary>As on a machine of one core: the runtime and its pool of threads have one too.</summary>
    [Fact]
    public void OneCoreTrainsToTheSameBits()
    {
        var run = fixture.New();
        using var command = EstampaCommand.StartWith("DOTNET_PROCESSOR_COUNT", "1", fixture.Train(run));
        var outcome = command.End();
        Assert.Equal(0, outcome.Code);
        Assert.Contains("1 thread,", outcome.Output, StringComparison.Ordinal);
        Assert.Equal(Model(fixture.Run), Model(run));
    }

    [Fact]
    public void AClosedStandardErrorIsNoFault()
    {
        Assert.Equal(2, EstampaCommand.RunWithoutError("train", "nothing").Code);
        Assert.Equal(0, EstampaCommand.RunWithoutError("evaluate", fixture.Run).Code);
    }

    /// <summary>One test image with a pixel whose square is beyond floats: the run ends as others do.</summary>
    [Fact]
    public void ATestLossThatIsNotFiniteIsTold()
    {
        var (file, run) = (Path.Combine(fixture.New(), "images.npy"), fixture.New());
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var pixels = Npy.Read(fixture.Gaussians).Floats().ToArray();

        string[] train =
            ["train", "stamp-ae", "--data", file, "--epochs", "1", "--batch", "32", "--set", "scaling=none", "output=identity"];
        Npy.Write(file, pixels, RunnerFixture.Count, 21, 21);
        var recipe = new StampAutoencoderRecipe();
        recipe.Settings.Set("scaling", "none");
        var tested = RunData.Open(file, recipe, limit: null, _ => { }).Split().Test.Rows[0][0];
        pixels[tested * 21 * 21] = 1e25f;
        Npy.Write(file, pixels, RunnerFixture.Count, 21, 21);
        EstampaCommand.Succeed([.. train, "--out", run]);
        Assert.Null(JsonNode.Parse(File.ReadAllText(Path.Combine(run, "metrics.json")))!["test"]!["loss"]);
        Assert.Contains("not finite", File.ReadAllText(Path.Combine(run, "report.html")), StringComparison.Ordinal);
        EstampaCommand.Succeed("report", run);
        EstampaCommand.Succeed("evaluate", run);
    }

    [Fact]
    public void AClosedPipeDoesNotEndATraining()
    {
        var run = fixture.New();
        EstampaCommand.RunIntoAClosedPipe(fixture.Train(run));
        Assert.Equal(Model(fixture.Run), Model(run));
        Assert.True(File.Exists(Path.Combine(run, "report.html")));
    }

    /// <summary>Sets as small as they can be.</summary>
    [Theory]
    [InlineData(1, 2, "1 object in 1 samples: nothing to split")]
    [InlineData(2, 2, "1 training sample; at least 2 are needed")]
    [InlineData(3, 0, "2 training samples are fewer than a batch of 128: the batch is now 2")]
    public void AFewSamples(int count, int code, string told)
    {
        var (folder, run) = (fixture.New(), fixture.New());
        EstampaCommand.Succeed("data", "make", "gaussians", "--count", $"{count}", "--out", folder);
        var outcome = EstampaCommand.Run(
            "train", "stamp-vae", "--data", Path.Combine(folder, "gaussians.npy"), "--set", "test=0", "--epochs", "1", "--out", run);
        Assert.Equal(code, outcome.Code);
        Assert.Contains(told, outcome.Output + outcome.Error, StringComparison.Ordinal);
        Assert.Equal(code == 0, File.Exists(Path.Combine(run, "report.html")));
        Assert.Equal(code == 0, Directory.Exists(run));
    }

    [Fact]
    public void AClassWithoutASample()
    {
        var run = fixture.New();
        var outcome = EstampaCommand.Succeed(
            "train", "metadata-classifier", "--data", fixture.Alerts, "--set", "classes=VS,QSO", "--epochs", "1", "--out", run);
        Assert.Contains("warning: no training sample of QSO", outcome.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(run, "report.html")));
    }

    [Fact]
    public void TheFolderHoldsEveryFile() => Assert.Equal(
        [
            ".lock", "config.json", "figures", "journal.csv", "metrics.json", "model.safetensors", "rejected.csv", "report.html",
            "state-1.safetensors", "state.safetensors",
        ],
        Directory.EnumerateFileSystemEntries(fixture.Run).Select(Path.GetFileName).Order(StringComparer.Ordinal));

    [Fact]
    public void TheConfigurationIsWhole()
    {
        var config = Json("config.json");
        Assert.Equal(
            [
                "version", "recipe", "data", "dataSha256", "limitSamples", "device", "threads", "precision", "unproven", "capture",
                "settings",
            ],
            config.AsObject().Select(pair => pair.Key));
        Assert.Equal("stamp-vae", (string?)config["recipe"]);
        Assert.Equal(fixture.Gaussians, (string?)config["data"]);
        Assert.Equal(2, (int?)config["threads"]);
        var settings = config["settings"]!.AsObject();
        (string, string)[] expected = [("epochs", "2"), ("batch", "2"), ("rate", "0.001"), ("seed", "1"), ("latent", "30"), ("beta", "1")];
        Assert.All(expected, pair => Assert.Equal(pair.Item2, (string?)settings[pair.Item1]));
    }

    [Fact]
    public void TheJournalHasARowAnEpoch()
    {
        var table = Csv.Read(Path.Combine(fixture.Run, "journal.csv"));
        Assert.Equal(
            [
                "epoch", "seconds", "samplesPerSecond", "rate", "trainLoss", "validationLoss",
                "train.reconstruction", "validation.reconstruction", "train.divergence", "validation.divergence",
            ],
            table.Header);
        Assert.Equal(RunnerFixture.Epochs, table.Rows.Count);
        foreach (var (row, number) in table.Rows.Select((row, number) => (row, number)))
        {
            double[] cells = [.. row.Select(cell => double.Parse(cell, CultureInfo.InvariantCulture))];
            Assert.Equal(number + 1, cells[0]);
            Assert.True(cells[1] > 0 && cells[2] > 0);
            Assert.Equal(0.001, cells[3], 1e-9);

            // The divergence's weight is 1: the loss is the sum of its parts.
            Assert.Equal(cells[4], cells[6] + cells[8], 1e-3);
            Assert.Equal(cells[5], cells[7] + cells[9], 1e-3);
        }
    }

    [Fact]
    public void TheMetricsAreThoseOfTheBestEpoch()
    {
        var metrics = Json("metrics.json");
        string[] keys =
            ["recipe", "device", "seed", "epochs", "batch", "parameters", "samples", "train", "validation", "test", "speed", "seconds"];
        Assert.Empty(keys.Except(metrics.AsObject().Select(pair => pair.Key)));
        Assert.Equal(508_670, (int)metrics["parameters"]!);
        Assert.Equal((1, 2, 2), ((int)metrics["seed"]!, (int)metrics["epochs"]!, (int)metrics["batch"]!));
        var samples = metrics["samples"]!;
        Assert.Equal(RunnerFixture.Count, (int)samples["train"]! + (int)samples["validation"]! + (int)samples["test"]!);
        foreach (var set in new[] { "train", "validation", "test" })
        {
            string[] error = set == "train" ? [] : ["errorPerStamp"];
            Assert.Equal(["loss", .. Parts, .. error], metrics[set]!.AsObject().Select(pair => pair.Key));
            Assert.Equal((double)metrics[set]!["loss"]!, Parts.Sum(part => (double)metrics[set]![part]!), 1e-3);
        }

        var table = Csv.Read(Path.Combine(fixture.Run, "journal.csv"));
        var losses = table.Rows.Select(row => double.Parse(row[5], CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(losses.Min(), (double)metrics["validation"]!["loss"]!);
        Assert.Equal(losses.IndexOf(losses.Min()) + 1, (int)metrics["bestEpoch"]!);
        Assert.True((double)metrics["speed"]!["samplesPerSecond"]! > 0 && (double)metrics["seconds"]! > 0);
    }

    [Fact]
    public void TheModelHasPyTorchsNames()
    {
        var (tensors, metadata) = Safetensors.Read(Path.Combine(fixture.Run, "model.safetensors"));
        Assert.Equal("stamp-vae", metadata["recipe"]);
        int[] convolutions = [0, 3, 6, 9], backward = [3, 6, 10, 13, 17];
        string[] normalised = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"], plain = ["weight", "bias"];
        var layers = convolutions.Select(layer => ($"encoder.{layer}", plain))
            .Concat(convolutions.Select(layer => ($"encoder.{layer + 1}", normalised)))
            .Concat(backward.Select(layer => ($"decoder.{layer}", plain)))
            .Concat(backward.Select(layer => ($"decoder.{layer + 1}", normalised)))
            .Concat(new[] { "decoder.0", "decoder.20", "fc_mu", "fc_logvar", "fc_sigma.0", "fc_sigma.2" }.Select(layer => (layer, plain)));
        var names = layers.SelectMany(layer => layer.Item2.Select(name => $"{layer.Item1}.{name}"));
        Assert.Equal(names.Order(StringComparer.Ordinal), tensors.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([64, 64, 3, 3], tensors["decoder.17.weight"].Shape);
        Assert.Equal([30, 2304], tensors["fc_mu.weight"].Shape);
        Assert.Equal([2304, 30], tensors["decoder.0.weight"].Shape);
        Assert.All(tensors.Values, tensor => Assert.True(tensor.Numbers is not float[] floats || floats.All(float.IsFinite)));
    }

    [Fact]
    public void TheReportOpensOfflineAndTheFiguresDecode()
    {
        SelfContained(fixture.Run);
        Assert.Equal(
            ["divergence", "loss", "prior", "reconstruction", "reconstructions", "traversal"],
            Figures(fixture.Run).Where(name => !name!.StartsWith("latent", StringComparison.Ordinal)));
    }

    [Fact]
    public void TheSameSeedGivesTheSameBytesOnAnyNumberOfThreads()
    {
        string one = fixture.New(), other = fixture.New();
        EstampaCommand.Succeed(fixture.Train(one, "--threads", "1"));
        EstampaCommand.Succeed(fixture.Train(other, "--threads", "2", "--seed", "2"));
        Assert.Equal(Model(fixture.Run), Model(one));
        Assert.NotEqual(Model(one), Model(other));
        foreach (var figure in Directory.GetFiles(Path.Combine(one, "figures")))
        {
            Assert.Equal(File.ReadAllBytes(figure), File.ReadAllBytes(Path.Combine(fixture.Run, "figures", Path.GetFileName(figure))));
        }
    }

    [Fact]
    public void RedirectedOutputHasAPlainLineAnEpoch()
    {
        Assert.DoesNotContain('\e', fixture.Trained.Output);
        Assert.Empty(fixture.Trained.Error);
        var lines = fixture.Trained.Lines;
        Assert.Equal(RunnerFixture.Epochs, lines.Count(line => EpochLine().IsMatch(line)));
        Assert.Equal($"report: {Path.Combine(fixture.Run, "report.html")}", lines[^1]);
        Assert.Equal(RunnerFixture.Epochs + 3, lines.Length);
    }

    /// <summary>The default source, small: packets are made, read back as packets, and removed; classes and magnitudes are shown.</summary>
    [Fact]
    public void SimulatedAlertsTrainAndJsonIsAloneOnStandardOutput()
    {
        var run = fixture.New();
        var outcome = EstampaCommand.Succeed(
            "train", "stamp-vae", "--data", "simulated:40", "--limit-samples", "30", "--batch", "8", "--epochs", "1", "--out", run,
            "--json");
        var metrics = JsonNode.Parse(outcome.Output)!;
        Assert.Equal(File.ReadAllText(Path.Combine(run, "metrics.json")), outcome.Output);
        var samples = metrics["samples"]!;
        Assert.Equal(30, (int)samples["train"]! + (int)samples["validation"]! + (int)samples["test"]!);
        Assert.Contains(outcome.Error.Split('\n'), line => EpochLine().IsMatch(line));
        SelfContained(run);
        Assert.Contains("stamp", File.ReadAllText(Path.Combine(run, "report.html")), StringComparison.Ordinal);
    }

    /// <summary>A setting of --set and a flag that belong together are checked together.</summary>
    [Fact]
    public void FlagsAndSettingsAreCheckedTogether()
    {
        var outcome = EstampaCommand.Run(
            "train", "stamp-vae", "--data", fixture.New(), "--epochs", "60", "--set", "warm-up=50", "--out", fixture.New());
        Assert.Contains("there is no such file or folder", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void OutputThatCannotBeWrittenDoesNotEndTheRun()
    {
        var run = fixture.New();
        var outcome = EstampaCommand.RunOntoAFullDevice(fixture.Train(run));
        Assert.Equal(0, outcome.Code);
        var line = Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("warning: ", line, StringComparison.Ordinal);
        Assert.Equal(Model(fixture.Run), Model(run));
    }

    [Fact]
    public void ARunThatDivergesFailsAndSavesNothing()
    {
        var run = fixture.New();
        var outcome = EstampaCommand.Run(fixture.Train(run, "--rate", "9", "--set", "initial=1000"));
        Assert.Equal(3, outcome.Code);
        var line = Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith(
            "error: epoch 1, step 1: the loss, a gradient or a running statistic is no longer finite (", line, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(run, "state.safetensors")));
    }

    private static byte[] Model(string run) => File.ReadAllBytes(Path.Combine(run, "model.safetensors"));

    private static IEnumerable<string?> Figures(string run) =>
        Directory.GetFiles(Path.Combine(run, "figures")).Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal);

    private static void SelfContained(string run)
    {
        var page = File.ReadAllText(Path.Combine(run, "report.html"));
        Assert.DoesNotMatch(OutsideLink(), page);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<link", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("@import", page, StringComparison.OrdinalIgnoreCase);
        foreach (var path in Directory.GetFiles(Path.Combine(run, "figures")))
        {
            var picture = Png.Read(path);
            Assert.True(picture.Width > 100 && picture.Height > 100, path);
            Assert.True(picture.Pixels.Distinct().Count() > 4, $"{path} is empty");
        }
    }

    private JsonNode Json(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(fixture.Run, file)))!;

    /// <summary>A source or link that is neither data nor a place on the page; the name of SVG's language is not one.</summary>
    [GeneratedRegex("""(src|href|action|poster)\s*=\s*["']?(?!["']|data:|#)|url\(\s*["']?(?!["']|data:|#)|(?<!xmlns(:\w+)?=")https?://""")]
    private static partial Regex OutsideLink();

    [GeneratedRegex(@"^epoch +\d+/\d+  train +-?[\d.]+  validation +-?[\d.]+ [* ]  +\d+ samples/s +[\d.]+ s$")]
    private static partial Regex EpochLine();
}
