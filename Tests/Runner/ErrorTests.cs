using Estampa.Data;
using Estampa.Engine;
using Estampa.Models;
using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

/// <summary>Input that cannot be used: one line on standard error that names what is wrong, exit code 2, and no folder left.</summary>
[Collection(RunnerCollection.Name)]
public sealed class ErrorTests(RunnerFixture fixture)
{
    [Fact]
    public void ATruncatedPacket() => DataRefused(BadPackets.Truncated(fixture.New()), BadPackets.File);

    [Fact]
    public void AGzipBomb() => DataRefused(BadPackets.GzipBomb(fixture.New()), BadPackets.File, "2345678901234567890", "science");

    [Fact]
    public void AHeaderOfABillionPixels() => DataRefused(BadPackets.ManyPixels(fixture.New()), BadPackets.File, "50000");

    [Fact]
    public void AFolderWithoutAlerts() => DataRefused(Directory.CreateDirectory(fixture.New()).FullName, "no alerts");

    [Fact]
    public void AMissingPath() => DataRefused(fixture.New(), "there is no such file or folder");

    [Fact]
    public void AFileOfAnotherKind() => DataRefused(Path.Combine(fixture.Run, "config.json"), "config.json");

    [Fact]
    public void ASetOfOneSample() => Refused(["train", "stamp-vae", "--data", fixture.Gaussians, "--limit-samples", "1"], "1 object");

    [Theory]
    [InlineData("verb", "'trian'", "", "trian", "stamp-vae")]
    [InlineData("flag", "'--epocs'", "", "train", "stamp-vae", "--epocs", "3")]
    [InlineData("recipe", "'stamp-vea'", "stamp-vae", "train", "stamp-vea")]
    [InlineData("no recipe", "train", "", "train")]
    [InlineData("key", "'latents'", "latent", "train", "stamp-vae", "--set", "latents=3")]
    [InlineData("no value", "latent", "key=value", "train", "stamp-vae", "--set", "latent")]
    [InlineData("value", "'latent'", "'many'", "train", "stamp-vae", "--set", "latent=many")]
    [InlineData("range", "'beta'", "-1", "train", "stamp-vae", "--set", "beta=-1")]
    [InlineData("batch", "'batch'", "got 1", "train", "stamp-vae", "--batch", "1")]
    [InlineData("rate", "'rate'", "NaN", "train", "stamp-vae", "--rate", "nan")]
    [InlineData("epochs", "--epochs", "'ten'", "train", "stamp-vae", "--epochs", "ten")]
    [InlineData("threads", "--threads", "0", "train", "stamp-vae", "--threads", "0")]
    [InlineData("limit", "--limit-samples", "0", "train", "stamp-vae", "--limit-samples", "0")]
    [InlineData("limit", "--limit-samples", "many", "train", "stamp-vae", "--limit-samples", "many")]
    [InlineData("device", "--device cuda:99", "", "train", "stamp-vae", "--device", "cuda:99")]
    [InlineData("device", "--device gpu", "cpu", "train", "stamp-vae", "--device", "gpu")]
    [InlineData("precision", "--precision half", "tf32", "train", "stamp-vae", "--precision", "half")]
    [InlineData("precision", "float32 alone", "CUDA", "train", "stamp-vae", "--device", "cpu", "--precision", "tf32")]
    [InlineData("resume", "--resume", "--out", "train", "stamp-vae", "--resume")]
    [InlineData("simulated", "simulated:many", "20", "train", "stamp-vae", "--data", "simulated:many")]
    [InlineData("simulated", "simulated-sequences:3", "20", "train", "stamp-vae", "--data", "simulated-sequences:3")]
    [InlineData("empty", "empty", "", "train", "stamp-vae", "--data", "")]
    [InlineData("run", "nowhere", "config.json", "evaluate", "nowhere")]
    [InlineData("kind", "galaxies", "gaussians", "data", "make", "galaxies", "--out", "nowhere")]
    [InlineData("option", "sigma", "-1", "data", "make", "gaussians", "--sigma", "-1", "--out", "nowhere")]
    [InlineData("seeds", "--seeds 0", "1000", "cross-validate", "stamp-vae", "--data", "simulated", "--out", "nowhere", "--seeds", "0")]
    [InlineData("folds", "'folds'", "2 to 100", "cross-validate", "stamp-vae", "--data", "simulated", "--out", "nowhere", "--folds", "1")]
    [InlineData("own", "--set fold", "--folds", "cross-validate", "stamp-vae", "--data", "a", "--out", "nowhere", "--set", "fold=2")]
    [InlineData("no out", "--out", "", "cross-validate", "stamp-vae", "--data", "simulated")]
    [InlineData("runs", "nowhere", "config.json", "report", "nowhere", "elsewhere")]
    [InlineData("page", "--out page.txt", ".html", "report", "nowhere", "elsewhere", "--out", "page.txt")]
    [InlineData("twice", "given twice", "nowhere", "report", "nowhere", "nowhere/")]
    [InlineData("one", "--out", "several", "report", "nowhere", "--out", "page.html")]
    public void AWrongWord(string what, string named, string also, params string[] arguments)
    {
        Assert.NotEmpty(what);
        Refused(arguments, named, also);
    }

