using System.Runtime.CompilerServices;

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

/// <summary>A range of device memory; every access is checked.</summary>
public readonly unsafe struct ArrayView<T>
    where T : unmanaged
{
    internal ArrayView(T* address, long length)
    {
        Address = address;
        Length = length;
    }

    public long Length { get; }

    internal T* Address { get; }

    public ref T this[int index] => ref this[(long)index];

    public ref T this[Index1D index] => ref this[(long)index.X];

    public ref T this[long index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((ulong)index >= (ulong)Length)
            {
                throw new ArgumentOutOfRangeException(nameof(index), $"index {index} of a view of {Length}");
            }

            return ref Address[index];
        }
    }

    public ArrayView<T> SubView(long start, long length)
    {
        if (start < 0 || length < 0 || start > Length - length)
        {
            throw new ArgumentOutOfRangeException(nameof(start), $"{length} elements from {start} in a view of {Length}");
        }

        return new ArrayView<T>(Address + start, length);
    }

    public ArrayView<TOther> Cast<TOther>()
        where TOther : unmanaged => new((TOther*)Address, Length * sizeof(T) / sizeof(TOther));
}
