using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Estampa.Bench;
using Estampa.Engine;
using Estampa.Models;

// roof                                    what this machine can do at most, one thread and all
// kernels [--filter TEXT] [--json FILE]   every kernel on the shapes that models use, beside the roof
// steps [BATCH] [THREADS]                 training steps, with the time of each kernel
// peers [BATCH] [THREADS]                 training beside PyTorch, in turns
var verb = args.Length > 0 ? args[0] : "";
var numbers = args.Skip(1).TakeWhile(word => !word.StartsWith("--", StringComparison.Ordinal)).ToArray();
var batch = numbers.Length > 0 ? int.Parse(numbers[0], CultureInfo.InvariantCulture) : 256;
var threads = numbers.Length > 1 ? int.Parse(numbers[1], CultureInfo.InvariantCulture) : Environment.ProcessorCount;
switch (verb)
{
    case "roof":
        MeasureRoof();
        return 0;
    case "kernels":
        MeasureKernels(Flag("--filter") ?? "", Flag("--json"));
        return 0;
    case "steps":
        MeasureSteps();
        return 0;
    case "peers":
        MeasurePeers();
        return 0;
    default:
        Console.Error.WriteLine("usage: Bench roof | kernels [--filter TEXT] [--json FILE] | steps|peers [BATCH=256] [THREADS=one a core]");
        return 2;
}

string? Flag(string name) => Array.IndexOf(args, name) is var place and >= 0 && place + 1 < args.Length ? args[place + 1] : null;

void MeasureRoof()
{
    foreach (var count in new[] { 1, Environment.ProcessorCount }.Distinct())
    {
        var roof = Roof.Measure(count);
        Say($"{count} thread{(count == 1 ? " " : "s")}: {roof.Gflops,6:F0} GFLOP/s multiply-adds, {roof.Gbytes,5:F1} GB/s copied"
            + $" ({HostDevice.VectorBits}-bit vectors)");
    }
}

void MeasureKernels(string filter, string? file)
{
    var rows = new JsonArray();
    foreach (var count in new[] { 1, Environment.ProcessorCount }.Distinct())
    {
        var roof = Roof.Measure(count);
        Say($"{count} threads, roof {roof.Gflops:F0} GFLOP/s, {roof.Gbytes:F1} GB/s");
        foreach (var row in Kernels.Measure(filter, count, roof))
        {
            rows.Add(row.ToJson());
            Say($"{row.Name,-18} {row.Direction,-18} {row.Shape,-32} {row.Milliseconds,8:F3} ms {row.Gflops,6:F0} GFLOP/s"
                + $" {row.Gbytes,6:F1} GB/s {row.RoofShare,6:P0}");
        }
    }

    if (file is not null)
    {
        File.WriteAllText(file, rows.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }
}

void MeasureSteps()
{
    const int Rounds = 20;
    using var steps = new Steps(new StampVaeRecipe(), batch, threads);
    steps.Train(5);
    var before = GC.GetAllocatedBytesForCurrentThread();
    var median = Steps.Median(steps.Train(Rounds));
    var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds;
    Say($"stamp-vae, batch {batch}, {threads} threads: {median:F1} ms a step, {batch / median * 1000:F0} samples/s");
    Say($"{3.0 * steps.Flops / median / 1e6:F0} GFLOP/s (three times the forward pass), {bytes} bytes allocated a step,"
        + $" {steps.WorkingMegabytes} MiB of activations");
    var launches = Enumerable.Range(0, 5).SelectMany(_ => steps.Profile()).GroupBy(row => row.Kernel);
    foreach (var kernel in launches.OrderByDescending(group => group.Sum(row => row.Milliseconds)))
    {
        Say($"{kernel.Key,-36} {kernel.Sum(row => row.Milliseconds) / 5,8:F2} ms");
    }
}

void MeasurePeers()
{
    const int Rounds = 7;
    const int StepsEach = 6;
    using var steps = new Steps(new StampVaeRecipe(), batch, threads);
    var latent = new StampVaeRecipe().Code;
    using var first = Peer.Start(batch, latent, threads, channelsLast: false);
    using var last = first is null ? null : Peer.Start(batch, latent, threads, channelsLast: true);
    Say($"stamp-vae training, latent {latent}, batch {batch}, {threads} threads, {HostDevice.VectorBits}-bit vectors");
    Say(first is null
        ? "PyTorch not found: install Debian's python3-torch with libopenblas0-pthread (or pip's torch) to compare; our rows alone"
        : $"PyTorch: {first.Ready.ToJsonString()}");
    steps.Train(5);
    List<double> ours = [], firsts = [], lasts = [];
    for (var round = 0; round < Rounds; round++)
    {
        ours.Add(1000 * batch / Steps.Median(steps.Train(StepsEach)));
        firsts.Add(first?.Run(StepsEach) ?? double.NaN);
        lasts.Add(last?.Run(StepsEach) ?? double.NaN);
        Say($"round {round + 1}: ours {ours[^1]:F0}, PyTorch channels-first {firsts[^1]:F0}, channels-last {lasts[^1]:F0} samples/s");
    }

    var ratios = ours.Zip(firsts.Zip(lasts, Math.Max), (our, peer) => our / peer);
    Say($"median: ours {Steps.Median(ours):F0}, PyTorch channels-first {Steps.Median(firsts):F0}, channels-last {Steps.Median(lasts):F0};"
        + $" ours over PyTorch's better one, round by round: {Steps.Median(ratios):F2}");
}

static void Say(string text) => Console.WriteLine(text);
