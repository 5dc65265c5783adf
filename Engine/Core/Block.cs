using System.Runtime.InteropServices;
using ILGPU;

namespace Estampa.Engine;

/// <summary>
/// One piece of device memory, in floats, 64-byte aligned on the processor. Blocks are allocated once and carved into views by
/// offset. A float's four bytes also hold the integers of clocks and sample orders.
/// </summary>
public abstract class Block : IDisposable
{
    protected Block(int count, string purpose)
    {
        Count = count;
        Purpose = purpose;
    }

    public int Count { get; }

    /// <summary>What it is for, named in errors.</summary>
    public string Purpose { get; }

    public bool IsDisposed { get; private set; }

    /// <summary>The floats from <paramref name="start"/> on, as kernels see them.</summary>
    public abstract ArrayView<float> View(int start, int count);

    /// <summary>The same memory as integers.</summary>
    public abstract ArrayView<int> Integers(int start, int count);

    public void Write<T>(ReadOnlySpan<T> values, int start = 0)
        where T : unmanaged
    {
        Check(start, values.Length);
        Upload(MemoryMarshal.AsBytes(values), start);
    }

    public void Read<T>(Span<T> values, int start = 0)
        where T : unmanaged
    {
        Check(start, values.Length);
        Download(MemoryMarshal.AsBytes(values), start);
    }

    /// <summary>Sets every byte, also used by tests to poison fresh memory with NaN (0xFF).</summary>
    public abstract void Fill(byte value);

    public void Dispose()
    {
        if (!IsDisposed)
        {
            IsDisposed = true;
            Release();
        }

        GC.SuppressFinalize(this);
    }

    protected abstract void Upload(ReadOnlySpan<byte> bytes, int start);

    protected abstract void Download(Span<byte> bytes, int start);

    protected abstract void Release();

    protected void Check(int start, int count)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (start < 0 || count < 0 || start > Count - count)
        {
            throw new ArgumentOutOfRangeException(nameof(start), $"{Purpose}: {count} numbers from {start} in a block of {Count}");
        }
    }

    public override string ToString() => $"{Purpose} ({Count} floats)";
}
