using System.Diagnostics;
using System.Security.Cryptography;
using Estampa.Engine;

namespace Estampa.Tests;

/// <summary>
/// Ends trainings at random moments, again and again: <c>kills --count N [--first SEED]</c> without warning, <c>signals</c> by SIGINT and
/// SIGTERM, after which they must end within ten seconds. Each run must go on to the bits of one that was left alone. So short a training
/// saves for much of its time, so that many of these hit a save. Where runs are killed, their codes are written afterwards, and that is
/// killed too: the file is then whole or not there.
/// </summary>
internal sealed class Kills : IDisposable
{
    private const int Grace = 10_000;
    private readonly string folder = Directory.CreateTempSubdirectory("estampa-kills-").FullName;
    private readonly Random random;
    private readonly bool signals;
    private readonly int count;
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private readonly Training[] trainings;
    private int done;
    private int faults;

    private Kills(int count, int seed, bool signals)
    {
        (random, this.count, this.signals) = (new Random(seed), count, signals);
        string[] images = ["--data", Path.Combine(folder, "gaussians.npy"), "--batch", "4", "--epochs", "6", "--set", "latent=4"];
        string[] sequences = ["--data", "simulated-sequences:30", "--batch", "4", "--epochs", "4", "--set", "steps=10"];
        string[] alerts = ["--data", Path.Combine(folder, "alerts"), "--batch", "8", "--epochs", "3", "--set", "rotations=1"];
        EstampaCommand.Succeed("data", "make", "gaussians", "--count", "60", "--out", folder);
        EstampaCommand.Succeed("data", "make", "alerts", "--count", "60", "--out", alerts[1]);
        trainings = [Alone("stamp-vae", images), Alone("image-sequence-classifier", sequences), Alone("stamp-classifier", alerts)];
    }

    private string What => signals ? "signals" : "kills";

    public static int Run(int count, int seed, bool signals = false)
    {
        using var kills = new Kills(count, seed, signals);
        return kills.Run();
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private int Run()
    {
        var runs = 0;
        for (; done < count; runs++)
        {
            RunOnce(trainings[runs % trainings.Length], $"run-{runs}");
            if (runs % 20 == 19)
            {
                Console.WriteLine($"{done} {What} of {runs + 1} runs in {watch.Elapsed.TotalSeconds:F0} s: {faults} faults");
            }
        }

        Console.WriteLine(
            $"{done} {What} of {runs} runs in {watch.Elapsed.TotalSeconds:F0} s: {faults} ended otherwise than the run left alone");
        return faults == 0 ? 0 : 1;
    }

    private void RunOnce(Training training, string name)
    {
        var run = Path.Combine(folder, name);
        for (var ended = false; !ended;)
        {
            var begun = File.Exists(Path.Combine(run, "config.json"));
            string[] resume = ["train", training.Recipe, "--out", run, "--resume"];
            using var command = EstampaCommand.Start(begun ? resume : training.Into(run));
            ended = done == count || command.HasEndedAfter(random.Next(training.Milliseconds / 4, training.Milliseconds));
            if (!ended)
            {
                done++;
                ended = signals ? EndsInOrder(command, name) : Killed(command);
            }

            if (ended)
            {
                var outcome = command.End();
                Judge(outcome.Code == 0 && Bits(run) == training.Bits, $"{name}: exit code {outcome.Code} {outcome.Error}, or other bits");
            }
        }

        if (!signals)
        {
            Encode(training, run, name);
        }

        Directory.Delete(run, recursive: true);
    }

    private void Encode(Training training, string run, string name)
    {
        var file = Path.Combine(run, "codes.csv");
        using var command = EstampaCommand.Start(training.Encode(run, file));
        if (!command.HasEndedAfter(random.Next(training.EncodeMilliseconds / 2, training.EncodeMilliseconds)))
        {
            command.Kill();
        }

        Judge(!File.Exists(file) || File.ReadAllText(file) == training.Codes, $"{name}: codes.csv is there and not whole");
    }

    private static bool Killed(EstampaCommand command)
    {
        command.Kill();
        return false;
    }

    /// <returns>Whether it came to its end before the signal did.</returns>
    private bool EndsInOrder(EstampaCommand command, string name)
    {
        var signal = random.Next(2) == 0 ? EstampaCommand.Interrupt : EstampaCommand.Terminate;
        command.Signal(signal);
        if (!command.HasEndedAfter(Grace))
        {
            Judge(false, $"{name}: does not end after signal {signal}");
            return Killed(command);
        }

        var outcome = command.End();
        Judge(
            outcome.Code == 0 || outcome.Code == 128 + signal,
            $"{name}: exit code {outcome.Code} after signal {signal}: {outcome.Error}");
        return outcome.Code == 0;
    }

    private void Judge(bool holds, string fault)
    {
        if (!holds)
        {
            faults++;
            Console.WriteLine(fault);
        }
    }

    private Training Alone(string recipe, string[] arguments)
    {
        var training = new Training(recipe, arguments);
        var run = Path.Combine(folder, recipe);
        var alone = Stopwatch.StartNew();
        EstampaCommand.Succeed(training.Into(run));
        var (trained, codes) = (alone.ElapsedMilliseconds, Path.Combine(run, "codes.csv"));
        EstampaCommand.Succeed(training.Encode(run, codes));
        return training with
        {
            Milliseconds = (int)trained,
            Bits = Bits(run),
            EncodeMilliseconds = (int)(alone.ElapsedMilliseconds - trained),
            Codes = File.ReadAllText(codes),
        };
    }

    /// <summary>The model's bytes, and those of the state but for the seconds in it.</summary>
    private static string Bits(string run)
    {
        var state = Safetensors.Read(Path.Combine(run, "state.safetensors")).Tensors;
        var model = SHA256.HashData(File.ReadAllBytes(Path.Combine(run, "model.safetensors")));
        return Convert.ToHexString(model) + string.Join(' ', state.Where(pair => pair.Key != "training.run").Select(pair =>
            $"{pair.Key} {string.Join(' ', pair.Value.Numbers.Cast<object>()).GetHashCode(StringComparison.Ordinal)}"));
    }

    /// <summary>A training to be ended, and what it is when left alone.</summary>
    private sealed record Training(string Recipe, string[] Arguments)
    {
        public int Milliseconds { get; init; }

        public string Bits { get; init; } = "";

        public int EncodeMilliseconds { get; init; }

        public string Codes { get; init; } = "";

        public string[] Into(string run) => ["train", Recipe, .. Arguments, "--threads", "1", "--out", run];

        public string[] Encode(string run, string file) => ["encode", run, .. Arguments[..2], "--out", file];
    }
}
