using Estampa.Data;
using Estampa.Engine;
using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

/// <summary>Runs that were ended early, by a signal or without warning, and went on: they end as the unbroken run did.</summary>
[Collection(RunnerCollection.Name)]
public sealed class ResumeTests(RunnerFixture fixture)
{
    private const int LastStep = RunnerFixture.Count / 2;

    [Fact]
    public void ARunKilledAgainAndAgainEndsAsAnUnbrokenOne()
    {
        var run = fixture.New();
        var state = Path.Combine(run, "state.safetensors");
        Func<string, bool>[] moments =
        [
            // Before anything is saved, while the first file is written, just after the first state, in the last epoch's writing.
            output => output.Contains("stamp-vae:", StringComparison.Ordinal),
            _ => Directory.GetFiles(run, "*.part").Length > 0 || File.Exists(state),
            output => output.Contains("epoch   1/2", StringComparison.Ordinal) || File.Exists(state),
            _ => File.ReadLines(Path.Combine(run, "journal.csv")).Count() == 1 + RunnerFixture.Epochs,
        ];
        for (var kill = 0; kill < moments.Length; kill++)
        {
            using var command = EstampaCommand.Start(kill == 0 ? fixture.Train(run) : Resume(run));
            command.WaitUntil(output => File.Exists(Path.Combine(run, "config.json")) && moments[kill](output));
            command.Kill();
            Assert.NotEqual(0, command.End().Code);
        }

        EndsAsTheUnbrokenRun(run);
    }

    [Fact]
    public void SignalsSaveTheStateWithinAnEpoch()
    {
        var run = fixture.New();
        using (var command = EstampaCommand.Start(fixture.Train(run)))
        {
            var outcome = Stopped(command, EstampaCommand.Interrupt);
            Assert.Equal(130, outcome.Code);
            Assert.Equal($"stopped in epoch 1; go on with: train stamp-vae --out {run} --resume", outcome.Lines[^1]);
        }

        var state = State(run);
        Assert.Equal(0, state[0]);
        Assert.InRange(state[2], 0, LastStep);
        Assert.Equal(state[1], state[2]);
        Assert.False(File.Exists(Path.Combine(run, "model.safetensors")));
        using (var command = EstampaCommand.Start(Resume(run)))
        {
            var outcome = Stopped(command, EstampaCommand.Terminate);
            Assert.Equal(143, outcome.Code);
            Assert.Contains($"going on after 0 epochs and {state[1]} steps", outcome.Output, StringComparison.Ordinal);
        }

        Assert.True(State(run)[1] >= state[1]);
        EndsAsTheUnbrokenRun(run);
    }

    [Fact]
    public void ASecondSignalEndsTheProcessAndTheRunGoesOn()
    {
        var run = fixture.New();
        using (var command = EstampaCommand.Start(fixture.Train(run)))
        {
            command.WaitUntil(output => output.Contains("stamp-vae:", StringComparison.Ordinal));
            command.Signal(EstampaCommand.Interrupt);
            command.Signal(EstampaCommand.Interrupt);
            Assert.Equal(130, command.End().Code);
        }

        EndsAsTheUnbrokenRun(run);
    }

    /// <summary>Nearly all samples validate, so that a signal comes while they do; the epoch's steps are not made again then.</summary>
    [Fact]
    public void ASignalDuringValidationKeepsTheEpochsSteps()
    {
        const int epochs = 4;
        var many = fixture.New();
        EstampaCommand.Succeed("data", "make", "gaussians", "--count", "400", "--out", many);
        string[] train =
        [
            "train", "stamp-vae", "--data", Path.Combine(many, "gaussians.npy"), "--batch", "2", "--epochs", $"{epochs}",
            "--set", "validation=0.95", "test=0.01", "--out",
        ];
        var (whole, run) = (fixture.New(), fixture.New());
        EstampaCommand.Succeed([.. train, whole]);
        var isPending = false;
        for (var tries = 0; tries < epochs - 1 && !isPending; tries++)
        {
            using var command = EstampaCommand.Start(tries == 0 ? [.. train, run] : Resume(run));
            command.WaitUntil(output => output.Contains("samples/s", StringComparison.Ordinal));
            Thread.Sleep(100);
            command.Signal(EstampaCommand.Interrupt);
            Assert.Equal(130, command.End().Code);
            isPending = double.IsNaN(State(run, "training.run")[^1]);
        }

        Assert.True(isPending, "no signal came during a validation");
        Assert.Equal(0, State(run)[2]);
        EndsAs(whole, run);
    }

