using ILGPU;

namespace Estampa.Engine;

/// <summary>Which of a kernel's routes a device may take; tests hold the others against portable.</summary>
public enum RouteChoice
{
    /// <summary>The fastest route that the device has.</summary>
    Fastest,

    /// <summary>The portable route alone.</summary>
    Portable,
}

/// <summary>Where plans run: it allocates blocks and turns a kernel and its arguments into a launch.</summary>
public abstract partial class Device : IDisposable
{
    private DeviceFailedException? failure;
    private int isDisposed;
    private int liveBlocks;
    private long liveBytes;

    /// <summary>The flag's word for it: cpu, cuda:0, opencl:0.</summary>
    public abstract string Name { get; }

    /// <summary>What it is, in words: model, cores or memory, vector width.</summary>
    public abstract string Description { get; }

    /// <summary>Blocks that are allocated and not disposed.</summary>
    public int LiveBlocks => Volatile.Read(ref liveBlocks);

    /// <summary>Bytes of these blocks.</summary>
    public long LiveBytes => Volatile.Read(ref liveBytes);

    /// <summary>Memory for <paramref name="count"/> floats, zero at first.</summary>
    /// <exception cref="InsufficientMemoryException">
    /// It does not fit; the message names the purpose, the bytes wanted, those in use and, where known, those that are free.
    /// </exception>
    /// <exception cref="DeviceFailedException">The device has failed before.</exception>
    public Block Allocate(int count, string purpose)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count, purpose);
        CheckUsable();
        try
        {
            var block = Make(count, purpose);
            block.Device = this;
            Interlocked.Increment(ref liveBlocks);
            Interlocked.Add(ref liveBytes, block.Bytes);
            return block;
        }
        catch (OutOfMemoryException exception)
        {
            var free = FreeBytes is { } bytes ? $", {bytes} are free" : "";
            throw new InsufficientMemoryException($"{Name}, {purpose}: no memory for {count * 4L} bytes;"
                + $" {LiveBytes} in {LiveBlocks} blocks are in use{free} ({exception.Message})", exception);
        }
        catch (DeviceFailedException exception)
        {
            throw Break($"allocating {purpose}", exception);
        }
    }

    /// <summary>A launch of <paramref name="extent"/> kernel calls with these arguments, made once and run many times.</summary>
    public abstract Launch Prepare<TArguments>(Kernel<TArguments> kernel, TArguments arguments, int extent)
        where TArguments : struct;

    /// <summary>Returns when all launches so far have ended; on the processor they have when they return.</summary>
    public virtual void Wait()
    {
    }

    /// <summary>Memory that is left, in bytes; null where it is not known.</summary>
    internal virtual long? FreeBytes => null;

    /// <summary>Allocates a block.</summary>
    /// <exception cref="OutOfMemoryException">It does not fit.</exception>
    internal abstract Block Make(int count, string purpose);

    /// <summary>Reads what a view shows, after all launches so far; only for looking into a recording, launch by launch.</summary>
    internal abstract void Read(ArrayView<float> view, Span<float> numbers);

    /// <summary>
    /// These launches as one that the device replays by itself; null where it cannot, and they are run one by one. It is asked after they
    /// have run once.
    /// </summary>
    internal virtual Launch? Capture(IReadOnlyList<Launch> launches) => null;

    /// <summary>Whether it runs grouped routes, and working memory is what they need.</summary>
    internal virtual bool RunsGroups => false;

    /// <summary>Whether launches that work image by image are run as chains.</summary>
    internal virtual bool Chains => false;

    /// <summary>How many threads need a window of their own in a chain.</summary>
    internal virtual int Windows => 0;

    /// <summary>The batch of a launch that works image by image here; 0 for any other.</summary>
    internal virtual int ImagesOf<TArguments>(Kernel<TArguments> kernel, in TArguments arguments)
        where TArguments : struct => 0;

    /// <summary>One launch of a chain.</summary>
    internal virtual Launch Link<TArguments>(Kernel<TArguments> kernel, TArguments arguments)
        where TArguments : struct => throw new NotSupportedException($"{Name} has no chains");

    internal virtual Launch Chain(IReadOnlyList<Launch> links, in ChainSizes sizes) =>
        throw new NotSupportedException($"{Name} has no chains");

    /// <summary>Ends it. It never throws: what goes wrong here would hide what went wrong before.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref isDisposed, 1) == 0)
        {
            try
            {
                Dispose(disposing: true);
            }
            catch (Exception exception)
            {
                Break("closing it", exception);
            }
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Refuses a device that has ended, and at once, with its first reason, one that has failed.</summary>
    internal void CheckUsable()
    {
        if (Volatile.Read(ref isDisposed) != 0)
        {
            throw new ObjectDisposedException($"device {Name}", "used after its end");
        }

        if (Volatile.Read(ref failure) is { } first)
        {
            throw new DeviceFailedException($"{first.Message} (before this; the device cannot be used any more)", first);
        }
    }

    /// <summary>Whether what a launch throws says that the device has failed: not where memory is short or something has ended.</summary>
    internal virtual bool IsBrokenBy(Exception exception) => exception is not (OutOfMemoryException or ObjectDisposedException);

    /// <summary>Notes that it has failed; the first reason stays.</summary>
    /// <returns>What to throw.</returns>
    internal DeviceFailedException Break(string doing, Exception exception)
    {
        var reason = exception as DeviceFailedException ?? new DeviceFailedException($"{Name}, {doing}: {exception.Message}", exception);
        Interlocked.CompareExchange(ref failure, reason, null);
        return reason;
    }

    internal void Forget(Block block)
    {
        Interlocked.Decrement(ref liveBlocks);
        Interlocked.Add(ref liveBytes, -block.Bytes);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>One recorded kernel launch.</summary>
public abstract class Launch(string name)
{
    public string Name { get; } = name;

    /// <summary>Whether it has nothing to do on this device, and is left out of recordings.</summary>
    public virtual bool IsEmpty => false;

    /// <summary>
    /// The weights of an evaluation plan: what a host route prepares from them it prepares again only when they have changed. Its
    /// memory must last from one replay to the next. Null in training, where they change with every step.
    /// </summary>
    internal Weights? Watched { get; set; }

    /// <summary>The version of the watched weights that was prepared last.</summary>
    private long prepared;

    /// <summary>Whether to prepare now; the answer counts as done.</summary>
    internal bool MustPrepare()
    {
        if (Watched is { } weights && weights.Version == prepared)
        {
            return false;
        }

        prepared = Watched?.Version ?? 0;
        return true;
    }

    public abstract void Run();
}
