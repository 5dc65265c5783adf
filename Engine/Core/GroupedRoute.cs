namespace Estampa.Engine;

/// <summary>The ways a kernel can run; which of them a device takes, and where each is proven, is shown by the verb 'devices'.</summary>
public enum Route
{
    /// <summary>One call an index, on every device.</summary>
    Portable,

    /// <summary>The processor's own way, with vectors and pointers.</summary>
    Host,

    /// <summary>Groups of threads with shared memory and barriers, in float32, on CUDA and OpenCL.</summary>
    Grouped,

    /// <summary>CUDA's tensor cores with inputs rounded to TF32 (10 bits of mantissa), sums in float32.</summary>
    TensorFloat32,

    /// <summary>CUDA's tensor cores with inputs rounded to bfloat16 (7 bits of mantissa), sums in float32.</summary>
    BFloat16,

    /// <summary>A whole recording that the device replays by itself: a CUDA graph. No kernel has it.</summary>
    Graph,
}

/// <summary>
/// A kernel for devices with groups of threads: the body reads its place from <c>Grid</c> and <c>Group</c>, and its threads share memory
/// and meet at barriers. It must not depend on the warp's size unless it is a tensor-core route, which only CUDA takes (32).
/// </summary>
/// <param name="Body">A static method of one argument struct.</param>
/// <param name="Groups">How many groups these arguments make; with 0 nothing is launched. It may look at sizes only.</param>
/// <param name="Threads">Threads of a group; devices whose groups are smaller take the portable route.</param>
public sealed record GroupedRoute<TArguments>(Action<TArguments> Body, Func<TArguments, int> Groups, int Threads)
    where TArguments : struct
{
    /// <summary>Bytes of shared memory that the launch asks for, beside what the body allocates itself.</summary>
    public int SharedBytes { get; init; }

    /// <summary>Whether these arguments suit the route; every one does where null.</summary>
    public Func<TArguments, bool>? Fits { get; init; }

    /// <summary>A second launch behind the first: sums parts, say.</summary>
    public GroupedRoute<TArguments>? Then { get; init; }
}

/// <summary>A kernel's routes for devices with groups of threads; null where it has none.</summary>
public sealed record DeviceRoutes<TArguments>
    where TArguments : struct
{
    /// <summary>Shared memory and barriers, on CUDA and OpenCL.</summary>
    public GroupedRoute<TArguments>? Grouped { get; init; }

    /// <summary>CUDA's tensor cores in TF32.</summary>
    public GroupedRoute<TArguments>? TensorFloat32 { get; init; }

    /// <summary>CUDA's tensor cores in bfloat16.</summary>
    public GroupedRoute<TArguments>? BFloat16 { get; init; }

    /// <summary>The route of that kind.</summary>
    public GroupedRoute<TArguments>? Find(Route route) => route == Route.Grouped ? Grouped
        : route == Route.TensorFloat32 ? TensorFloat32
        : route == Route.BFloat16 ? BFloat16
        : null;
}
