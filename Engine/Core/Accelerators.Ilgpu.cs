using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
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

    /// <summary>All devices in the order in which they are preferred; where there is none of a kind, why.</summary>
    public static IReadOnlyList<FoundDevice> List()
    {
        try
        {
            FoundDevice[] cuda = [.. Cuda.Select((device, place) =>
                new FoundDevice($"cuda:{place}", device.Name, BackendOf(device), device.MemorySize, WhyNot(device)))];
            FoundDevice[] openCl = [.. OpenCl.Select((device, place) =>
                new FoundDevice($"opencl:{place}", device.Name, BackendOf(device), device.MemorySize, WhyNot(device)))];
            return
            [
                .. cuda.Length > 0 ? cuda : [new("cuda:N", "NVIDIA's GPUs", "cuda", 0, "no such device is found (by libcuda.so.1)")],
                .. openCl.Length > 0 ? openCl
                    : [new("opencl:N", "OpenCL devices", "opencl", 0, "no such device is found (by libOpenCL.so.1)")],
            ];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            // ILGPU looks for symbols in the working folder, whatever that is.
            return [new("cuda:N, opencl:N", "GPUs", "cuda", 0, $"ILGPU does not start here: {exception.Message}")];
        }
    }

    /// <exception cref="DeviceException">There is none of that name, or it cannot be used.</exception>
    public static Device Open(string name, DeviceOptions options)
    {
        var found = List().FirstOrDefault(found => found.Name == name) ?? throw new DeviceException(
            $"{name}: there are auto, {string.Join(", ", Device.List().Where(found => found.WhyNot is null).Select(found => found.Name))}"
            + " (see 'devices')");
        if (found.WhyNot is { } reason)
        {
            throw new DeviceException($"{name}: {reason}");
        }

        if (options.Precision != Precision.Float32 && found.Backend != "cuda")
        {
            throw new DeviceException($"{name}: computes in float32 alone; tf32 and bf16 need a CUDA device");
        }

        var place = int.Parse(name.AsSpan(name.IndexOf(':', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture);
        ILGPU.Runtime.Device device = found.Backend == "cuda" ? Cuda[place] : OpenCl[place];
        try
        {
            return new AcceleratorDevice(name, found.Backend, device.CreateAccelerator(Context), options);
        }
        catch (AcceleratorException exception)
        {
            throw new DeviceException($"{name}: does not open: {exception.Message}", exception);
        }
    }

    private static string BackendOf(ILGPU.Runtime.Device device) =>
        device is not CLDevice openCl ? "cuda" : (openCl.DeviceType & CLDeviceType.CL_DEVICE_TYPE_CPU) != 0 ? "opencl-cpu" : "opencl";

    private static string? WhyNot(CudaDevice device) => device.Architecture is null || device.InstructionSet is null
        ? $"its driver ({device.DriverVersion}) is too old for ILGPU 1.5.3" : null;

    private static string? WhyNot(CLDevice device) => device.Capabilities.GenericAddressSpace
        ? null : "it has no generic address space, and ILGPU 1.5.3 opens no OpenCL device without";

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
