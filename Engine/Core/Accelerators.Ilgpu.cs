using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace Estampa.Engine;

/// <summary>What ILGPU finds on this machine. There is one context a process; it holds the compilers and is never closed.</summary>
internal static class Accelerators
{
    private static readonly Lazy<Context> Shared = new(Create);

    public static Context Context => Shared.Value;

    public static IReadOnlyList<CudaDevice> Cuda => [.. Context.Devices.OfType<CudaDevice>()];

    /// <summary>All of them, also those that ILGPU cannot use.</summary>
    public static IReadOnlyList<CLDevice> OpenCl => [.. Context.Devices.OfType<CLDevice>()];

    private static Context Create()
    {
        // Under WSL ILGPU sets a resolver of its own, and an assembly takes one.
        if (!Directory.Exists("/usr/lib/wsl/lib"))
        {
            NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, Resolve);
        }

        NativeLibrary.SetDllImportResolver(typeof(Accelerators).Assembly, Resolve);
        var context = Context.Create(builder =>
        {
            builder.EnableAlgorithms().Optimize(OptimizationLevel.O2).OpenCL(_ => true);
            if (Environment.Is64BitProcess)
            {
                builder.Cuda(_ => true);
            }
        });
        PtxInstructionAttribute.Register(context);
        return context;
    }

    /// <summary>Many machines have the drivers' libraries under their full names alone: libcuda.so.1, libOpenCL.so.1.</summary>
    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name is "cuda" or "OpenCL" && !NativeLibrary.TryLoad(name, assembly, path, out _)
            && NativeLibrary.TryLoad($"lib{name}.so.1", out var handle) ? handle : 0;
}
