using ILGPU;

namespace Estampa.Engine;

/// <summary>How a chain cuts its batch, and the memory that its threads have for themselves.</summary>
/// <param name="Images">The batch.</param>
/// <param name="Share">Images of a slice: few enough that all the chain touches of them stays in a core's second-level cache.</param>
/// <param name="Locals">One window a thread, one behind the other.</param>
/// <param name="Window">Floats of a window.</param>
internal readonly record struct ChainSizes(int Images, int Share, ArrayView<float> Locals, int Window);

/// <summary>
/// Launches that follow each other and each work image by image, run slice by slice: a few images pass through all of them before the
/// next come, so what one writes the next reads from the cache. The batch is cut the same way for any number of threads.
/// </summary>
internal sealed unsafe class HostChain : Launch, IParts
{
    private readonly HostThreads threads;
    private readonly HostLink[] links;
    private readonly ChainSizes sizes;
    private readonly float* locals;
    private readonly Preparation preparation;

    public HostChain(HostThreads threads, HostLink[] links, in ChainSizes sizes)
        : base(string.Join(" + ", links.Select(link => link.Name)))
    {
        this.threads = threads;
        this.links = links;
        this.sizes = sizes;
        locals = HostMemory.Address(sizes.Locals);
        preparation = new Preparation([.. links.Where(link => link.Prepares)]);

        // Sums over a group's images depend on the cut, so one link that has groups makes parts of all.
        var groups = links.Max(link => link.Groups);
        Parts = groups > 0 ? Math.Min(groups, sizes.Images) : (sizes.Images + sizes.Share - 1) / sizes.Share;
    }

    public int Parts { get; }

    public override void Run()
    {
        if (preparation.IsDue)
        {
            threads.Run(preparation);
        }

        threads.Run(this);
        foreach (var link in links)
        {
            link.Finish();
        }
    }

    public void RunPart(int part, int thread)
    {
        int first = HostChainParts.Start(part, Parts, sizes.Images), end = HostChainParts.Start(part + 1, Parts, sizes.Images);
        for (var image = first; image < end; image += sizes.Share)
        {
            var slice = new Slice(
                image, Math.Min(image + sizes.Share, end), part, isFirst: image == first, locals, sizes.Window, thread);
            foreach (var link in links)
            {
                link.Run(slice);
            }
        }
    }

    /// <summary>What links do before the first image, each on whichever thread is free.</summary>
    private sealed class Preparation(HostLink[] links) : IParts
    {
        public int Parts => links.Length;

        /// <summary>All links of a chain watch the same weights.</summary>
        public bool IsDue => links.Length > 0 && links[0].MustPrepare();

        public void RunPart(int part, int thread) => links[part].Prepare();
    }
}

/// <summary>Where the parts of a batch begin.</summary>
internal static class HostChainParts
{
    public static int Start(int part, int parts, int images) => (int)((long)part * images / parts);
}

/// <summary>One launch of a chain.</summary>
internal abstract class HostLink(string name) : Launch(name)
{
    /// <summary>How many groups of images have sums of their own; 0 where the link does not sum over images.</summary>
    public abstract int Groups { get; }

    public abstract bool Prepares { get; }

    public abstract void Prepare();

    public abstract void Run(in Slice slice);

    public abstract void Finish();

    public override void Run() => throw new NotSupportedException($"{Name} runs within its chain");
}

/// <summary>An image route with its arguments.</summary>
internal sealed class HostLink<TArguments>(HostThreads threads, string name, TArguments arguments, ImageRoute<TArguments> route)
    : HostLink(name)
    where TArguments : struct
{
    private readonly TArguments arguments = arguments;
    private readonly HostLaunch<TArguments>? then =
        route.Then is { } next ? new HostLaunch<TArguments>(threads, name, arguments, next) : null;

    public override int Groups => route.Groups;

    public override bool Prepares => route.Prepare is not null;

    public override void Prepare() => route.Prepare!(arguments);

    public override void Run(in Slice slice) => route.Body(in arguments, in slice);

    public override void Finish() => then?.Run();
}
