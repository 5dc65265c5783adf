using System.Diagnostics;
using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>The timed cases, launch by launch.</summary>
internal static class Kernels
{
    private const int Warm = 4;
    private const int Rounds = 15;

    private static IEnumerable<OpCase> Cases =>
    [
        .. ConvCases.All, .. LinearCases.All, .. BatchNormCases.All, .. ActivationCases.All, .. UpsampleCases.All,
        .. UpsampledConvCases.All, .. PixelLossCases.All,
    ];

    /// <summary>The rows of each timed case whose name holds the filter.</summary>
    public static IEnumerable<IReadOnlyList<KernelRow>> Measure(string filter, int threads)
    {
        using var device = new HostDevice(threads);
        foreach (var opCase in Cases.Where(opCase => opCase.Timed && opCase.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)))
        {
            yield return Measure(opCase, device);
        }
    }

    private static List<KernelRow> Measure(OpCase opCase, HostDevice device)
    {
        using var plan = new CasePlan(opCase, device);
        var times = plan.Launches.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round < Warm + Rounds; round++)
        {
            for (var place = 0; place < times.Length; place++)
            {
                var start = Stopwatch.GetTimestamp();
                plan.Launches[place].Run();
                times[place].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        var rows = new List<KernelRow>();
        foreach (var (launch, measured) in plan.Launches.Zip(times))
        {
            var (kernel, direction) = (launch.Name[..launch.Name.LastIndexOf('.')], launch.Name[(launch.Name.LastIndexOf('.') + 1)..]);
            if (kernel == "loss" || (kernel == "squaredError" && plan.AddsLoss))
            {
                continue;
            }

            var milliseconds = Statistics.Median(measured.Skip(Warm));
            var gflops = plan.Output.Maker!.Flops / milliseconds / 1e6;
            var gbytes = Floats(plan.Inputs[0], plan.Output, direction) * sizeof(float) / milliseconds / 1e6;
            rows.Add(new KernelRow(kernel, opCase.Name, direction, device.Threads, milliseconds, gflops, gbytes));
        }

        return rows;
    }

    /// <summary>
    /// Numbers that must cross memory at least once: forward its input and output; a gradient of the input both gradients and the input;
    /// sums over the batch what they read.
    /// </summary>
    private static double Floats(Tensor input, Tensor output, string direction) => direction switch
    {
        "forward" => (double)input.Shape.Count + output.Shape.Count,
        "chunkStatistics" => input.Shape.Count,
        "statistics" or "parameterGradient" => 0,
        "chunkGradients" or "weightGradient" => (double)input.Shape.Count + output.Shape.Count,
        _ => (2.0 * input.Shape.Count) + output.Shape.Count,
    };
}
