using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace Estampa.Engine;

/// <summary>One buffer of a device's memory.</summary>
internal sealed class AcceleratorBlock : Block
{
    private readonly AcceleratorDevice device;
    private readonly UploadRing ring;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> buffer;

    public AcceleratorBlock(AcceleratorDevice device, UploadRing ring, int count, string purpose)
        : base(count, purpose)
    {
        this.device = device;
        this.ring = ring;
        try
        {
            buffer = device.Accelerator.Allocate1D<float>(Math.Max(count, 1));

            // OpenCL finds the memory at the first use: here, where the purpose is known.
            Transfer.Fill(device.Stream, buffer, 0);
            device.Stream.Synchronize();
        }
        catch (AcceleratorException exception)
        {
            // Of a device that is lost not even memory can be freed.
            if (exception is CudaException { Error: not nameof(CudaError.CUDA_ERROR_OUT_OF_MEMORY) })
            {
                throw device.Failure($"allocating {purpose}", exception);
            }

            buffer?.Dispose();
            throw new InsufficientMemoryException(exception.Message, exception);
        }
    }

    public override ArrayView<float> View(int start, int count)
    {
        Check(start, count);
        return buffer.AsArrayView<float>(start, count);
    }

    public override ArrayView<int> Integers(int start, int count) => View(start, count).Cast<int>();

    protected override void SetBytes(byte value)
    {
        try
        {
            Transfer.Fill(device.Stream, buffer, value);
        }
        catch (AcceleratorException exception)
        {
            throw device.Failure($"filling {Purpose}", exception);
        }
    }

    protected override void Upload(ReadOnlySpan<byte> bytes, int start)
    {
        try
        {
            ring.Upload(buffer, (long)start * sizeof(float), bytes);
        }
        catch (AcceleratorException exception)
        {
            throw device.Failure($"writing {Purpose}", exception);
        }
    }

    protected override void Download(Span<byte> bytes, int start)
    {
        try
        {
            Transfer.Download(device.Stream, buffer, (long)start * sizeof(float), bytes);
        }
        catch (AcceleratorException exception)
        {
            throw device.Failure($"reading {Purpose}", exception);
        }
    }

    protected override void Release() => buffer.Dispose();
}

/// <summary>
/// Writes to a device. What a step sends (the clock, the optimizer's numbers) is copied into page-locked memory first and goes on its way
/// without a wait; only when the ring has come round, after a hundred steps, the host waits for the device, so that it is never further
/// ahead. Large pieces are waited for.
/// </summary>
internal sealed class UploadRing(Accelerator accelerator, AcceleratorStream stream) : IDisposable
{
    private const int Length = 1 << 20;
    private const int LongestPiece = Length / 16;

    /// <summary>A step sends two or three.</summary>
    private const int MostPieces = 256;

    /// <summary>Pieces begin at whole cache lines.</summary>
    private const int Line = 64;
    private readonly CPUMemoryBuffer memory = CPUMemoryBuffer.CreatePageLocked(accelerator, Length, 1);
    private int next;
    private int pieces;

    public unsafe void Upload(MemoryBuffer target, long offset, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > LongestPiece)
        {
            fixed (byte* source = bytes)
            {
                Transfer.Upload(stream, target, offset, (nint)source, bytes.Length);
            }

            return;
        }

        if (pieces == MostPieces || next + bytes.Length > Length)
        {
            stream.Synchronize();
            (next, pieces) = (0, 0);
        }

        var piece = memory.NativePtr + next;
        bytes.CopyTo(new Span<byte>((void*)piece, bytes.Length));
        Transfer.Start(stream, target, offset, piece, bytes.Length);
        pieces++;
        next += (bytes.Length + Line - 1) / Line * Line;
    }

    public void Dispose() => memory.Dispose();
}

/// <summary>
/// Copies between the host and a device by the drivers' own calls: those of ILGPU's views copy whole buffers to and from OpenCL, and fill
/// the wrong part of one. Offsets and lengths are bytes.
/// </summary>
internal static unsafe class Transfer
{
    /// <summary>Puts a copy into the stream's row; the source must stay as it is until the stream gets there.</summary>
    public static void Start(AcceleratorStream stream, MemoryBuffer target, long offset, nint source, int length) =>
        Write(stream, target, offset, source, length, wait: false);

    /// <summary>Copies, and waits for it.</summary>
    public static void Upload(AcceleratorStream stream, MemoryBuffer target, long offset, nint source, int length) =>
        Write(stream, target, offset, source, length, wait: true);

    public static void Download(AcceleratorStream stream, MemoryBuffer source, long offset, Span<byte> target)
    {
        if (target.Length == 0)
        {
            return;
        }

        stream.Accelerator.Bind();
        fixed (byte* address = target)
        {
            if (stream is CudaStream)
            {
                CudaException.ThrowIfFailed(
                    CudaAPI.CurrentAPI.MemcpyAsync((nint)address, source.NativePtr + (nint)offset, target.Length, stream));
                stream.Synchronize();
            }
            else if (stream is CLStream)
            {
                CLException.ThrowIfFailed(CLAPI.CurrentAPI.ReadBuffer(
                    stream, source.NativePtr, true, (nint)offset, target.Length, (nint)address));
            }
            else
            {
                stream.Synchronize();
                new ReadOnlySpan<byte>((void*)(source.NativePtr + (nint)offset), target.Length).CopyTo(target);
            }
        }
    }

    public static void Fill(AcceleratorStream stream, MemoryBuffer target, byte value)
    {
        stream.Accelerator.Bind();
        if (stream is CudaStream)
        {
            CudaException.ThrowIfFailed(
                CudaAPI.CurrentAPI.Memset(target.NativePtr, value, (nint)target.LengthInBytes, stream));
        }
        else if (stream is CLStream)
        {
            CLException.ThrowIfFailed(
                CLAPI.CurrentAPI.FillBuffer(stream, target.NativePtr, value, 0, (nint)target.LengthInBytes));
        }
        else
        {
            stream.Synchronize();
            CPUMemoryBuffer.CPUMemSet(target.NativePtr, value, 0, target.LengthInBytes);
        }
    }

    private static void Write(AcceleratorStream stream, MemoryBuffer target, long offset, nint source, int length, bool wait)
    {
        if (length == 0)
        {
            return;
        }

        stream.Accelerator.Bind();
        if (stream is CudaStream)
        {
            CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.MemcpyAsync(target.NativePtr + (nint)offset, source, length, stream));
            if (wait)
            {
                stream.Synchronize();
            }
        }
        else if (stream is CLStream)
        {
            CLException.ThrowIfFailed(CLAPI.CurrentAPI.WriteBuffer(stream, target.NativePtr, wait, (nint)offset, length, source));
        }
        else
        {
            stream.Synchronize();
            Buffer.MemoryCopy((void*)source, (void*)(target.NativePtr + (nint)offset), length, length);
        }
    }
}