    [Fact]
    public void ASignalWhilePacketsAreMadeLeavesNothing()
    {
        var temporary = Directory.CreateDirectory(fixture.New()).FullName;
        var run = fixture.New();
        using var command = EstampaCommand.StartIn(temporary, "train", "stamp-vae", "--data", "simulated:500000", "--out", run);
        command.WaitUntil(output => output.Contains("making", StringComparison.Ordinal));
        Assert.NotEmpty(Directory.GetDirectories(temporary, "estampa-*"));
        command.Signal(EstampaCommand.Interrupt);
        Assert.Equal(130, command.End().Code);
        Assert.Empty(Directory.GetFileSystemEntries(temporary));
        Assert.False(Directory.Exists(run));
    }

    [Fact]
    public void AFinishedRunCanBeFinishedAgainOrGoOn()
    {
        var run = fixture.Copy("config.json", "journal.csv", "model.safetensors", "state.safetensors");
        EndsAsTheUnbrokenRun(run);
        var outcome = EstampaCommand.Succeed([.. Resume(run), "--epochs", "3"]);
        Assert.Contains("going on after 2 epochs", outcome.Output, StringComparison.Ordinal);
        Assert.Equal(3, Csv.Read(Path.Combine(run, "journal.csv")).Rows.Count);
        Assert.Equal(3, State(run)[0]);
    }

    /// <summary>What a crash may leave beside the state: a journal ahead of it and torn, half a file under a temporary name.</summary>
    [Fact]
    public void LeftoversOfACrashAreCleared()
    {
        var run = fixture.Copy("config.json", "journal.csv", "model.safetensors", "state.safetensors");
        File.AppendAllText(Path.Combine(run, "journal.csv"), "3,0.5,10");
        File.WriteAllText(Path.Combine(run, "state.safetensors.123.part"), "half");
        EndsAsTheUnbrokenRun(run);
        Assert.Empty(Directory.GetFiles(run, "*.part"));
    }

    [Fact]
    public void OnlyOwnLeftoversAreCleared()
    {
        var run = fixture.Copy("config.json");
        string[] foreign = ["notes.tmp", "x.part", "x.12.part", "journal.csv.tmp", "journal.csv.12.csv", "my-journal.csv.12.part"];
        string[] own = ["journal.csv.12.part", "state.safetensors.12.3.part", "report.html.12.tmp", "predictions.csv.12.tmp"];
        foreach (var name in foreign.Concat(own))
        {
            File.WriteAllText(Path.Combine(run, name), "half");
        }

        RunFolder.Open(run).RemoveTemporary();
        Assert.Equal(foreign.Append("config.json").Order(), Directory.GetFiles(run).Select(Path.GetFileName).Order());
    }

