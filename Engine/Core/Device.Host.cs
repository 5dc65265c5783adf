using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ILGPU;

namespace Estampa.Engine;

/// <summary>
/// The processor: own threads, vectors as wide as it has, kernels' host routes where they exist and portable loops where not.
/// </summary>
public sealed class HostDevice : Device
{
    /// <summary>Kernel calls of the portable route that a thread takes at a time.</summary>
    private const int PortableGrain = 1024;

    private readonly HostThreads threads;

    /// <param name="threads">One a core where null.</param>
    /// <param name="route">Portable leaves every host route aside (slow; for tests).</param>
    public HostDevice(int? threads = null, RouteChoice route = RouteChoice.Fastest)
    {
        this.threads = new HostThreads(threads ?? Environment.ProcessorCount);
        Route = route;
    }

    public override string Name => "cpu";

    public override string Description =>
        $"processor, {RuntimeInformation.ProcessArchitecture}, {Threads} thread{(Threads == 1 ? "" : "s")}, {VectorBits}-bit vectors";

    public int Threads => threads.Count;

    public RouteChoice Route { get; }

    public static int VectorBits => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    public override Launch Prepare<TArguments>(Kernel<TArguments> kernel, TArguments arguments, int extent)
    {
        var host = Route == RouteChoice.Fastest ? kernel.Host : null;
        host ??= HostRoute<TArguments>.Loop(kernel.Portable, _ => extent, PortableGrain);
        return new HostLaunch<TArguments>(threads, kernel.Name, arguments, host);
    }

    internal override Block Make(int count, string purpose) => new HostBlock(count, purpose);

    internal override unsafe void Read(ArrayView<float> view, Span<float> numbers) =>
        new ReadOnlySpan<float>(HostMemory.Address(view), (int)view.Length).CopyTo(numbers);

    internal override bool Chains => Route == RouteChoice.Fastest;

    internal override int Windows => Threads;

    internal override int ImagesOf<TArguments>(Kernel<TArguments> kernel, in TArguments arguments) =>
        Chains && kernel.Images is { } route ? route.Images(arguments) : 0;

    internal override Launch Link<TArguments>(Kernel<TArguments> kernel, TArguments arguments) =>
        new HostLink<TArguments>(threads, kernel.Name, arguments, kernel.Images!);

    internal override Launch Chain(IReadOnlyList<Launch> links, in ChainSizes sizes) =>
        new HostChain(threads, [.. links.Cast<HostLink>()], sizes);

    protected override void Dispose(bool disposing)
    {
        threads.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>A launch on the processor: parts of a fixed size, taken by whichever thread is free.</summary>
internal sealed class HostLaunch<TArguments>(HostThreads threads, string name, TArguments arguments, HostRoute<TArguments> route)
    : Launch(name), IParts
    where TArguments : struct
{
    private readonly TArguments arguments = arguments;
    private readonly int units = route.Units(arguments);
    private readonly HostLaunch<TArguments>? then =
        route.Then is { } next ? new HostLaunch<TArguments>(threads, name, arguments, next) : null;

    public override bool IsEmpty => units == 0 && then is null;

    public int Parts => (units + route.Grain - 1) / route.Grain;

    public override void Run()
    {
        if (route.Prepare is not null && MustPrepare())
        {
            route.Prepare(arguments);
        }

        threads.Run(this);
        then?.Run();
    }

    public void RunPart(int part, int thread) =>
        route.Body(in arguments, part * route.Grain, Math.Min((part + 1) * route.Grain, units));
}
