using Xunit;
#if ILGPU
using Estampa.Engine;
using ILGPU.Runtime.CPU;
#endif

namespace Estampa.Tests;

/// <summary>Tests on devices through ILGPU take turns; what they prove is written down when the last has ended.</summary>
[CollectionDefinition(Name)]
public sealed class AcceleratorCollection : ICollectionFixture<ProvenRecord>
{
    public const string Name = "the accelerators";
}

#if ILGPU
/// <summary>Devices through ILGPU for the whole test run, with every route that they have.</summary>
internal static class AcceleratorDevices
{
    /// <summary>Threads of a group in ILGPU's simulator, one of the processor's each; grouped routes ask for so many.</summary>
    private const int GroupThreads = 128;

    private static readonly Lazy<AcceleratorDevice> SimulatedDevice = new(() => new AcceleratorDevice(
        "ilgpu", "ilgpu", new CPUDevice(GroupThreads, 1, 1).CreateCPUAccelerator(Accelerators.Context), new() { Unproven = true }));

    private static readonly Lazy<IReadOnlyDictionary<string, AcceleratorDevice>> RealDevices = new(Open);

    /// <summary>ILGPU's own simulation of a device: slow, and there on every machine.</summary>
    public static AcceleratorDevice Simulated => SimulatedDevice.Value;

    /// <summary>The first OpenCL device, and the first of CUDA in each precision, as far as they are there.</summary>
    public static IReadOnlyDictionary<string, AcceleratorDevice> Real => RealDevices.Value;

    /// <summary>
    /// ILGPU takes no OpenCL device without a generic address space, which our kernels do not need and which PoCL (OpenCL on the processor)
    /// does not have: it is told that there is one, for the whole process.
    /// </summary>
    public static bool AllowOpenCl()
    {
        var found = Accelerators.OpenCl.Count > 0 ? Accelerators.OpenCl[0] : null;
        found?.Capabilities.GetType().GetProperty("GenericAddressSpace")!.SetValue(found.Capabilities, true);
        return found is not null;
    }

    private static Dictionary<string, AcceleratorDevice> Open()
    {
        var devices = new Dictionary<string, AcceleratorDevice>();
        if (AllowOpenCl())
        {
            Add("opencl:0", "opencl:0", Precision.Float32);
        }

        if (Accelerators.Cuda.Count > 0)
        {
            Add("cuda:0", "cuda:0", Precision.Float32);
            Add("cuda:0 tf32", "cuda:0", Precision.TensorFloat32);
            Add("cuda:0 bf16", "cuda:0", Precision.BFloat16);
        }

        return devices;

        void Add(string key, string name, Precision precision) =>
            devices.Add(key, (AcceleratorDevice)Device.Open(name, new DeviceOptions { Precision = precision, Unproven = true }));
    }
}
#endif
