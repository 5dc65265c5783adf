using System.Diagnostics;
using Estampa.Data;
using Estampa.Engine;
using Estampa.Models;
using Estampa.Runner;

namespace Estampa.Tests;

/// <summary>
/// Reads and encodes packets for a long time, one in a thousand of them damaged: <c>soak --count N</c>. All must be used or reported,
/// memory and open files must stay, and the last tenth must be as fast as the first.
/// </summary>
internal static class Soak
{
    private const int PerRound = 2000;
    private const int Damaged = 2;

    public static int Run(int count)
    {
        var rounds = Math.Max(10, count / PerRound);
        var folder = Directory.CreateTempSubdirectory("estampa-soak-").FullName;
        try
        {
            var packets = Packets(folder);
            var recipe = new StampVaeRecipe();
            using var device = new HostDevice(Environment.ProcessorCount, RouteChoice.Fastest);
            using var weights = new Weights(device, recipe.Build(2).Graph, seed: 1);
            using var scorer = new Scorer(recipe, device, weights);
            var (used, reported, seconds, memory, files) = (0L, 0L, new double[rounds], new long[rounds], new int[rounds]);
            for (var round = 0; round < rounds; round++)
            {
                // Other packets each round, damaged another way, and made whole again afterwards.
                var victims = Enumerable.Range(0, Damaged).Select(i => packets[((round * 7919) + (i * 1009)) % packets.Length]).ToArray();
                var sound = victims.Select(File.ReadAllBytes).ToArray();
                for (var i = 0; i < Damaged; i++)
                {
                    File.WriteAllBytes(victims[i], sound[i][..(sound[i].Length / 2)]);
                }

                var watch = Stopwatch.StartNew();
                var data = RunData.Open(folder, recipe, limit: null, _ => { });
                var latents = scorer.Encode(data.All);
                seconds[round] = watch.Elapsed.TotalSeconds;
                used += latents.Length / 30;
                reported += data.Stamps.Rejected.Count;
                for (var i = 0; i < Damaged; i++)
                {
                    File.WriteAllBytes(victims[i], sound[i]);
                }

                GC.Collect();
                memory[round] = Process.GetCurrentProcess().WorkingSet64 >> 20;
                files[round] = Directory.Exists("/proc/self/fd") ? Directory.GetFiles("/proc/self/fd").Length : 0;
                if (round % 10 == 9)
                {
                    Console.WriteLine(
                        $"{(round + 1) * packets.Length} packets: {packets.Length / seconds[round]:F0}/s, {memory[round]} MiB");
                }
            }

            var tenth = rounds / 10;
            var (first, last) = (seconds.Skip(1).Take(tenth).Median(), seconds.TakeLast(tenth).Median());
            var packetsRead = (long)rounds * packets.Length;
            Console.WriteLine($"{packetsRead} packets: {used} used, {reported} reported; {packets.Length / first:F0}/s in the first tenth,"
                + $" {packets.Length / last:F0}/s in the last; {memory[tenth]} MiB, then {memory[^1]} MiB; {files[tenth]} open files, then"
                + $" {files[^1]}");
            var holds = used + reported == packetsRead && memory[^1] <= 1.05 * memory[tenth] && files[^1] <= files[tenth]
                && last <= first / 0.95;
            return holds ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>One packet a file, as brokers send them.</summary>
    private static string[] Packets(string folder)
    {
        var made = Directory.CreateTempSubdirectory("estampa-made-").FullName;
        new SimulatedAlerts(new SimulationOptions { Count = PerRound }).WriteFolder(Path.Combine(made, "alerts"));
        foreach (var file in Directory.GetFiles(made, "*.avro", SearchOption.AllDirectories))
        {
            using var container = AvroFile.Open(file);
            foreach (var record in container.Records())
            {
                AvroWriter.Write(Path.Combine(folder, $"{record["candid"]}.avro"), container.Schema, [record]);
            }
        }

        Directory.Delete(made, recursive: true);
        return [.. Directory.GetFiles(folder, "*.avro").Order(StringComparer.Ordinal)];
    }

    private static double Median(this IEnumerable<double> numbers)
    {
        var sorted = numbers.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
