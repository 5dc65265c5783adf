using System.Diagnostics;

namespace Estampa.Tests;

/// <summary>
/// Trains a small network for many steps: <c>steps --count N</c>. Memory, open files and the device's blocks must stay what they were.
/// </summary>
internal static class LongTraining
{
    /// <summary>MiB that memory may grow by in each 10,000 steps.</summary>
    private const double MostGrowth = 1;

    public static int Run(int count)
    {
        using var vae = new SmallVae(Hosts.TwoThreads);
        var (steps, memory, files) = (new List<double>(), new List<double>(), new List<int>());
        var (tenth, watch) = (Math.Max(1, count / 10), Stopwatch.StartNew());
        vae.Run(1);
        var blocks = Hosts.TwoThreads.LiveBlocks;
        while (vae.Trainer.Step < count)
        {
            vae.Run(tenth / vae.Trainer.StepsPerEpoch);
            GC.Collect();
            steps.Add(vae.Trainer.Step);
            memory.Add(Process.GetCurrentProcess().WorkingSet64 / (1024.0 * 1024));
            files.Add(Directory.Exists("/proc/self/fd") ? Directory.GetFiles("/proc/self/fd").Length : 0);
            Console.WriteLine(
                $"{vae.Trainer.Step} steps in {watch.Elapsed.TotalSeconds:F0} s: {memory[^1]:F1} MiB, {files[^1]} open files,"
                + $" {Hosts.TwoThreads.LiveBlocks} blocks");
        }

        // From the second tenth on: the first one compiles what runs often, and opens what that needs.
        var growth = (memory[^1] - memory[1]) / (steps[^1] - steps[1]) * 10_000;
        var holds = growth < MostGrowth && files[^1] <= files[1] && Hosts.TwoThreads.LiveBlocks == blocks;
        Console.WriteLine($"{growth:F3} MiB in 10,000 steps: {(holds ? "nothing leaks" : "it leaks")}");
        return holds ? 0 : 1;
    }
}
