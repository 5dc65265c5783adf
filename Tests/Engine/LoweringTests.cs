using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>Every kernel of the engine compiles for CUDA and OpenCL, without such a device; needs the build with ILGPU.</summary>
public class LoweringTests(ITestOutputHelper output)
{
    private static readonly IReadOnlyList<(Type Type, IKernel Kernel)> Kernels = KernelList.All;

    [Fact]
    public void EveryOpShowsItsKernels()
    {
        var ops = typeof(Op).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Op))).SelectMany(KernelList.Closed);
        Assert.All(ops, op => Assert.Contains(op, Kernels.Select(pair => pair.Type)));
        output.WriteLine($"{Kernels.Count} kernels");
        string[] some = ["conv.forward", "batchNorm.silu.inputGradient", "squaredError.backward", "tanh.backward", "adam.update"];
        Assert.All(some, name => Assert.Contains(name, Kernels.Select(pair => pair.Kernel.Name)));
    }

#if ILGPU
    [Fact]
    public void EveryKernelLowersToPtx()
    {
        using var lowering = new Lowering();
        var count = 0;
        foreach (var (name, route, body) in Bodies())
        {
            var ampere = lowering.ToAmpere(route, body);
            Assert.Contains(".target sm_80", ampere, StringComparison.Ordinal);
            foreach (var text in new[] { ampere, lowering.ToHopper(route, body) })
            {
                Assert.Contains("st.global.", text, StringComparison.Ordinal);

                // A function that nothing defines: the driver would refuse the module.
                Assert.DoesNotContain(".extern .func", text, StringComparison.Ordinal);

                // Register tiles and fragments that went to memory instead.
                Assert.False(route != Route.Portable && text.Contains(".local", StringComparison.Ordinal), $"{name}, {route}: .local");
            }

            count++;
        }

        output.WriteLine($"{count} kernels of {Kernels.Count} names lower to PTX for sm_80 and sm_90");
    }

    [Fact]
    public void EveryKernelLowersToOpenCl()
    {
        using var lowering = new Lowering();
        var bodies = Bodies().Where(body => body.Route is Route.Portable or Route.Grouped).ToArray();
        Assert.All(
            bodies, body => Assert.Contains("kernel void", lowering.ToOpenCl(body.Route, body.Body), StringComparison.Ordinal));
        output.WriteLine($"{bodies.Length} kernels of {Kernels.Count} names lower to OpenCL C");
    }

    /// <summary>The tensor cores' instructions are in what their routes lower to, and asynchronous copies feed them.</summary>
    [Fact]
    public void TensorRoutesUseTensorCores()
    {
        using var lowering = new Lowering();
        foreach (var (name, route, body) in Bodies().Where(body => body.Route is Route.TensorFloat32 or Route.BFloat16))
        {
            var text = lowering.ToHopper(route, body);
            if (!body.Method.Name.Contains("Multiply", StringComparison.Ordinal))
            {
                continue;
            }

            var instruction = route == Route.TensorFloat32 ? "mma.sync.aligned.m16n8k8.row.col.f32.tf32" : "mma.sync.aligned.m16n8k16";
            Assert.True(text.Contains(instruction, StringComparison.Ordinal), $"{name}, {route}: no {instruction}");
            if (!name.StartsWith("roof.", StringComparison.Ordinal))
            {
                Assert.Contains("cp.async.ca.shared.global", text, StringComparison.Ordinal);
                Assert.Contains("cp.async.wait_group 1", text, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Every kernel's portable method and the bodies of its routes; some kernels share a body.</summary>
    private static IEnumerable<(string Name, Route Route, Delegate Body)> Bodies() => Kernels
        .SelectMany(pair => pair.Kernel.DeviceBodies.Select(body => (pair.Kernel.Name, body.Route, body.Body)))
        .DistinctBy(body => body.Body.Method);
#else
    [Fact]
    public void EveryKernelLowersToPtx() => Assert.Skip("built without ILGPU (no package feed serves it, or -p:Ilgpu=false)");
#endif
}
