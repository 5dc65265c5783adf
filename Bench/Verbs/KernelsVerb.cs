using System.CommandLine;
using Estampa.Data;

namespace Estampa.Bench;

/// <summary><c>kernels</c>: every timed case, launch by launch, beside the roof of the same run.</summary>
internal static class KernelsVerb
{
    public static Command Make()
    {
        var filter = new Option<string>("--filter")
        {
            Description = "Only cases whose name holds this text, such as 'conv' or 'stride 2'.",
            DefaultValueFactory = _ => "",
        };
        var file = Flags.Json();
        var threads = Flags.Threads([.. new[] { 1, Environment.ProcessorCount }.Distinct()]);
        var reports = new Option<bool>("--bdn")
        {
            Description = "The convolution hot path under BenchmarkDotNet, with its reports, instead.",
        };
        var command = new Command("kernels", "Time every kernel on the shapes that models use, beside the machine's roof.")
        {
            filter, file, threads, reports,
        };
        var device = Target.AddFlags(command);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(reports))
            {
                ConvBenchmarks.Run();
                return;
            }

            var rows = Target.Of(device, parsed, parsed.GetValue(threads)!)
                .SelectMany(target => Measure(parsed.GetValue(filter)!, target)).ToList();
            RowFile.Write(parsed.GetValue(file), rows.Select(row => row.ToJson()));
        });
        return command;
    }

    private static List<KernelRow> Measure(string filter, Target target)
    {
        using var meter = IRoofMeter.Of(target);
        var measured = new List<KernelRow>();
        meter.Sample();
        foreach (var rows in Kernels.Measure(filter, target))
        {
            measured.AddRange(rows);
            meter.Sample();
        }

        if (measured.Count == 0)
        {
            throw new BadInputException($"--filter {filter}: no timed case has this in its name");
        }

        // The roof is the median over the whole run, so a table can only be printed at its end.
        Console.WriteLine($"{RowFile.Head()}, {target}, roof {meter.Median}");
        var table = measured.ConvertAll(row => row.Beside(meter.Median));
        foreach (var row in table)
        {
            Console.WriteLine($"{row.Name,-18} {row.Direction,-18} {row.Shape,-40} {row.Milliseconds,9:F3} ms {row.Gflops,6:F0} GFLOP/s"
                + $" {row.Gbytes,6:F1} GB/s {row.RoofShare,6:P0}");
        }

        return table;
    }
}
