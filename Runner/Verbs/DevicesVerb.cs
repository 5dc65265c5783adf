using System.CommandLine;
using System.Globalization;
using Estampa.Engine;

namespace Estampa.Runner;

/// <summary><c>devices</c>: where a training can run, why it cannot run elsewhere, and what is proven there.</summary>
internal static class DevicesVerb
{
    public static Command Make()
    {
        var command = new Command("devices", "List the devices, why one cannot be used, and which kernels are proven on which.");
        command.SetAction(_ =>
        {
            foreach (var found in Device.List())
            {
                var memory = found.MemoryBytes > 0 ? $", {found.MemoryBytes / 1048576} MiB" : "";
                var reason = found.WhyNot is { } why ? $": {why}" : "";
                Console.WriteLine($"{found.Name,-10} {found.Description}{memory}{reason}");
            }

            Console.WriteLine();
            Console.WriteLine("proven     kernels whose route has passed its tests on such a device; --unproven takes the others too");
            foreach (var group in Proven.Rows.GroupBy(row => (row.Backend, row.Route)))
            {
                var last = group.MaxBy(row => row.Date)!;
                var of = group.Key.Route == Route.Graph ? 1 : Proven.CountOf(group.Key.Route);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{group.Key.Backend,-10} {group.Key.Route,-14} {group.Count()} of {of} on {last.Device}, {last.Date:yyyy-MM-dd}"));
            }

            if (Proven.Rows.Count == 0)
            {
                Console.WriteLine($"{"none",-10} so far: CUDA and OpenCL devices need --unproven");
            }
        });
        return command;
    }
}
