using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Estampa.Engine;

/// <summary>
/// A CUDA or OpenCL device, reached through ILGPU. Everything goes through one stream of its own, in order: a step is a row of launches,
/// and the host waits when it reads. One thread at a time may use it.
/// </summary>
internal sealed class AcceleratorDevice : Device
{
    private readonly OpenedAccelerator opened;
    private readonly UploadRing ring;

    private readonly DeviceOptions options;

    /// <param name="name">The flag's word for it.</param>
    /// <param name="backend">What proofs count for it.</param>
    /// <param name="opened">The accelerator with its compiled kernels; it outlives this device.</param>
    /// <param name="options">How it may work.</param>
    public AcceleratorDevice(string name, string backend, OpenedAccelerator opened, DeviceOptions options)
    {
        Name = name;
        Backend = backend;
        this.opened = opened;
        this.options = options;
        Stream = Accelerator.CreateStream();
        ring = new UploadRing(Accelerator, Stream);
    }

    public override string Name { get; }

    public override string Description => $"{Accelerator.Name}, {Accelerator.MemorySize / 1048576} MiB, {Words(options.Precision)}";

    public string Backend { get; }

    public Precision Precision => options.Precision;

    internal Accelerator Accelerator => opened.Accelerator;

    /// <summary>Not the accelerator's default stream: that one of CUDA waits for all others, and cannot be captured.</summary>
    internal AcceleratorStream Stream { get; }

    /// <summary>Kernels and the routes that launches of them were prepared for.</summary>
    internal HashSet<(string Kernel, Route Route)> Taken { get; } = [];

    internal override bool RunsGroups => true;

    public override Launch Prepare<TArguments>(Kernel<TArguments> kernel, TArguments arguments, int extent)
    {
        var kind = Choose(kernel, arguments);
        Taken.Add((kernel.Name, kind));
        try
        {
            return kernel.Devices.Find(kind) is { } route
                ? new GroupedLaunch<TArguments>(this, kernel.Name, arguments, route)
                : new PortableLaunch<TArguments>(this, kernel.Name, arguments, kernel.Portable, extent);
        }
        catch (Exception exception) when (exception is AcceleratorException or InternalCompilerException)
        {
            throw Failure($"kernel {kernel.Name} does not compile", exception);
        }
    }

    public override void Wait()
    {
        CheckUsable();
        try
        {
            Stream.Synchronize();
        }
        catch (AcceleratorException exception)
        {
            throw Break("waiting for launches", exception);
        }
    }

    internal override long? FreeBytes
    {
        get
        {
            try
            {
                return Accelerator is CudaAccelerator cuda ? cuda.GetFreeMemory() : null;
            }
            catch (AcceleratorException)
            {
                // It is asked for the message of another error.
                return null;
            }
        }
    }

    internal override Block Make(int count, string purpose) => new AcceleratorBlock(this, ring, count, purpose);

    internal override void Read(ArrayView<float> view, Span<float> numbers)
    {
        IContiguousArrayView place = view;
        try
        {
            Transfer.Download(Stream, place.Buffer, place.IndexInBytes, MemoryMarshal.AsBytes(numbers[..(int)view.Length]));
        }
        catch (AcceleratorException exception)
        {
            throw Failure("reading results", exception);
        }
    }

    internal override Launch? Capture(IReadOnlyList<Launch> launches)
    {
        var isWanted = options.Capture && (options.Unproven || Proven.Has(ProvenRoute.Recording, Route.Graph, Backend));
        if (!isWanted || Stream is not CudaStream || launches.Count < 2)
        {
            return null;
        }

        try
        {
            return new CudaGraphLaunch(this, launches);
        }
        catch (Exception exception) when (exception is AcceleratorException or DeviceFailedException or EntryPointNotFoundException)
        {
            options.Say($"{Name}: launches run one by one, as the driver makes no graph of them ({exception.Message})");
            return null;
        }
    }

    /// <summary>A kernel's launcher.</summary>
    internal TLauncher Load<TLauncher>(Delegate body, Func<Accelerator, TLauncher> load)
        where TLauncher : Delegate => opened.Load(body, load);

    internal DeviceFailedException Failure(string what, Exception exception) =>
        new($"{Name}, {what}: {exception.Message}", exception);

