using System.Globalization;
using Estampa.Bench;
using Estampa.Engine;
using Estampa.Models;

// steps [BATCH] [THREADS]   training steps of each recipe, with the time of each kernel
// peers [BATCH] [THREADS]   training beside PyTorch, in turns
var verb = args.Length > 0 ? args[0] : "";
var batch = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 256;
var threads = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : Environment.ProcessorCount;
switch (verb)
{
    case "steps":
        MeasureSteps();
        return 0;
    case "peers":
        MeasurePeers();
        return 0;
    default:
        Console.Error.WriteLine("usage: Bench steps|peers [BATCH=256] [THREADS=one a core]");
        return 2;
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
