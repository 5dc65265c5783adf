namespace Estampa.Bench;

/// <summary>One kind of step, ours and every peer's, each in a process of its own, in turns.</summary>
internal sealed class Match : IDisposable
{
    private readonly string recipe;
    private readonly string kind;
    private readonly int batch;
    private readonly Target target;
    private readonly Side ours;
    private readonly List<Side> pytorch = [];
    private readonly List<Side> onnxRuntime = [];

    /// <summary>Starts every side; <paramref name="missing"/> is told of each peer that did not start, and why.</summary>
    public Match(string recipe, string kind, int batch, int latent, Target target, Action<string> missing)
    {
        (this.recipe, this.kind, this.batch, this.target) = (recipe, kind, batch, target);
        ours = new Side("ours", ServeVerb.Start(recipe, kind, batch, target), batch);
        foreach (var (name, flags) in target.PyTorchModes(kind))
        {
            if (PeerPrograms.StartPyTorch(kind, batch, latent, target.Threads, flags, out var served) is { } failure)
            {
                // The first way is the plainest: where that does not start, nothing will.
                var isMissing = pytorch.Count == 0;
                missing(isMissing
                    ? $"PyTorch is missing ({failure}): {PeerPrograms.HowToGetPyTorch}"
                    : $"PyTorch does not run {name} here ({failure})");
                if (isMissing)
                {
                    break;
                }

                continue;
            }

            pytorch.Add(new Side($"PyTorch {name}", served!, batch));
        }

        if (kind is StepWork.Encode or StepWork.Reconstruct && target.IsProcessor)
        {
            if (PeerPrograms.StartOnnxRuntime(kind, batch, latent, target.Threads, out var served) is { } failure)
            {
                missing($"ONNX Runtime is missing ({failure}): {PeerPrograms.HowToGetOnnxRuntime}");
            }
            else
            {
                onnxRuntime.Add(new Side("ONNX Runtime", served!, batch));
            }
        }
    }

    private IEnumerable<Side> Peers => [.. pytorch, .. onnxRuntime];

    /// <summary>Every side takes a turn in each round, in the other order in every second round.</summary>
    public PeerRow Play(int rounds, double seconds)
    {
        Side[] sides = [ours, .. Peers];
        Console.WriteLine($"{recipe}, {kind}, batch {batch}, {target}");
        foreach (var side in sides)
        {
            Console.WriteLine($"  {side.Name}: {side.Process.Ready.ToJsonString()}");
            side.WarmUp(seconds);
        }

        for (var round = 0; round < rounds; round++)
        {
            foreach (var side in round % 2 == 0 ? sides : sides.Reverse())
            {
                side.Turn();
            }

            var speeds = sides.Select(side => $"{side.Name} {side.SpeedOf(side.Times[^1]):F0}");
            Console.WriteLine($"  round {round + 1}: {string.Join(", ", speeds)}");
        }

        var row = Row(rounds);
        Console.WriteLine($"  median:  {string.Join(", ", sides.Select(side => $"{side.Name} {side.SamplesPerSecond:F0}"))} samples/s");
        Console.WriteLine($"  memory:  {string.Join(", ", sides.Select(side => $"{side.Name} {side.PeakBytes >> 20}"))} MiB at most");
        Console.WriteLine(row.Ratio is null
            ? "  no peer"
            : $"  ours over the best peer: {row.Ratio:F2}; round by round, the median: {row.RoundRatio:F2}");
        return row;
    }

    public void Dispose()
    {
        foreach (var side in Peers.Prepend(ours))
        {
            side.Dispose();
        }
    }

    private PeerRow Row(int rounds)
    {
        var best = pytorch.MaxBy(side => side.SamplesPerSecond);
        var ratios = Enumerable.Range(0, rounds).Select(round => Peers.Min(peer => peer.Times[round]) / ours.Times[round]);
        return new PeerRow(
            recipe, kind, batch, target, ours.SamplesPerSecond, best?.SamplesPerSecond, onnxRuntime.FirstOrDefault()?.SamplesPerSecond,
            Peers.Any() ? Statistics.Median(ratios) : null, ours.PeakBytes, best?.PeakBytes);
    }
}
