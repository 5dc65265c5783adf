#if ILGPU
using Estampa.Engine;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.OpenCL;
#endif
using Xunit;

namespace Estampa.Tests;

/// <summary>Devices through ILGPU for the whole test run; one test at a time may use them (<see cref="AcceleratorCollection"/>).</summary>
internal static class AcceleratorDevices
{
#if ILGPU
    /// <summary>Threads of a group in ILGPU's simulator, one of the processor's each; grouped routes ask for so many.</summary>
    private const int GroupThreads = 128;

    private static readonly Lazy<AcceleratorDevice> SimulatedDevice = new(() =>
        new("ilgpu", new CPUDevice(GroupThreads, 1, 1).CreateCPUAccelerator(Accelerators.Context)));

    private static readonly Lazy<AcceleratorDevice?> OpenClDevice = new(() =>
        FindOpenCl() is { } found ? new AcceleratorDevice("opencl:0", found.CreateAccelerator(Accelerators.Context)) : null);

    /// <summary>ILGPU's own simulation of a device: slow, and there on every machine.</summary>
    public static AcceleratorDevice Simulated => SimulatedDevice.Value;

    /// <summary>The first OpenCL device; null where there is none.</summary>
    public static AcceleratorDevice? OpenCl => OpenClDevice.Value;

    /// <summary>
    /// ILGPU takes no device without a generic address space, which our kernels do not need and which PoCL (OpenCL on the processor) does
    /// not have: it is told that there is one.
    /// </summary>
    private static CLDevice? FindOpenCl()
    {
        var found = Accelerators.OpenCl.Count > 0 ? Accelerators.OpenCl[0] : null;
        found?.Capabilities.GetType().GetProperty("GenericAddressSpace")!.SetValue(found.Capabilities, true);
        return found;
    }
#endif
}

/// <summary>Tests on these devices take turns.</summary>
[CollectionDefinition(Name)]
public sealed class AcceleratorCollection
{
    public const string Name = "the accelerators";
}
