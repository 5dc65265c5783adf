using ILGPU;

namespace Estampa.Engine;

/// <summary>
/// The device that finds faults instead of being fast: it runs what GPUs run, thread by thread, and watches every access to memory. A
/// launch that reads or writes beyond a view, races, parts at a barrier, or reads what nobody wrote ends in a
/// <see cref="KernelFaultException"/>.
/// </summary>
/// <param name="route">The route to take; where a kernel has it not, tensor-core routes fall back to Grouped, and that to Portable.</param>
internal sealed class CheckingDevice(Route route) : Device
{
    private readonly Lock running = new();
    private uint epoch;

    public override string Name => "checking";

    public override string Description => $"checking executor, {route} routes";

    /// <summary>The routes that launches were prepared for.</summary>
    public HashSet<Route> Taken { get; } = [];

    internal override bool RunsGroups => true;

    /// <summary>What kernels may touch.</summary>
    internal CheckedMemory[] Memories { get; private set; } = [];

    public override Launch Prepare<TArguments>(Kernel<TArguments> kernel, TArguments arguments, int extent)
    {
        foreach (var kind in route == Route.Portable ? [] : new[] { route, Route.Grouped })
        {
            if (kernel.Devices.Find(kind) is { } found && found.Fits?.Invoke(arguments) != false)
            {
                Taken.Add(kind);
                return new CheckedLaunch<TArguments>(this, kernel, arguments, kind, found);
            }
        }

        Taken.Add(Route.Portable);
        return new CheckedLaunch<TArguments>(this, kernel, arguments, extent);
    }

    internal override Block Make(int count, string purpose)
    {
        var block = new CheckedBlock(this, count, purpose);
        lock (running)
        {
            Memories = [block.Memory, .. Memories];
        }

        return block;
    }

    /// <summary>A fault is found in a kernel, not in the device.</summary>
    internal override bool IsBrokenBy(Exception exception) => exception is not KernelFaultException && base.IsBrokenBy(exception);

    internal override unsafe void Read(ArrayView<float> view, Span<float> numbers) =>
        new ReadOnlySpan<float>(HostMemory.Address(view), numbers.Length).CopyTo(numbers);

    /// <summary>Runs one launch at a time.</summary>
    internal void Run(Action launch)
    {
        lock (running)
        {
            launch();
        }
    }

    internal uint NextEpoch() => epoch = checked(epoch + 1);

    internal void Forget(CheckedMemory memory)
    {
        lock (running)
        {
            Memories = [.. Memories.Where(other => other != memory)];
        }
    }
}

/// <summary>A kernel on the checking device: its portable route where <c>route</c> is null.</summary>
internal sealed class CheckedLaunch<TArguments> : Launch
    where TArguments : struct
{
    private readonly CheckingDevice device;
    private readonly Kernel<TArguments> kernel;
    private readonly TArguments arguments;
    private readonly Route kind;
    private readonly GroupedRoute<TArguments>? route;
    private readonly int extent;

    public CheckedLaunch(CheckingDevice device, Kernel<TArguments> kernel, TArguments arguments, int extent)
        : base(kernel.Name)
    {
        (this.device, this.kernel, this.arguments, this.extent) = (device, kernel, arguments, extent);
    }

    public CheckedLaunch(
        CheckingDevice device, Kernel<TArguments> kernel, TArguments arguments, Route kind, GroupedRoute<TArguments> route)
        : this(device, kernel, arguments, extent: 0)
    {
        (this.kind, this.route) = (kind, route);
    }

    public override void Run() => device.Run(() =>
    {
        if (route is null)
        {
            using var run = new CheckedRun(device, kernel.Name, Route.Portable, extent, threads: 1);
            run.RunPortable(index => kernel.Portable(index, arguments));
        }

        for (var next = route; next is not null; next = next.Then)
        {
            var body = next.Body;
            using var run = new CheckedRun(device, kernel.Name, kind, next.Groups(arguments), next.Threads);
            run.RunGroups(() => body(arguments), next.SharedBytes);
        }
    });
}