    protected override void Dispose(bool disposing)
    {
        try
        {
            ring.Dispose();
        }
        finally
        {
            Stream.Dispose();
        }

        base.Dispose(disposing);
    }

    private static string Words(Precision precision) => precision == Precision.Float32 ? "float32"
        : precision == Precision.TensorFloat32 ? "tf32" : "bf16";

    /// <summary>The fastest route that the precision allows, that runs here and that is proven.</summary>
    private Route Choose<TArguments>(Kernel<TArguments> kernel, TArguments arguments)
        where TArguments : struct
    {
        Route[] order =
        [
            .. Precision == Precision.BFloat16 ? [Route.BFloat16] : Array.Empty<Route>(),
            .. Precision != Precision.Float32 ? [Route.TensorFloat32] : Array.Empty<Route>(),
            Route.Grouped,
            Route.Portable,
        ];
        foreach (var kind in order.Where(kind => options.Unproven || Proven.Has(kernel.Name, kind, Backend)))
        {
            if (kind == Route.Portable || Runs(kernel.Devices.Find(kind), arguments))
            {
                return kind;
            }
        }

        throw new DeviceException(
            $"{Name}: kernel {kernel.Name} has no route that is proven on {Backend} (see 'devices'); --unproven takes it all the same");
    }

    /// <summary>Whether its groups and their shared memory fit here, and these arguments suit it, in all of its launches.</summary>
    private bool Runs<TArguments>(GroupedRoute<TArguments>? route, TArguments arguments)
        where TArguments : struct => route is not null
            && route.Threads <= Accelerator.MaxNumThreadsPerGroup
            && route.SharedBytes <= CudaDriver.MostSharedBytes(Accelerator)
            && route.Fits?.Invoke(arguments) != false
            && (route.Then is null || Runs(route.Then, arguments));
}

/// <summary>A portable kernel: one call an index, in groups that ILGPU chooses.</summary>
internal sealed class PortableLaunch<TArguments> : Launch
    where TArguments : struct
{
    private readonly AcceleratorDevice device;
    private readonly TArguments arguments;
    private readonly Index1D extent;
    private readonly Action<AcceleratorStream, Index1D, TArguments> launcher;

    public PortableLaunch(AcceleratorDevice device, string name, TArguments arguments, Action<Index1D, TArguments> body, int extent)
        : base(name)
    {
        this.device = device;
        this.arguments = arguments;
        this.extent = extent;
        launcher = device.Load(body, accelerator => accelerator.LoadAutoGroupedKernel(body));
    }

    public override void Run()
    {
        if (extent == 0)
        {
            return;
        }

        try
        {
            launcher(device.Stream, extent, arguments);
        }
        catch (AcceleratorException exception)
        {
            throw device.Failure($"launching {Name}", exception);
        }
    }
}

/// <summary>A kernel of groups with shared memory, and what follows it.</summary>
internal sealed class GroupedLaunch<TArguments> : Launch
    where TArguments : struct
{
    private readonly AcceleratorDevice device;
    private readonly TArguments arguments;
    private readonly int groups;
    private readonly KernelConfig sizes;
    private readonly Action<AcceleratorStream, KernelConfig, TArguments> launcher;
    private readonly GroupedLaunch<TArguments>? then;

    public GroupedLaunch(AcceleratorDevice device, string name, TArguments arguments, GroupedRoute<TArguments> route)
        : base(name)
    {
        this.device = device;
        this.arguments = arguments;
        groups = route.Groups(arguments);
        sizes = route.SharedBytes == 0
            ? new KernelConfig(groups, route.Threads)
            : new KernelConfig(groups, route.Threads, SharedMemoryConfig.RequestDynamic<byte>(route.SharedBytes));
        launcher = device.Load(route.Body, accelerator => accelerator.LoadKernel(route.Body));
        CudaDriver.AskForShared(launcher, route.SharedBytes);
        then = route.Then is { } next ? new GroupedLaunch<TArguments>(device, name, arguments, next) : null;
    }

    public override void Run()
    {
        try
        {
            if (groups > 0)
            {
                launcher(device.Stream, sizes, arguments);
            }
        }
        catch (AcceleratorException exception)
        {
            throw device.Failure($"launching {Name}", exception);
        }

        then?.Run();
    }
}
