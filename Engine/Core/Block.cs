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

    /// <summary>Where it lies; null for memory that no device allocated.</summary>
    public Device? Device { get; internal set; }

    public bool IsDisposed { get; private set; }

    internal long Bytes => (long)Count * sizeof(float);

    /// <summary>The floats from <paramref name="start"/> on, as kernels see them.</summary>
    public abstract ArrayView<float> View(int start, int count);

    /// <summary>The same memory as integers.</summary>
    public abstract ArrayView<int> Integers(int start, int count);

    public void Write<T>(ReadOnlySpan<T> values, int start = 0)
        where T : unmanaged
    {
        Check(start, values.Length);
        try
        {
            Upload(MemoryMarshal.AsBytes(values), start);
        }
        catch (DeviceFailedException exception) when (Device is not null)
        {
            throw Device.Break($"writing {Purpose}", exception);
        }
    }

    public void Read<T>(Span<T> values, int start = 0)
        where T : unmanaged
    {
        Check(start, values.Length);
        try
        {
            Download(MemoryMarshal.AsBytes(values), start);
        }
        catch (DeviceFailedException exception) when (Device is not null)
        {
            throw Device.Break($"reading {Purpose}", exception);
        }
    }

    /// <summary>Sets every byte, also used by tests to poison fresh memory with NaN (0xFF).</summary>
    public void Fill(byte value)
    {
        Check(0, Count);
        try
        {
            SetBytes(value);
        }
        catch (DeviceFailedException exception) when (Device is not null)
        {
            throw Device.Break($"filling {Purpose}", exception);
        }
    }

    /// <summary>Gives the memory back. It never throws: what goes wrong here would hide what went wrong before.</summary>
    public void Dispose()
    {
        if (!IsDisposed)
        {
            IsDisposed = true;
            try
            {
                Release();
            }
            catch (Exception exception) when (Device is not null)
            {
                Device.Break($"freeing {Purpose}", exception);
            }

            Device?.Forget(this);
        }

        GC.SuppressFinalize(this);
    }

    /// <exception cref="ObjectDisposedException">It has ended; the message names its purpose.</exception>
    /// <exception cref="DeviceFailedException">Its device has failed.</exception>
    internal void CheckUsable()
    {
        if (IsDisposed)
        {
            throw new ObjectDisposedException(Purpose, "used after its end");
        }

        Device?.CheckUsable();
    }

    protected abstract void SetBytes(byte value);

    protected abstract void Upload(ReadOnlySpan<byte> bytes, int start);

    protected abstract void Download(Span<byte> bytes, int start);

    protected abstract void Release();

    protected void Check(int start, int count)
    {
        CheckUsable();
        if (start < 0 || count < 0 || start > Count - count)
        {
            throw new ArgumentOutOfRangeException(nameof(start), $"{Purpose}: {count} numbers from {start} in a block of {Count}");
        }
    }

    public override string ToString() => $"{Purpose} ({Count} floats)";
}
