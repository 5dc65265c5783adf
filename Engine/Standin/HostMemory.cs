using ILGPU;

namespace Estampa.Engine;

/// <summary>Views over memory that the engine owns, for the build without ILGPU.</summary>
internal sealed unsafe class HostMemory(float* address, int count)
{
    private readonly ArrayView<float> floats = new(address, count);

    public ArrayView<float> Floats(int start, int length) => floats.SubView(start, length);

    public ArrayView<int> Integers(int start, int length) => floats.SubView(start, length).Cast<int>();

    public static float* Address(ArrayView<float> view) => view.Address;

    public static int* Address(ArrayView<int> view) => view.Address;
}
