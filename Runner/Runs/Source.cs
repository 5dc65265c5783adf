using System.Globalization;
using Estampa.Data;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>
/// What a data flag names, opened as a set of stamps. <c>simulated</c> makes alert packets in a temporary folder, reads them back as any
/// packets, and removes them; <c>simulated-sequences</c> makes sequences of frames in memory.
/// </summary>
internal static class Source
{
    public const string Simulated = "simulated";
    public const string SimulatedSequences = "simulated-sequences";
    private const int SimulatedCount = 4000;

    public static StampSet Open(string source, Recipe recipe, int? limit, Action<string> say)
    {
        var needs = recipe.Needs;
        var options = new StampSetOptions
        {
            Crop = needs.Side,
            Channels = needs.Channels,
            LimitSamples = limit,
            RejectLimit = recipe.Settings.RejectLimit,
            History = needs.History,
            Scaling = needs.Scaling switch
            {
                "min-max" => Scaling.MinMax,
                "z-score" => Scaling.ZScore,
                "l2" => Scaling.L2,
                "sky" => Scaling.Sky,
                "object" => Scaling.Object,
                _ => Scaling.None,
            },
        };
        var set = Open(source, options, say);
        if (set.Height != needs.Side || set.Width != needs.Side || set.Channels.Length != needs.Channels.Count)
        {
            throw new BadInputException($"{source}: {set.Height}x{set.Width}x{set.Channels.Length} samples, {recipe.Name} takes"
                + $" {needs.Side}x{needs.Side}x{needs.Channels.Count}");
        }

        return set;
    }

    /// <summary>The set of any source, for no recipe in particular.</summary>
    public static StampSet Open(string source, StampSetOptions options, Action<string> say) => Word(source) switch
    {
        Simulated => Simulate(source, options, say),
        SimulatedSequences => SimulateSequences(source, options, say),
        _ => StampSource.Open(source, options),
    };

    /// <summary>The flag's word with relative paths made whole, so that a run can be opened from elsewhere.</summary>
    public static string Resolve(string source) => IsSimulated(source) ? source : Path.GetFullPath(source);

    /// <summary>Whether it is made rather than read.</summary>
    public static bool IsSimulated(string source) => Word(source) is Simulated or SimulatedSequences;

    /// <summary>The source as a report's text names it.</summary>
    public static string Describe(string source) => Word(source) switch
    {
        Simulated => "simulated alerts",
        SimulatedSequences => "simulated sequences",
        _ => source,
    };

    private static string Word(string source) => source.Split(':')[0];

    private static int Count(string source, int usual, int least, int most)
    {
        var word = Word(source);
        if (source.Length == word.Length)
        {
            return usual;
        }

        return int.TryParse(source[(word.Length + 1)..], CultureInfo.InvariantCulture, out var count) && count >= least && count <= most
            ? count
            : throw new BadInputException($"--data {source}: expected {word}:COUNT with a count of {least} to {most}");
    }

    private static StampSet SimulateSequences(string source, StampSetOptions options, Action<string> say)
    {
        var usual = new SequenceOptions();
        var count = Count(source, usual.Count, 20, SequenceOptions.Most);
        using var stop = new StopSignal();
        say($"making {count} simulated sequences (another source: --data)");
        return new SimulatedSequences(usual with { Count = count }).ToSet(options, stop.Token);
    }

    private static StampSet Simulate(string source, StampSetOptions options, Action<string> say)
    {
        var count = Count(source, SimulatedCount, 20, 1_000_000);

        // A signal ends it through the finally below: some hundred megabytes would stay in the temporary folder otherwise.
        using var stop = new StopSignal();
        var folder = Directory.CreateTempSubdirectory("estampa-");
        try
        {
            say($"making {count} simulated alert packets (another source: --data)");
            var packets = Path.Combine(folder.FullName, "packets");
            new SimulatedAlerts(new SimulationOptions { Count = count }).WriteFolder(packets, cancel: stop.Token);
            var set = StampSource.Open(packets, options);
            stop.Token.ThrowIfCancellationRequested();
            return set;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
