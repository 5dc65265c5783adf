using System.Diagnostics;
using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>The roof of a device: multiply-adds from registers (on tensor cores where the precision allows), and bytes copied.</summary>
internal sealed class DeviceRoof : IRoofMeter
{
    private const int Calls = 1 << 20;
    private const int CopyFloats = 32 << 20;
    private const int Tries = 5;

    /// <summary>m16n8k8 and m16n8k16: multiplications and additions of one product of a warp.</summary>
    private const double TensorFloat32Flops = 2 * 16 * 8 * 8;
    private const double BFloat16Flops = 2 * 16 * 8 * 16;
    private const int Warp = 32;
    private readonly Device device;
    private readonly Block from;
    private readonly Block to;
    private readonly Launch spin;
    private readonly Launch copy;
    private readonly double flops;
    private readonly List<Roof> samples = [];

    /// <param name="target">What to open.</param>
    /// <param name="rounds">Length of the arithmetic: milliseconds on a GPU, and less where a processor plays one.</param>
    public DeviceRoof(Target target, int rounds = 256)
    {
        device = target.Open();
        from = device.Allocate(CopyFloats, "the roof's source");
        to = device.Allocate(CopyFloats, "the roof's target");
        spin = RoofKernels.MultiplyAdds(device, from, to, Calls, rounds);
        copy = RoofKernels.Copy(device, from, to, CopyFloats);
        var product = RoofKernels.TensorProducts * (target.Precision == "bf16" ? BFloat16Flops : TensorFloat32Flops);
        flops = target.Precision == "float32"
            ? 2.0 * RoofKernels.MultiplyAddsPerRound * Calls * rounds
            : product * (Calls / Warp) * rounds;
    }

    public Roof Median => new(
        Statistics.Median(samples.Select(sample => sample.Gflops)), Statistics.Median(samples.Select(sample => sample.Gbytes)));

    public void Sample() => samples.Add(new Roof(flops / Seconds(spin) / 1e9, 2.0 * sizeof(float) * CopyFloats / Seconds(copy) / 1e9));

    public void Dispose()
    {
        from.Dispose();
        to.Dispose();
        device.Dispose();
    }

    private double Seconds(Launch launch)
    {
        var best = double.PositiveInfinity;
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            device.Wait();
            var start = Stopwatch.GetTimestamp();
            launch.Run();
            device.Wait();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }
}
