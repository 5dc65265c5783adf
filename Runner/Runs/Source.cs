using System.Globalization;
using Estampa.Data;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>
/// What a data flag names, opened as a set of stamps. <c>simulated</c> makes alert packets in a temporary folder, reads them back as any
/// packets, and removes them.
/// </summary>
internal static class Source
{
    public const string Simulated = "simulated";
    private const int SimulatedCount = 4000;

    public static StampSet Open(string source, Recipe recipe, int? limit, Action<string> say)
    {
        var needs = recipe.Needs;
        var options = new StampSetOptions
        {
            Crop = needs.Side,
            Channels = needs.Channels,
            LimitSamples = limit,
            Scaling = needs.Scaling switch
            {
                "min-max" => Scaling.MinMax,
                "z-score" => Scaling.ZScore,
                "l2" => Scaling.L2,
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
    public static StampSet Open(string source, StampSetOptions options, Action<string> say) =>
        IsSimulated(source) ? Simulate(source, options, say) : StampSource.Open(source, options);

    /// <summary>The flag's word with relative paths made whole, so that a run can be opened from elsewhere.</summary>
    public static string Resolve(string source) => IsSimulated(source) ? source : Path.GetFullPath(source);

    /// <summary>Whether it is made rather than read.</summary>
    public static bool IsSimulated(string source) => source.Split(':')[0] == Simulated;

    private static StampSet Simulate(string source, StampSetOptions options, Action<string> say)
    {
        var count = SimulatedCount;
        if (source.Length > Simulated.Length
            && (!int.TryParse(source[(Simulated.Length + 1)..], CultureInfo.InvariantCulture, out count) || count is < 20 or > 1_000_000))
        {
            throw new BadInputException($"--data {source}: expected simulated:COUNT with a count of 20 to 1000000");
        }

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
