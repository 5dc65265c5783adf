using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;

namespace Estampa.Engine;

/// <summary>
/// One piece of device memory, in floats, 64-byte aligned on the processor. Blocks are allocated once and carved into views by
/// offset. A float's four bytes also hold the integers of clocks and sample orders.
/// </summary>
public abstract class Block : IDisposable
{
    /// <summary>Numbers that go over in one piece: a span of bytes has less than 2^31.</summary>
    private const int LongestPiece = 1 << 28;

    /// <summary>Whoever owns it, until it is disposed, and all that are at work with it.</summary>
    private int users = 1;
    private int isDisposed;

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

    public bool IsDisposed => Volatile.Read(ref isDisposed) != 0;

    internal long Bytes => (long)Count * sizeof(float);

    /// <summary>The floats from <paramref name="start"/> on, as kernels see them.</summary>
    public abstract ArrayView<float> View(int start, int count);

    /// <summary>The same memory as integers.</summary>
    public abstract ArrayView<int> Integers(int start, int count);

    /// <exception cref="ArgumentException">The numbers have not four bytes each.</exception>
    public void Write<T>(ReadOnlySpan<T> values, int start = 0)
        where T : unmanaged
    {
        Check<T>(start, values.Length);
        Hold();
        try
        {
            while (!values.IsEmpty)
            {
                var piece = values[..Math.Min(values.Length, LongestPiece)];
                Upload(MemoryMarshal.AsBytes(piece), start);
                start += piece.Length;
                values = values[piece.Length..];
            }
        }
        catch (DeviceFailedException exception) when (Device is not null)
        {
            throw Device.Break($"writing {Purpose}", exception);
        }
        finally
        {
            LetGo();
        }
    }

    /// <exception cref="ArgumentException">The numbers have not four bytes each.</exception>
    public void Read<T>(Span<T> values, int start = 0)
        where T : unmanaged
    {
        Check<T>(start, values.Length);
        Hold();
        try
        {
            while (!values.IsEmpty)
            {
                var piece = values[..Math.Min(values.Length, LongestPiece)];
                Download(MemoryMarshal.AsBytes(piece), start);
                start += piece.Length;
                values = values[piece.Length..];
            }
        }
        catch (DeviceFailedException exception) when (Device is not null)
        {
            throw Device.Break($"reading {Purpose}", exception);
        }
        finally
        {
            LetGo();
        }
    }

    /// <summary>Sets every byte, also used by tests to poison fresh memory with NaN (0xFF).</summary>
    public void Fill(byte value)
    {
        Check(0, Count);
        Hold();
        try
        {
            SetBytes(value);
        }
        catch (DeviceFailedException exception) when (Device is not null)
        {
            throw Device.Break($"filling {Purpose}", exception);
        }
        finally
        {
            LetGo();
        }
    }

    /// <summary>
    /// Gives the memory back, or, while another thread is at work with it, lets that thread do so when it has done; new work is refused
    /// from now on. It never throws: what goes wrong here would hide what went wrong before.
    /// </summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref isDisposed, 1) == 0)
        {
            LetGo();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Keeps the memory until <see cref="LetGo"/>, even if it is disposed meanwhile.</summary>
    /// <exception cref="ObjectDisposedException">It has ended.</exception>
    internal void Hold()
    {
        var seen = Volatile.Read(ref users);
        while (seen > 0 && !IsDisposed)
        {
            var before = Interlocked.CompareExchange(ref users, seen + 1, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }

        throw Ended();
    }

    /// <summary>Ends what <see cref="Hold"/> began.</summary>
    internal void LetGo()
    {
        if (Interlocked.Decrement(ref users) > 0)
        {
            return;
        }

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

    /// <exception cref="ObjectDisposedException">It has ended; the message names its purpose.</exception>
    /// <exception cref="DeviceFailedException">Its device has failed.</exception>
    internal void CheckUsable()
    {
        if (IsDisposed)
        {
            throw Ended();
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

    private ObjectDisposedException Ended() => new(Purpose, "used after its end");

    /// <summary>Wider numbers would reach beyond what their count says.</summary>
    private void Check<T>(int start, int count)
        where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() != sizeof(float))
        {
            throw new ArgumentException($"{Purpose}: a block's numbers have {sizeof(float)} bytes, {typeof(T).Name} has"
                + $" {Unsafe.SizeOf<T>()}");
        }

        Check(start, count);
    }

    public override string ToString() => $"{Purpose} ({Count} floats)";
}
