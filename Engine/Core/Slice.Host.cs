using System.Runtime.Intrinsics.X86;
using ILGPU;

namespace Estampa.Engine;

/// <summary>
/// The images that one call of an image route works on. Tensors that live only inside a chain have room for one slice in each thread's
/// own window of memory, so a route asks here where image 0 of a tensor would lie.
/// </summary>
public readonly unsafe struct Slice
{
    /// <summary>Floats of a cache line.</summary>
    private const int Line = 16;
    private readonly float* locals;
    private readonly nint window;
    private readonly nint shift;

    /// <param name="first">First image.</param>
    /// <param name="end">The image behind the last.</param>
    /// <param name="part">Number of the part of the batch that the slice belongs to.</param>
    /// <param name="isFirst">Whether it is its part's first slice.</param>
    /// <param name="locals">The first thread's window.</param>
    /// <param name="window">Floats of a window.</param>
    /// <param name="thread">Whose window is meant.</param>
    internal Slice(int first, int end, int part, bool isFirst, float* locals, int window, int thread)
    {
        (First, End, Part, IsFirst) = (first, end, part, isFirst);
        this.locals = locals;
        (this.window, shift) = (window, (nint)window * thread);
    }

    public int First { get; }

    public int End { get; }

    public int Count => End - First;

    public int Part { get; }

    public bool IsFirst { get; }

    /// <summary>
    /// An address such that image b, of <paramref name="sample"/> floats, lies at it plus b * sample, for the slice's own images.
    /// </summary>
    public float* Images(ArrayView<float> view, int sample)
    {
        var address = HostMemory.Address(view);
        return (nuint)(address - locals) < (nuint)window ? address + shift - ((nint)First * sample) : address;
    }

    /// <summary>
    /// Brings the slice's images of a tensor into the second-level cache, in order, where a route would read them out of order. What lives
    /// only in the chain is there already.
    /// </summary>
    internal void BringNear(ArrayView<float> view, int sample)
    {
        var address = HostMemory.Address(view);
        if (Sse.IsSupported && (nuint)(address - locals) >= (nuint)window)
        {
            float* place = address + ((nint)First * sample), end = address + ((nint)End * sample);
            for (; place < end; place += Line)
            {
                Sse.Prefetch1(place);
            }
        }
    }

    /// <summary>The slice's first image.</summary>
    public float* FirstImage(ArrayView<float> view, int sample) => Images(view, sample) + ((nint)First * sample);
}
