#if ILGPU
using Estampa.Engine;
using Xunit;
#endif

namespace Estampa.Tests;

/// <summary>
/// What the accelerator tests prove. With ESTAMPA_PROVE=FILE a whole run of them that passes writes its rows into that table, which is
/// Engine/proven.csv in the end; without it, a test fails where a route has run that the table does not know.
/// </summary>
public sealed class ProvenRecord : IDisposable
{
    public const string Variable = "ESTAMPA_PROVE";

#if ILGPU
    private static readonly string? Target = Environment.GetEnvironmentVariable(Variable);
    private readonly Dictionary<string, int> passed = [];

    /// <summary>Counts a test that has passed on the device.</summary>
    internal void Pass(string key, AcceleratorDevice device)
    {
        passed[key] = passed.GetValueOrDefault(key) + 1;
        if (Target is null && Proven.Rows.Any(row => row.Backend == device.Backend))
        {
            Assert.All(Rows(device), row => Assert.True(
                Proven.Has(row.Kernel, row.Route, row.Backend),
                $"{row.Kernel}, {row.Route}: not in Engine/proven.csv; run AcceleratorTests with {Variable}=Engine/proven.csv"));
        }
    }

    public void Dispose()
    {
        var whole = AcceleratorTests.Rows.Select(row => row.Data.Item1).CountBy(key => key);
        if (Target is null || !whole.All(pair => passed.GetValueOrDefault(pair.Key) == pair.Value))
        {
            return;
        }

        var devices = AcceleratorDevices.Real.Values;
        var backends = devices.Select(device => device.Backend).ToHashSet();
        var others = File.Exists(Target) ? File.ReadLines(Target).Skip(1).Select(ProvenRoute.Parse) : [];
        var rows = others.Where(row => !backends.Contains(row.Backend)).Concat(devices.SelectMany(Rows)).DistinctBy(
            row => (row.Kernel, row.Route, row.Backend));
        var lines = rows.Select(row => row.ToString()).Order(StringComparer.Ordinal);
        File.WriteAllText(Target, string.Join('\n', [Proven.Header, .. lines, ""]));
    }

    private static IEnumerable<ProvenRoute> Rows(AcceleratorDevice device) => device.Taken
        .Where(pair => pair.Kernel == ProvenRoute.Recording || KernelList.All.Any(known => known.Kernel.Name == pair.Kernel))
        .Select(pair => new ProvenRoute(
            pair.Kernel, pair.Route, device.Backend, device.Accelerator.Name.Trim(), DateOnly.FromDateTime(DateTime.UtcNow)));
#else
    public void Dispose()
    {
        // Nothing can be proven without ILGPU.
    }
#endif
}
