using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>The timed cases, launch by launch.</summary>
internal static class Kernels
{
    private static IEnumerable<OpCase> Cases =>
    [
        .. ConvCases.All, .. LinearCases.All, .. BatchNormCases.All, .. ActivationCases.All, .. UpsampleCases.All,
        .. UpsampledConvCases.All, .. LatentCases.Draws, .. LatentCases.Divergences, .. PixelLossCases.All, .. GaussianLikelihoodCases.All,
        .. GruCases.All,
    ];

    /// <summary>The rows of each timed case whose name holds the filter.</summary>
    public static IEnumerable<IReadOnlyList<KernelRow>> Measure(string filter, Target target)
    {
        using var device = target.Open();
        foreach (var opCase in Cases.Where(opCase => opCase.Timed && Has(opCase.Name, filter)))
        {
            yield return Measure(opCase, device, target);
        }

        if (Has(AdamKernel.Name, filter))
        {
            yield return [AdamKernel.Measure(device, target)];
        }
    }

    private static bool Has(string name, string filter) => name.Contains(filter, StringComparison.OrdinalIgnoreCase);

    private static List<KernelRow> Measure(OpCase opCase, Device device, Target target)
    {
        using var plan = new CasePlan(opCase, device);
        var rows = new List<KernelRow>();
        foreach (var (launch, milliseconds) in plan.Launches.Zip(LaunchTimer.Medians(device, plan.Launches)))
        {
            var (kernel, direction) = (launch.Name[..launch.Name.LastIndexOf('.')], launch.Name[(launch.Name.LastIndexOf('.') + 1)..]);
            if (kernel == "loss" || (kernel == "squaredError" && plan.AddsLoss))
            {
                continue;
            }

            var gflops = plan.Output.Maker!.Flops / milliseconds / 1e6;
            var gbytes = Floats(plan.Inputs[0], plan.Output, direction) * sizeof(float) / milliseconds / 1e6;
            rows.Add(new KernelRow(kernel, opCase.Name, direction, target, milliseconds, gflops, gbytes));
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
