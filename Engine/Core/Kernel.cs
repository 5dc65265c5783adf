using ILGPU;

namespace Estampa.Engine;

/// <summary>A piece of a host launch: units <paramref name="first"/> up to, not including, <paramref name="end"/>.</summary>
public delegate void HostBody<TArguments>(in TArguments arguments, int first, int end)
    where TArguments : struct;

/// <summary>
/// The processor's own way to run a kernel, with vectors and pointers. Work is cut into units (images, rows, elements) that write
/// disjoint memory, and into parts of <paramref name="Grain"/> units; the cut does not depend on the number of threads, so neither do
/// results.
/// </summary>
/// <param name="Units">How many units these arguments make; with 0 nothing is launched.</param>
/// <param name="Grain">Units a thread takes at a time.</param>
/// <param name="Body">Runs a range of units.</param>
public sealed record HostRoute<TArguments>(Func<TArguments, int> Units, int Grain, HostBody<TArguments> Body)
    where TArguments : struct
{
    /// <summary>Runs once a launch, before the units, on the calling thread: packs weights, say.</summary>
    public Action<TArguments>? Prepare { get; init; }

    /// <summary>A second pass over other units after the first: sums the partial results of groups, say.</summary>
    public HostRoute<TArguments>? Then { get; init; }

    /// <summary>One call of a portable kernel a unit, for kernels whose work is small.</summary>
    public static HostRoute<TArguments> Loop(Action<Index1D, TArguments> kernel, Func<TArguments, int> units, int grain) =>
        new(units, grain, (in arguments, first, end) =>
        {
            for (var index = first; index < end; index++)
            {
                kernel(index, arguments);
            }
        });
}

/// <summary>Some images of a launch that works image by image.</summary>
public delegate void ImageBody<TArguments>(in TArguments arguments, in Slice slice)
    where TArguments : struct;

/// <summary>
/// The processor's way to run a kernel whose images do not depend on each other: what it reads of image b has been written for image b
/// alone, or before the chain. Such launches follow each other within one chain.
/// </summary>
/// <param name="Images">The batch of these arguments; it may look at sizes only.</param>
/// <param name="Body">Runs a slice of images.</param>
public sealed record ImageRoute<TArguments>(Func<TArguments, int> Images, ImageBody<TArguments> Body)
    where TArguments : struct
{
    /// <summary>Runs once a launch, before the first image: packs weights, say. It must not read what the chain writes.</summary>
    public Action<TArguments>? Prepare { get; init; }

    /// <summary>Into how many groups the batch is cut, each with sums of its own; 0 where nothing is summed over images.</summary>
    public int Groups { get; init; }

    /// <summary>A pass over other units after the chain: sums the groups, say.</summary>
    public HostRoute<TArguments>? Then { get; init; }
}

/// <summary>
/// One kernel under one name with its routes. The portable route is a static method in ILGPU's subset of C#: one call an index,
/// no shared memory, no atomics; it compiles for CUDA and OpenCL and runs as plain C# on the processor.
/// </summary>
public sealed class Kernel<TArguments> : IKernel
    where TArguments : struct
{
    public Kernel(string name, Action<Index1D, TArguments> portable, HostRoute<TArguments>? host = null)
    {
        Name = name;
        Portable = portable;
        Host = host;
    }

    public Kernel(string name, Action<Index1D, TArguments> portable, ImageRoute<TArguments> images)
        : this(name, portable)
    {
        Images = images;
    }

    public string Name { get; }

    public Action<Index1D, TArguments> Portable { get; }

    public HostRoute<TArguments>? Host { get; }

    public ImageRoute<TArguments>? Images { get; }

    /// <summary>Routes for devices with groups of threads.</summary>
    public DeviceRoutes<TArguments> Devices { get; init; } = new();

    IEnumerable<(Route Route, Delegate Body)> IKernel.DeviceBodies
    {
        get
        {
            yield return (Route.Portable, Portable);
            foreach (var kind in new[] { Route.Grouped, Route.TensorFloat32, Route.BFloat16 })
            {
                for (var route = Devices.Find(kind); route is not null; route = route.Then)
                {
                    yield return (kind, route.Body);
                }
            }
        }
    }
}

/// <summary>What tests that lower every kernel need to know of one.</summary>
public interface IKernel
{
    string Name { get; }

    /// <summary>Everything of it that compiles for a device: the portable method (of an index and a struct), and routes' bodies.</summary>
    IEnumerable<(Route Route, Delegate Body)> DeviceBodies { get; }
}
