using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace Estampa.Engine;

/// <summary>
/// Kernels as source for devices that need not be there: for tests, as a kernel that does not lower fails only at its first launch.
/// One instance compiles many kernels.
/// </summary>
internal sealed class Lowering : IDisposable
{
    private readonly Context context = Context.Create(builder => builder.EnableAlgorithms().Optimize(OptimizationLevel.O2));
    private readonly PTXBackend ampere;
    private readonly PTXBackend hopper;
    private readonly CLBackend openCl;

    public Lowering()
    {
        PtxInstructionAttribute.Register(context);
        ampere = new PTXBackend(context, CudaArchitecture.SM_80, CudaInstructionSet.ISA_70, null!);
        hopper = new PTXBackend(context, CudaArchitecture.SM_90, CudaInstructionSet.ISA_80, null!);
        openCl = new CLBackend(context, new CLCapabilityContext(true, true, true, true, true), CLDeviceVendor.Intel, CLCVersion.CL20);
    }

    /// <summary>NVIDIA's PTX for compute capability 8.0 (A100).</summary>
    public string ToAmpere(Route route, Delegate body) => ((PTXCompiledKernel)Compile(ampere, route, body)).PTXAssembly;

    /// <summary>NVIDIA's PTX for compute capability 9.0 (H100).</summary>
    public string ToHopper(Route route, Delegate body) => ((PTXCompiledKernel)Compile(hopper, route, body)).PTXAssembly;

    public string ToOpenCl(Route route, Delegate body) => ((CLCompiledKernel)Compile(openCl, route, body)).Source;

    public void Dispose()
    {
        ampere.Dispose();
        hopper.Dispose();
        openCl.Dispose();
        context.Dispose();
    }

    private static CompiledKernel Compile(Backend backend, Route route, Delegate body) => backend.Compile(
        route == Route.Portable
            ? EntryPointDescription.FromImplicitlyGroupedKernel(body.Method)
            : EntryPointDescription.FromExplicitlyGroupedKernel(body.Method),
        default);
}