    /// <summary>The seed draws which objects validate: going on from here would have trained on some of them.</summary>
    [Fact]
    public void AStateOfOtherSettingsIsRefused()
    {
        var run = fixture.Copy("config.json", "state.safetensors", "state-1.safetensors", "journal.csv");
        var config = Path.Combine(run, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"seed\": \"1\"", "\"seed\": \"2\"", StringComparison.Ordinal));
        using var training = new Training(RunFolder.Open(run), new Progress(json: true));
        var message = Assert.Throws<BadInputException>(training.Resume).Message;
        Assert.StartsWith($"{Path.Combine(run, "state.safetensors")}: not a state of this run", message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFolderThatTakesTheRunsPlaceStaysAsItIs()
    {
        var run = fixture.Copy("config.json");
        var other = fixture.Copy("config.json", "model.safetensors", "state.safetensors", "journal.csv", ".lock");
        using (var training = new Training(RunFolder.Open(run), new Progress(json: true)))
        {
            Directory.Move(run, fixture.New());
            Directory.Move(other, run);
            var message = Assert.Throws<IOException>(() => training.Run(out _)).Message;
            Assert.StartsWith($"{Path.Combine(run, ".lock")} is no longer the file", message, StringComparison.Ordinal);
        }

        foreach (var name in new[] { "model.safetensors", "state.safetensors", "journal.csv" })
        {
            Assert.Equal(Bytes(fixture.Run, name), Bytes(run, name));
        }

        Assert.Equal(5, Directory.GetFiles(run).Length);
    }

    /// <summary>The process ends itself while it writes a file: what is on the disk then is whole, and goes on to the same end.</summary>
    [Theory]
    [InlineData("created:model.safetensors:1")]
    [InlineData("half:state.safetensors:2")]
    [InlineData("written:state.safetensors:1")]
    [InlineData("flushed:model.safetensors:2")]
    [InlineData("moved:state.safetensors:2")]
    [InlineData("renamed:state.safetensors:2")]
    [InlineData("half:journal.csv:2")]
    [InlineData("half:config.json:1")]
    public void ARunThatEndsWithinASaveGoesOn(string moment)
    {
        var run = fixture.New();
        using (var command = EstampaCommand.StartWith("ESTAMPA_CRASH_AT", moment, fixture.Train(run)))
        {
            Assert.Equal(137, command.End().Code);
        }

        if (moment.Contains("config", StringComparison.Ordinal))
        {
            EstampaCommand.Succeed(fixture.Train(run));
        }

        EndsAsTheUnbrokenRun(run);
        Assert.Empty(Directory.GetFiles(run, "*.part"));
    }

    [Fact]
    public void ADamagedStateFallsBackToTheOneBefore()
    {
        var run = fixture.Copy("config.json", "model.safetensors", "state.safetensors", "state-1.safetensors");
        using (var file = File.Open(Path.Combine(run, "state.safetensors"), FileMode.Open))
        {
            file.Position = file.Length / 2;
            var one = (byte)file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(one ^ 16));
        }

        var outcome = EstampaCommand.Succeed(Resume(run));
        Assert.Contains("checksum", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("going on from", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("going on after 1 epochs", outcome.Output, StringComparison.Ordinal);
        EndsAsTheUnbrokenRun(run);
    }

    /// <summary>Folders stand where the files should go, which no writing can replace.</summary>
    [Fact]
    public void ARunThatCannotSaveWarnsAndGoesOn()
    {
        var run = fixture.New();
        Directory.CreateDirectory(Path.Combine(run, "journal.csv", "below"));
        Directory.CreateDirectory(Path.Combine(run, "state.safetensors", "below"));
        var outcome = EstampaCommand.Succeed(fixture.Train(run));
        Assert.Equal(2 * RunnerFixture.Epochs, outcome.Lines.Count(line => line.Contains("could not be saved", StringComparison.Ordinal)));
        Assert.Equal(Bytes(fixture.Run, "model.safetensors"), Bytes(run, "model.safetensors"));
        Assert.Empty(Directory.GetFiles(run, "*.part"));
    }

    private static string[] Resume(string run) => ["train", "stamp-vae", "--out", run, "--resume"];

    private static double[] State(string run, string tensor = "training.state") =>
        Safetensors.Read(Path.Combine(run, "state.safetensors")).Tensors[tensor].Doubles;

    /// <summary>Sends the signal some steps into the training.</summary>
    private static Outcome Stopped(EstampaCommand command, int signal)
    {
        command.WaitUntil(output => output.Contains("stamp-vae:", StringComparison.Ordinal));
        command.Signal(signal);
        return command.End();
    }

    private void EndsAsTheUnbrokenRun(string run) => EndsAs(fixture.Run, run);

    private static void EndsAs(string unbroken, string run)
    {
        EstampaCommand.Succeed(Resume(run));
        Assert.Equal(Bytes(unbroken, "model.safetensors"), Bytes(run, "model.safetensors"));
        var expected = Safetensors.Read(Path.Combine(unbroken, "state.safetensors")).Tensors;
        var actual = Safetensors.Read(Path.Combine(run, "state.safetensors")).Tensors;
        Assert.Equal(expected.Keys, actual.Keys);
        foreach (var (name, tensor) in expected)
        {
            // The last number of the run's own is the seconds that it took.
            var same = name == "training.run"
                ? tensor.Doubles.AsSpan(0, 2).SequenceEqual(actual[name].Doubles.AsSpan(0, 2))
                : tensor.Numbers.Cast<object>().SequenceEqual(actual[name].Numbers.Cast<object>());
            Assert.True(same, $"{name} differs");
        }

        Assert.Equal(Losses(unbroken), Losses(run));
        Assert.Equal(Bytes(unbroken, "figures/prior.png"), Bytes(run, "figures/prior.png"));
    }

    private static byte[] Bytes(string run, string file) => File.ReadAllBytes(Path.Combine(run, file));

    private static IEnumerable<string> Losses(string run) =>
        Csv.Read(Path.Combine(run, "journal.csv")).Rows.Select(row => string.Join(' ', row.Where((_, column) => column is 0 or >= 3)));
}
