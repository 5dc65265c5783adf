using System.Reflection;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>Every kernel of the engine compiles for CUDA and OpenCL, without such a device; needs the build with ILGPU.</summary>
public class LoweringTests(ITestOutputHelper output)
{
    private const BindingFlags StaticMembers =
        BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Type[] EngineTypes = typeof(Op).Assembly.GetTypes();

    private static readonly (Type Type, IKernel Kernel)[] Kernels = [.. EngineTypes.SelectMany(Closed).SelectMany(type => type
        .GetFields(StaticMembers)
        .Where(member => member.FieldType.IsAssignableTo(typeof(IKernel)))
        .Select(member => (type, (IKernel)member.GetValue(null)!)))];

    [Fact]
    public void EveryOpShowsItsKernels()
    {
        var ops = EngineTypes.Where(type => type.IsSubclassOf(typeof(Op))).SelectMany(Closed);
        Assert.All(ops, op => Assert.Contains(op, Kernels.Select(pair => pair.Type)));
        output.WriteLine($"{Kernels.Length} kernels");
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

        output.WriteLine($"{count} kernels of {Kernels.Length} names lower to PTX for sm_80 and sm_90");
    }

    [Fact]
    public void EveryKernelLowersToOpenCl()
    {
        using var lowering = new Lowering();
        var bodies = Bodies().Where(body => body.Route is Route.Portable or Route.Grouped).ToArray();
        Assert.All(
            bodies, body => Assert.Contains("kernel void", lowering.ToOpenCl(body.Route, body.Body), StringComparison.Ordinal));
        output.WriteLine($"{bodies.Length} kernels of {Kernels.Length} names lower to OpenCL C");
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
            Assert.Contains("cp.async.ca.shared.global", text, StringComparison.Ordinal);
            Assert.Contains("cp.async.wait_group 1", text, StringComparison.Ordinal);
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

    /// <summary>A type itself, or a generic one closed over each activation or loss that its argument may be.</summary>
    private static IEnumerable<Type> Closed(Type type)
    {
        if (!type.IsGenericTypeDefinition)
        {
            return [type];
        }

        var wanted = type.GetGenericArguments()[0].GetGenericParameterConstraints().Where(constraint => constraint.IsInterface).ToArray();
        var isOpen = type.GetGenericArguments().Length > 1 || wanted.Length != 1 || wanted[0].ContainsGenericParameters;
        return isOpen ? [] : EngineTypes.Where(candidate => candidate.IsValueType && candidate.IsAssignableTo(wanted[0]))
            .Select(candidate => type.MakeGenericType(candidate));
    }
}
