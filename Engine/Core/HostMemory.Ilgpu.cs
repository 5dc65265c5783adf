using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace Estampa.Engine;

/// <summary>ILGPU views over memory that the engine owns; ILGPU neither allocates nor frees it, and needs no accelerator for it.</summary>
internal sealed unsafe class HostMemory : CPUMemoryBuffer
{
    private readonly ArrayView<float> floats;

    public HostMemory(float* address, int count)
        : base(null!, count, sizeof(float))
    {
        NativePtr = (IntPtr)address;
        floats = new ArrayView<float>(this, 0, count);
    }

    public ArrayView<float> Floats(int start, int count) => floats.SubView(start, count);

    public ArrayView<int> Integers(int start, int count) => floats.SubView(start, count).Cast<int>();

    public static float* Address(ArrayView<float> view) => (float*)view.LoadEffectiveAddressAsPtr();

    public static int* Address(ArrayView<int> view) => (int*)view.LoadEffectiveAddressAsPtr();

    protected override void DisposeAcceleratorObject(bool disposing)
    {
        // The block owns the memory.
    }
}
