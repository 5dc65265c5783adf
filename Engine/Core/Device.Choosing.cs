namespace Estampa.Engine;

public abstract partial class Device
{
    /// <summary>Whether this build was compiled against ILGPU.</summary>
    public static bool BuiltWithIlgpu =>
#if ILGPU
        true;
#else
        false;
#endif

    /// <summary>The processor, with a thread a core where not told otherwise.</summary>
    public static Device Best(int? threads = null) => new HostDevice(threads);

    /// <summary>The processor, then all that ILGPU finds, also what cannot be used.</summary>
    public static IReadOnlyList<FoundDevice> List()
    {
        using var processor = new HostDevice();
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return [new FoundDevice(processor.Name, processor.Description, "cpu", memory, WhyNot: null), .. FindAccelerators()];
    }

    /// <summary>Opens the device of a flag's word: auto, cpu, cuda:N, opencl:N.</summary>
    /// <remarks>
    /// auto takes a GPU where every kernel has a route that is proven on one, and the processor elsewhere. OpenCL on a processor is slower
    /// than our own routes, so it is never taken unasked.
    /// </remarks>
    /// <exception cref="DeviceException">There is none of that name, or it cannot be used so.</exception>
    public static Device Open(string name, DeviceOptions? options = null)
    {
        options ??= new DeviceOptions();
        if (name == "auto")
        {
            var best = FindAccelerators().FirstOrDefault(found => found.WhyNot is null && found.Backend is "cuda" or "opencl"
                && (options.Unproven || Proven.Covers(found.Backend)));
            name = best?.Name ?? "cpu";
        }

        if (name != "cpu")
        {
            return OpenAccelerator(name, options);
        }

        return options.Precision == Precision.Float32
            ? new HostDevice(options.Threads)
            : throw new DeviceException("cpu: computes in float32 alone; tf32 and bf16 need a CUDA device");
    }

#if ILGPU
    private static IReadOnlyList<FoundDevice> FindAccelerators() => Accelerators.List();

    private static Device OpenAccelerator(string name, DeviceOptions options) => Accelerators.Open(name, options);
#else
    private const string NoIlgpu = "not in this build: it was made without ILGPU 1.5.3 (not on its package feed, or switched off)";

    private static IReadOnlyList<FoundDevice> FindAccelerators() =>
        [new("cuda:N", "NVIDIA's GPUs", "cuda", 0, NoIlgpu), new("opencl:N", "OpenCL devices", "opencl", 0, NoIlgpu)];

    private static Device OpenAccelerator(string name, DeviceOptions options) =>
        throw new DeviceException(name.StartsWith("cuda:", StringComparison.Ordinal) || name.StartsWith("opencl:", StringComparison.Ordinal)
            ? $"{name}: {NoIlgpu}"
            : $"{name}: there are auto, cpu, cuda:N and opencl:N (see 'devices')");
#endif
}
