using System.Globalization;

namespace Estampa.Engine;

/// <summary>A kernel's route that the tests have held against its definition on a real device.</summary>
/// <param name="Kernel">The kernel's name.</param>
/// <param name="Route">Which of its routes.</param>
/// <param name="Backend">The kind of device: cuda, opencl, or opencl-cpu, which is OpenCL on a processor.</param>
/// <param name="Device">The device of the tests.</param>
/// <param name="Date">When.</param>
public sealed record ProvenRoute(string Kernel, Route Route, string Backend, string Device, DateOnly Date)
{
    private const string Format = "yyyy-MM-dd";

    /// <summary>Stands for what replays a whole recording (a CUDA graph) where a kernel's name stands otherwise.</summary>
    public const string Recording = "recording";

    /// <summary>A line of the table.</summary>
    public override string ToString() =>
        $"{Kernel},{Route},{Backend},{Device.Replace(',', ' ')},{Date.ToString(Format, CultureInfo.InvariantCulture)}";

    /// <exception cref="FormatException">The line is no row of the table.</exception>
    public static ProvenRoute Parse(string line) =>
        line.Split(',') is [var kernel, var route, var backend, var device, var date] && Enum.TryParse(route, out Route kind)
            ? new(kernel, kind, backend, device, DateOnly.ParseExact(date, Format, CultureInfo.InvariantCulture))
            : throw new FormatException($"'{line}' is no kernel,route,backend,device,date");
}

/// <summary>
/// The table of proven routes (Engine/proven.csv), which the accelerator tests write. Devices take what stands in it and nothing else,
/// unless they are told to.
/// </summary>
public static class Proven
{
    public const string Header = "kernel,route,backend,device,date";

    private static readonly Lazy<IReadOnlyList<ProvenRoute>> Table = new(Load);

    private static readonly Lazy<HashSet<(string, Route, string)>> Index =
        new(() => [.. Rows.Select(row => (row.Kernel, row.Route, row.Backend))]);

    public static IReadOnlyList<ProvenRoute> Rows => Table.Value;

    public static bool Has(string kernel, Route route, string backend) => Index.Value.Contains((kernel, route, backend));

    /// <summary>Whether every kernel has a route that is proven on such a device.</summary>
    public static bool Covers(string backend) => KernelList.All.All(pair =>
        pair.Kernel.DeviceBodies.Any(body => Has(pair.Kernel.Name, body.Route, backend)));

    /// <summary>How many kernels have the route.</summary>
    public static int CountOf(Route route) => KernelList.All.Where(pair => pair.Kernel.DeviceBodies.Any(body => body.Route == route))
        .Select(pair => pair.Kernel.Name).Distinct().Count();

    private static List<ProvenRoute> Load()
    {
        using var stream = typeof(Proven).Assembly.GetManifestResourceStream("proven.csv")!;
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Skip(1).Select(ProvenRoute.Parse)];
    }
}