    [Fact]
    public void AFolderThatHoldsARun()
    {
        var before = File.ReadAllBytes(Path.Combine(fixture.Run, "config.json"));
        Refused(fixture.Train(fixture.Run), $"--out {fixture.Run}", "--resume");
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(fixture.Run, "config.json")));
    }

    [Theory]
    [InlineData("state.safetensors")]
    [InlineData("state-12.safetensors")]
    [InlineData("model.safetensors")]
    [InlineData("journal.csv")]
    [InlineData("metrics.json")]
    [InlineData("predictions.csv")]
    [InlineData("report.html")]
    [InlineData("cross-validation.json")]
    public void AFolderThatHoldsARunsFile(string name)
    {
        var folder = Directory.CreateDirectory(fixture.New()).FullName;
        string[] free = [".lock", "config.json.12.part", "notes.txt", "rejected.csv", "state.safetensors.12.part", "old-model.safetensors"];
        foreach (var other in free)
        {
            File.WriteAllText(Path.Combine(folder, other), "");
        }

        var device = new DeviceChoice("cpu", Threads: 1);
        void Take() => RunFolder.Create(folder, new StampVaeRecipe(), fixture.Gaussians, limit: null, device).Claim().Dispose();
        void Validate() => CrossValidation.Create(folder, new StampVaeRecipe(), fixture.Gaussians, null, device, folds: 0, seeds: 1);
        Take();
        Validate();
        File.WriteAllText(Path.Combine(folder, name), "{}");
        Assert.StartsWith($"--out {folder}: there is {name}", Assert.Throws<BadInputException>(Take).Message, StringComparison.Ordinal);
        Assert.StartsWith($"--out {folder}: ", Assert.Throws<BadInputException>(Validate).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AResumedRunKeepsItsSettings()
    {
        string[] resume = ["train", "stamp-vae", "--out", fixture.Copy("config.json"), "--resume"];
        Refused([.. resume, "--seed", "3"], "--seed");
        Refused([.. resume, "--threads", "1"], "--threads");
        Refused([.. resume, "--device", "cpu"], "--device");
        Refused([.. resume, "--precision", "tf32"], "--precision");
        Refused([.. resume, "--unproven"], "--unproven");
        Refused([.. resume, "--no-capture"], "--no-capture");
        Refused([.. resume, "--set", "latent=3"], "--set");
    }

    [Fact]
    public void AModelOfAnotherLatent()
    {
        var run = fixture.Copy("config.json");
        var model = Path.Combine(run, "model.safetensors");
        Refused(["evaluate", run], "no model yet");
        var recipe = new StampVaeRecipe();
        recipe.Settings.Set("latent", "8");
        using (var weights = new Weights(Hosts.TwoThreads, recipe.Build(2).Graph, seed: 1))
        {
            Checkpoint.SaveModel(model, weights, 0, new Dictionary<string, string>());
        }

        Refused(["evaluate", run], model, "fc_mu.weight is (8, 2304) instead of (30, 2304)");
        Refused(["encode", run, "--data", fixture.Gaussians, "--out", Path.Combine(run, "z.csv")], model, "fc_mu.weight");
        Assert.False(File.Exists(Path.Combine(run, "z.csv")));
    }

    [Fact]
    public void ADamagedModelOrState()
    {
        var run = fixture.Copy("config.json", "journal.csv", "model.safetensors", "state.safetensors");
        foreach (var name in new[] { "model.safetensors", "state.safetensors" })
        {
            var path = Path.Combine(run, name);
            using var file = File.OpenWrite(path);
            file.SetLength(file.Length - 1000);
        }

        Refused(["evaluate", run], "model.safetensors");
        Refused(["train", "stamp-vae", "--out", run, "--resume"], "state.safetensors");
        File.Delete(Path.Combine(run, "state.safetensors"));
        Refused(["train", "stamp-vae", "--out", run, "--resume"], "state.safetensors", "missing");
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"bestEpoch\":\"x\"}")]
    public void DamagedMetrics(string text)
    {
        var run = fixture.Copy("config.json", "journal.csv", "model.safetensors");
        File.WriteAllText(Path.Combine(run, "metrics.json"), text);
        Refused(["report", run], "metrics.json");
    }

    [Fact]
    public void OtherDataThanARunWasStartedWith()
    {
        var other = Path.Combine(fixture.New(), "gaussians.npy");
        EstampaCommand.Succeed("data", "make", "gaussians", "--count", "40", "--out", Path.GetDirectoryName(other)!);
        var run = fixture.New();
        EstampaCommand.Succeed("train", "stamp-vae", "--data", other, "--batch", "2", "--epochs", "1", "--out", run);
        var bytes = File.ReadAllBytes(other);
        bytes[^2] ^= 1;
        File.WriteAllBytes(other, bytes);
        Refused(["train", "stamp-vae", "--out", run, "--resume", "--epochs", "2"], other, "started with");
        using var trained = new TrainedRun(run, new DeviceChoice("cpu", Threads: 1));
        var error = Assert.Throws<BadInputException>(() => trained.Open(source: null, _ => { }));
        Assert.Contains($"{other}: not the data", error.Message, StringComparison.Ordinal);
        Assert.Equal(40, trained.Open(other, _ => { }).All.Count);
    }

    /// <summary>The encoder's run was trained further: its latents mean something else then.</summary>
    [Fact]
    public void OtherLatentsThanAClassifierLearntFrom()
    {
        var encoder = fixture.Copy("config.json", "model.safetensors");
        var recipe = ModelFixture.With<LatentClassifierRecipe>(("encoder", encoder), ("epochs", "1"), ("batch", "4"), ("test", "0.4"));
        var device = new DeviceChoice("cpu", Threads: 1);
        var run = RunFolder.Create(fixture.New(), recipe, fixture.Alerts, limit: null, device);
        using (var training = new Training(run, new Progress(json: true)))
        {
            Assert.Equal(0, training.Run(out _));
        }

        using var trained = new TrainedRun(run.FullPath, device);
        Assert.NotEqual(0, trained.Open(source: null, _ => { }).All.Count);
        using (var weights = new Weights(Hosts.OneThread, new StampVaeRecipe().Build(2).Graph, seed: 7))
        {
            Checkpoint.SaveModel(Path.Combine(encoder, "model.safetensors"), weights, 0, new Dictionary<string, string>());
        }

        void Refused(Action open, string named) =>
            Assert.StartsWith(named, Assert.Throws<BadInputException>(open).Message, StringComparison.Ordinal);
        Refused(() => new Training(RunFolder.Open(run.FullPath), new Progress(json: true)).Dispose(), $"{fixture.Alerts}: not the data");
        Refused(() => trained.Open(source: null, _ => { }), $"{encoder}: its model is not the one");
        Refused(() => trained.Open(fixture.Alerts, _ => { }), $"{encoder}: its model is not the one");

        // The same run's answers, one of them lost, are not compared.
        Assert.True(ComparedRun.Open(run.FullPath).Classifies);
        File.WriteAllLines(run.Predictions, File.ReadAllLines(run.Predictions)[..^1]);
        Refused(() => ComparedRun.Open(run.FullPath), $"{run.FullPath}: predictions.csv has");
    }

    [Fact]
    public void AFolderInWhichAnotherProcessTrains()
    {
        var run = fixture.Copy("config.json", "state.safetensors", "model.safetensors");
        using (new RunLock(run))
        {
            Refused(["train", "stamp-vae", "--out", run, "--resume"], run, "another process");
        }

        EstampaCommand.Succeed("train", "stamp-vae", "--out", run, "--resume");
    }

    [Theory]
    [InlineData("", "damaged")]
    [InlineData("{\"recipe\":\"other\",\"data\":\"x\",\"device\":\"cpu\",\"settings\":{}}", "'other'")]
    [InlineData("{\"recipe\":\"stamp-vae\",\"data\":\"x\",\"device\":\"cpu\",\"settings\":{\"latent\":\"0\"}}", "'latent'")]
    public void ADamagedConfiguration(string text, string named)
    {
        var run = fixture.Copy("model.safetensors");
        File.WriteAllText(Path.Combine(run, "config.json"), text);
        Refused(["evaluate", run], Path.Combine(run, "config.json"), named);
    }

    [Fact]
    public void AnOutputOfAnotherKind()
    {
        var path = fixture.New() + ".txt";
        Refused(["encode", fixture.Run, "--data", fixture.Gaussians, "--out", path], $"--out {path}", ".csv", ".npy");
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void AReportOfARunThatHasNotEnded() =>
        Refused(["report", fixture.Copy("config.json", "model.safetensors")], "metrics.json", "--resume");

    private static void Refused(string[] arguments, params string[] named)
    {
        var outcome = EstampaCommand.Run(arguments);
        Assert.True(outcome.Code == 2, $"exit code {outcome.Code}: {outcome.Error}{outcome.Output}");
        var line = Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
        Assert.All(named, name => Assert.Contains(name, line, StringComparison.Ordinal));
        Assert.DoesNotContain("System.", line, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", line, StringComparison.Ordinal);
    }

    private void DataRefused(string data, params string[] named)
    {
        var run = fixture.New();
        Refused(["train", "stamp-vae", "--data", data, "--out", run], [data, .. named]);
        Assert.False(Path.Exists(run), "a folder is left of a run that could not begin");
    }
}
