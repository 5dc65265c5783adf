using System.Runtime.CompilerServices;
using Estampa.Engine;

// The names of ILGPU's device-side API that this project's kernels use, for builds where no feed serves ILGPU. Nothing here is a
// device: kernels run as plain C# over the processor's memory.
namespace ILGPU;

/// <summary>The index of one kernel call.</summary>
public readonly record struct Index1D(int X)
{
    public static implicit operator int(Index1D index) => index.X;

    public static implicit operator Index1D(int index) => new(index);

    // ILGPU's own: a sum or quotient of an index is an index, not an integer, and a kernel that forgets it must fail here as well.
    public static Index1D operator +(Index1D first, Index1D second) => new(first.X + second.X);

    public static Index1D operator -(Index1D first, Index1D second) => new(first.X - second.X);

    public static Index1D operator *(Index1D first, Index1D second) => new(first.X * second.X);

    public static Index1D operator /(Index1D first, Index1D second) => new(first.X / second.X);
}

/// <summary>An index of three axes, of which kernels here use the first.</summary>
public readonly record struct Index3D(int X, int Y, int Z);

/// <summary>
/// A range of device memory; every access is checked. Reads and writes are told apart, so there is no reference to an element. Where the
/// checking executor watches, <c>bound</c> is 0 and the length stands beside it: then every access leaves the fast path, which costs
/// the processor's own kernels nothing.
/// </summary>
public readonly unsafe struct ArrayView<T>
    where T : unmanaged
{
    private readonly int bound;
    private readonly int watched;

    internal ArrayView(T* address, long length, bool isWatched = false)
    {
        Address = address;
        bound = isWatched ? 0 : checked((int)length);
        watched = isWatched ? checked((int)length) : 0;
    }

    public long Length => bound + watched;

    public int IntLength => bound + watched;

    internal T* Address { get; }

    private bool IsWatched => watched > 0;

    public T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (uint)index < (uint)bound ? Address[index] : CheckedThread.Read(Address, watched, bound, index);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if ((uint)index < (uint)bound)
            {
                Address[index] = value;
            }
            else
            {
                CheckedThread.Write(Address, watched, bound, index, value);
            }
        }
    }

    public T this[Index1D index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => this[index.X];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set => this[index.X] = value;
    }

    public T this[long index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (ulong)index < (uint)bound ? Address[index] : CheckedThread.Read(Address, watched, bound, index);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            if ((ulong)index < (uint)bound)
            {
                Address[index] = value;
            }
            else
            {
                CheckedThread.Write(Address, watched, bound, index, value);
            }
        }
    }

    public ArrayView<T> SubView(long start, long length)
    {
        if (start < 0 || length < 0 || start > Length - length)
        {
            throw CheckedThread.Outside($"{length} elements from {start} in a view of {Length}");
        }

        return new ArrayView<T>(Address + start, length, IsWatched);
    }

    public ArrayView<TOther> Cast<TOther>()
        where TOther : unmanaged => new((TOther*)Address, Length * sizeof(T) / sizeof(TOther), IsWatched);

    /// <summary>The same memory, every access watched.</summary>
    internal ArrayView<T> Watched() => new(Address, Length, isWatched: true);
}
