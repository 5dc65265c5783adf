using Estampa.Data;
using Estampa.Engine;
using Estampa.Models;
using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

/// <summary>The states that a run keeps: whatever befalls a save or a file, the newest sound one is found.</summary>
public class RunStatesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void SoManyStatesAreKept(int kept)
    {
        using var folder = DataFiles.Temporary();
        using var vae = new SmallVae(Hosts.OneThread);
        var states = new RunStates(folder.Path, "run", kept);
        for (var save = 1; save <= 6; save++)
        {
            states.Save(vae.Trainer, vae.Weights, [save]);
        }

        Assert.Equal(kept, Directory.GetFiles(folder.Path).Length);
        for (var age = 0; age < kept; age++)
        {
            Assert.Equal([6 - age], states.Load(vae.Trainer, vae.Weights, _ => { })!);
            File.WriteAllText(Path.Combine(folder.Path, age == 0 ? "state.safetensors" : $"state-{age}.safetensors"), "damaged");
        }

        Assert.Throws<CheckpointException>(() => states.Load(vae.Trainer, vae.Weights, _ => { }));
    }

    /// <summary>Also where one before it is of this run: it would be trained again, and nobody would know.</summary>
    [Fact]
    public void AStateOfAnotherRunIsRefused()
    {
        using var folder = DataFiles.Temporary();
        using var vae = new SmallVae(Hosts.OneThread);
        var states = new RunStates(folder.Path, "this", kept: 2);
        states.Save(vae.Trainer, vae.Weights, [1]);
        new RunStates(folder.Path, "other", kept: 2).Save(vae.Trainer, vae.Weights, [2]);
        vae.Run(1);
        var (before, step) = (vae.Weights.Export("mean.weight"), vae.Trainer.Step);
        void Refused()
        {
            var message = Assert.Throws<BadInputException>(() => states.Load(vae.Trainer, vae.Weights, _ => { })).Message;
            Assert.StartsWith($"{states.Last}: not a state of this run", message, StringComparison.Ordinal);
            Assert.Equal(before, vae.Weights.Export("mean.weight"));
            Assert.Equal(step, vae.Trainer.Step);
        }

        Refused();
        Checkpoint.SaveState(states.Last, vae.Trainer, vae.Weights, [3], new Dictionary<string, string> { ["recipe"] = "stamp-vae" });
        Refused();
        states.Save(vae.Trainer, vae.Weights, [4]);
        Assert.Equal([4], states.Load(vae.Trainer, vae.Weights, _ => { })!);
    }

    [Fact]
    public void StatesAreOfSettingsAndData()
    {
        using var folder = DataFiles.Temporary();
        string Sum(string data, params (string Name, string Value)[] settings)
        {
            var recipe = ModelFixture.With<StampVaeRecipe>(settings);
            var run = RunFolder.Create(folder["run"], recipe, "simulated", limit: null, new DeviceChoice("cpu", Threads: 1));
            run.DataSum = data;
            using (run.Claim())
            {
                run.WriteConfig();
            }

            // As the run that goes on has it.
            var sum = RunFolder.Open(folder["run"]).Sum;
            Assert.Equal(run.Sum, sum);
            Directory.Delete(folder["run"], recursive: true);
            return sum;
        }

        var own = Sum("data");
        Assert.Equal(own, Sum("data", ("epochs", "40"), ("patience", "3"), ("keep-states", "5"), ("non-finite", "rollback")));
        (string, string)[] others =
        [
            ("seed", "2"), ("rate", "0.0010001"), ("optimizer", "adamw"), ("validation", "0.2"), ("batch", "64"), ("clip", "1"),
            ("schedule", "cosine"), ("folds", "2"), ("beta", "0.5"),
        ];
        string[] sums = [own, Sum("other"), .. others.Select(other => Sum("data", other))];
        Assert.Equal(sums.Length, sums.Distinct().Count());
    }

    /// <summary>A hundred saves; some fail, and some of the files are cut or lost afterwards, never all that are kept.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void TheNewestSoundStateIsFoundWhateverFails(int seed)
    {
        const int kept = 3;
        using var folder = DataFiles.Temporary($"states-{seed}");
        using var vae = new SmallVae(Hosts.OneThread);
        var states = new RunStates(folder.Path, "run", kept);
        var random = new Random(seed);

        // Which save each file has, the last first; null where it was damaged.
        var files = new List<int?>();
        for (var save = 1; save <= 100; save++)
        {
            // A folder in the way of the temporary file, as a disk that is full.
            var way = $"{states.Last}.{Environment.ProcessId}{DurableFile.Temporary}";
            var fails = random.Next(4) == 0;
            if (fails)
            {
                Directory.CreateDirectory(way);
                Assert.ThrowsAny<Exception>(() => states.Save(vae.Trainer, vae.Weights, [save]));
                Directory.Delete(way);
            }
            else
            {
                states.Save(vae.Trainer, vae.Weights, [save]);
                files = [save, .. files.Take(kept - 1)];
            }

            if (random.Next(4) == 0 && files.Count > 1 && files.Skip(1).Any(file => file is not null))
            {
                var bytes = File.ReadAllBytes(states.Last);
                File.WriteAllBytes(states.Last, bytes[..random.Next(bytes.Length)]);
                files[0] = null;
            }

            if (files.Any(file => file is not null))
            {
                Assert.Equal([files.First(file => file is not null)!.Value], states.Load(vae.Trainer, vae.Weights, _ => { })!);
            }
        }

        Assert.Equal(kept, Directory.GetFiles(folder.Path).Length);
    }
}
