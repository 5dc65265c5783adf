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
    /// <summary>The flag's word for it: cpu, cuda:0, opencl:0.</summary>
    public abstract string Name { get; }

    /// <summary>What it is, in words: model, cores or memory, vector width.</summary>
    public abstract string Description { get; }

    /// <summary>Memory for <paramref name="count"/> floats, zero at first.</summary>
    /// <exception cref="OutOfMemoryException">It does not fit; the message names the purpose and the size.</exception>
    public abstract Block Allocate(int count, string purpose);

    /// <summary>A launch of <paramref name="extent"/> kernel calls with these arguments, made once and run many times.</summary>
    public abstract Launch Prepare<TArguments>(Kernel<TArguments> kernel, TArguments arguments, int extent)
        where TArguments : struct;

    /// <summary>Returns when all launches so far have ended; on the processor they have when they return.</summary>
    public virtual void Wait()
    {
    }

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

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
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
