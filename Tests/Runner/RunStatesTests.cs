using Estampa.Engine;
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
        var states = new RunStates(folder.Path, "small", kept);
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
        var states = new RunStates(folder.Path, "small", kept);
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
