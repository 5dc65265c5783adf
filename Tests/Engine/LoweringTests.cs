using System.Reflection;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>Every kernel of the engine compiles for CUDA and OpenCL, without such a device; needs the build with ILGPU.</summary>
public class LoweringTests
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
        string[] some = ["conv.forward", "batchNorm.silu.inputGradient", "squaredError.backward", "tanh.backward", "adam.update"];
        Assert.All(some, name => Assert.Contains(name, Kernels.Select(pair => pair.Kernel.Name)));
    }

#if ILGPU
    [Fact]
    public void EveryKernelLowersToPtx()
    {
        using var lowering = new Lowering();
        Assert.All(Kernels, pair =>
        {
            var ampere = lowering.ToAmpere(pair.Kernel.DeviceBodies.First().Body);
            Assert.Contains(".target sm_80", ampere, StringComparison.Ordinal);
            foreach (var text in new[] { ampere, lowering.ToHopper(pair.Kernel.DeviceBodies.First().Body) })
            {
                Assert.Contains("st.global.", text, StringComparison.Ordinal);

                // A function that nothing defines: the driver would refuse the module.
                Assert.DoesNotContain(".extern .func", text, StringComparison.Ordinal);
            }
        });
    }

    [Fact]
    public void EveryKernelLowersToOpenCl()
    {
        using var lowering = new Lowering();
        Assert.All(
            Kernels,
            pair => Assert.Contains("kernel void", lowering.ToOpenCl(pair.Kernel.DeviceBodies.First().Body), StringComparison.Ordinal));
    }
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
