#if !ILGPU
using Estampa.Bench;
using Estampa.Engine;
#endif
using Xunit;

namespace Estampa.Tests;

/// <summary>
/// Ops on the checking device, route by route: the value and all gradients without a fault and near the definition, and a second replay
/// to the bit. ESTAMPA_EVERY_CASE=1 takes every case instead of a share that is done in seconds.
/// </summary>
public class CheckedOpsTests
{
#if ILGPU
    [Fact]
    public void OpsHold() => Assert.Skip("built with ILGPU: the checking device belongs to the stand-in (-p:Ilgpu=false)");
#else
    private static readonly bool IsWhole = Environment.GetEnvironmentVariable("ESTAMPA_EVERY_CASE") is not null;

    /// <summary>A replay on tensor cores takes a change of threads for each lane of each instruction.</summary>
    [Theory]
    [InlineData(Route.Portable, 3, 400_000)]
    [InlineData(Route.Grouped, 7, 700_000)]
    [InlineData(Route.TensorFloat32, 11, 350_000)]
    [InlineData(Route.BFloat16, 10, 350_000)]
    public void HoldThreadByThread(Route route, int step, long mostFlops)
    {
        var cases = AllCases.Every.Where(opCase => !opCase.Timed && (IsWhole || Flops(opCase) <= mostFlops) && Takes(opCase, route));
        var place = 0;
        foreach (var opCase in cases.Where(_ => IsWhole || place++ % step == 0))
        {
            using var device = new CheckingDevice(route);
            OpCheck.Twice(opCase with { Tolerance = Math.Max(opCase.Tolerance, ToleranceOf(route)) }, device);
        }
    }

    /// <summary>
    /// Both factors of every product are rounded, to 2^-12 and 2^-9 of themselves; the worst of thousands of sums is this far off, as a
    /// share of their root mean square.
    /// </summary>
    private static double ToleranceOf(Route route) => route == Route.TensorFloat32 ? 12 * Math.Pow(2, -12)
        : route == Route.BFloat16 ? 12 * Math.Pow(2, -9)
        : 0;

    private static long Flops(OpCase opCase) => opCase.Build(new Graph()).Maker!.Flops;

    /// <summary>Whether some kernel of the case has the route.</summary>
    private static bool Takes(OpCase opCase, Route route)
    {
        using var device = new CheckingDevice(route);
        using var run = new OpRun(opCase, OpNumbers.Draw(opCase), device);
        return device.Taken.Contains(route);
    }
#endif
}
