using System.CommandLine;

namespace Estampa.Bench;

/// <summary><c>roof</c>: what this machine can do at most, on one thread and on all.</summary>
internal static class RoofVerb
{
    private const int Samples = 5;

    public static Command Make()
    {
        var command = new Command("roof", "Measure this machine: multiply-adds from registers and bytes copied, on one thread and on all.");
        var device = Target.AddFlags(command);
        command.SetAction(parsed =>
        {
            Console.WriteLine(RowFile.Head());
            foreach (var target in Target.Of(device, parsed, [.. new[] { 1, Environment.ProcessorCount }.Distinct()]))
            {
                using var meter = IRoofMeter.Of(target);
                for (var sample = 0; sample < Samples; sample++)
                {
                    meter.Sample();
                }

                Console.WriteLine($"{target.ToString(),-12}  {meter.Median}");
            }
        });
        return command;
    }
}
