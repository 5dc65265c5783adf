using System.Diagnostics;
using System.Security.Cryptography;
using Estampa.Engine;

namespace Estampa.Tests;

/// <summary>
/// Kills trainings without warning, again and again, at random moments: <c>kills --count N [--first SEED]</c>. Each run must go on to the
/// bits of one that was left alone. The command's own saves make up a large part of so short a training, so many kills hit one.
/// </summary>
internal static class Kills
{
    private const int Epochs = 6;

    public static int Run(int count, int seed)
    {
        var folder = Directory.CreateTempSubdirectory("estampa-kills-").FullName;
        try
        {
            var (runs, faults, watch) = (0, 0, Stopwatch.StartNew());
            var random = new Random(seed);
            EstampaCommand.Succeed("data", "make", "gaussians", "--count", "60", "--out", folder);
            var alone = Stopwatch.StartNew();
            EstampaCommand.Succeed(Train(folder, "alone"));
            var whole = (int)alone.ElapsedMilliseconds;
            for (var kills = 0; kills < count; runs++)
            {
                var name = $"run-{runs}";
                var run = Path.Combine(folder, name);
                for (var ended = false; !ended;)
                {
                    var begun = File.Exists(Path.Combine(run, "config.json"));
                    string[] resume = ["train", "stamp-vae", "--out", run, "--resume"];
                    using var command = EstampaCommand.Start(begun ? resume : Train(folder, name));
                    if (kills < count)
                    {
                        ended = command.HasEndedAfter(random.Next(whole / 4, whole));
                        kills += ended ? 0 : 1;
                    }
                    else
                    {
                        ended = true;
                    }

                    if (!ended)
                    {
                        command.Kill();
                        continue;
                    }

                    var outcome = command.End();
                    if (outcome.Code != 0 || Bits(folder, name) != Bits(folder, "alone"))
                    {
                        faults++;
                        Console.WriteLine($"{name}: exit code {outcome.Code} {outcome.Error}, or other bits than the run left alone");
                    }
                }

                Directory.Delete(run, recursive: true);
                if (runs % 20 == 19)
                {
                    Console.WriteLine($"{kills} kills of {runs + 1} runs in {watch.Elapsed.TotalSeconds:F0} s: {faults} faults");
                }
            }

            Console.WriteLine(
                $"{count} kills of {runs} runs in {watch.Elapsed.TotalSeconds:F0} s: {faults} ended otherwise than the run left alone");
            return faults == 0 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string[] Train(string folder, string name) =>
    [
        "train", "stamp-vae", "--data", Path.Combine(folder, "gaussians.npy"), "--batch", "4", "--epochs", $"{Epochs}", "--threads", "1",
        "--set", "latent=4", "--out", Path.Combine(folder, name),
    ];

    /// <summary>The model's bytes, and those of the state but for the seconds in it.</summary>
    private static string Bits(string folder, string name)
    {
        var state = Safetensors.Read(Path.Combine(folder, name, "state.safetensors")).Tensors;
        var model = SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, name, "model.safetensors")));
        return Convert.ToHexString(model) + string.Join(' ', state.Where(pair => pair.Key != "training.run").Select(pair =>
            $"{pair.Key} {string.Join(' ', pair.Value.Numbers.Cast<object>()).GetHashCode(StringComparison.Ordinal)}"));
    }
}
