using System.Diagnostics;
using System.Text.Json.Nodes;
using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>One kernel on one shape, beside the roof of the same run.</summary>
internal sealed record KernelRow(
    string Name, string Shape, string Direction, int Threads, double Milliseconds, double Gflops, double Gbytes, double RoofShare)
{
    public JsonObject ToJson() => new()
    {
        ["name"] = Name,
        ["shape"] = Shape,
        ["direction"] = Direction,
        ["threads"] = Threads,
        ["milliseconds"] = Milliseconds,
        ["gflops"] = Gflops,
        ["gbytes"] = Gbytes,
        ["roofShare"] = RoofShare,
    };
}

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

    /// <summary>Rows of every timed case whose name holds the filter.</summary>
    public static IEnumerable<KernelRow> Measure(string filter, int threads, Roof roof)
    {
        using var device = new HostDevice(threads);
        foreach (var opCase in Cases.Where(opCase => opCase.Timed && opCase.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)))
        {
            foreach (var row in Measure(opCase, device, roof))
            {
                yield return row;
            }
        }
    }

    private static List<KernelRow> Measure(OpCase opCase, HostDevice device, Roof roof)
    {
        var graph = new Graph();
        var inputs = opCase.BuildInputs(graph);
        var output = opCase.Call(inputs);
        var samples = output;
        if (output.Shape.Sample > 1)
        {
            samples = output.SquaredError(graph.Input("target", output.Shape));
        }

        var loss = graph.Loss(new LossPart("error", samples, graph.Dial("error", 1f)));
        using var weights = new Weights(device, graph, seed: 1);
        using var plan = Plan.ForTraining(device, graph, weights, loss.Output);
        foreach (var input in graph.Inputs)
        {
            var numbers = new float[input.Shape.Count];
            for (var element = 0; element < numbers.Length; element++)
            {
                numbers[element] = Noise.Uniform(1, 0, 0, 0, (uint)element);
            }

            plan.Write(input, numbers);
        }

        var op = output.Maker!;
        var rows = new List<KernelRow>();
        var times = plan.Recording.Launches.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round < Warm + Rounds; round++)
        {
            for (var place = 0; place < times.Length; place++)
            {
                var start = Stopwatch.GetTimestamp();
                plan.Recording.Launches[place].Run();
                times[place].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        foreach (var (launch, measured) in plan.Recording.Launches.Zip(times))
        {
            var (kernel, direction) = (launch.Name[..launch.Name.LastIndexOf('.')], launch.Name[(launch.Name.LastIndexOf('.') + 1)..]);
            if (kernel == "loss" || (kernel == "squaredError" && samples != output))
            {
                continue;
            }

            var milliseconds = Steps.Median(measured.Skip(Warm));
            var gflops = op.Flops / milliseconds / 1e6;
            var gbytes = Floats(inputs[0], output, direction) * sizeof(float) / milliseconds / 1e6;
            rows.Add(new KernelRow(
                kernel, $"{inputs[0].Shape} to {output.Shape}", direction, device.Threads, milliseconds, gflops, gbytes,
                Math.Max(gflops / roof.Gflops, gbytes / roof.Gbytes)));
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
