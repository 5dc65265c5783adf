using System.Runtime.InteropServices;
using ILGPU;

namespace Estampa.Engine;

/// <summary>
/// Memory of the processor that the engine owns itself, so that views lie over 64-byte aligned floats with and without ILGPU.
/// </summary>
internal sealed unsafe class HostBlock : Block
{
    private const int Alignment = 64;
    private readonly HostMemory memory;
    private float* address;

    public HostBlock(int count, string purpose)
        : base(count, purpose)
    {
        var bytes = checked((nuint)Math.Max(count, 1) * sizeof(float));
        address = (float*)NativeMemory.AlignedAlloc(bytes, Alignment);
        NativeMemory.Clear(address, bytes);
        memory = new HostMemory(address, Math.Max(count, 1));
    }

    ~HostBlock()
    {
        Release();
    }

    public override ArrayView<float> View(int start, int count)
    {
        Check(start, count);
        return memory.Floats(start, count);
    }

    public override ArrayView<int> Integers(int start, int count)
    {
        Check(start, count);
        return memory.Integers(start, count);
    }

    protected override void SetBytes(byte value) => NativeMemory.Fill(address, (nuint)Count * sizeof(float), value);

    protected override void Upload(ReadOnlySpan<byte> bytes, int start) =>
        bytes.CopyTo(new Span<byte>(address + start, bytes.Length));

    protected override void Download(Span<byte> bytes, int start) =>
        new ReadOnlySpan<byte>(address + start, bytes.Length).CopyTo(bytes);

    protected override void Release()
    {
        if (address is not null)
        {
            NativeMemory.AlignedFree(address);
            address = null;
        }
    }
}
