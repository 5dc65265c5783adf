using System.Runtime.InteropServices;

namespace Estampa.Engine;

/// <summary>
/// A thread's own aligned working memory for host kernels: padded images, tiles of a tail. It grows to the largest need and stays.
/// </summary>
internal static unsafe class HostScratch
{
    [ThreadStatic]
    private static Slots? slots;

    /// <summary>At least <paramref name="count"/> floats; what they hold is undefined. Slots 0 to 3 do not overlap.</summary>
    public static float* Floats(int slot, int count) => (slots ??= new Slots()).Grow(slot, count);

    private sealed class Slots
    {
        private readonly nint[] addresses = new nint[4];
        private readonly int[] counts = new int[4];

        ~Slots()
        {
            foreach (var address in addresses)
            {
                NativeMemory.AlignedFree((void*)address);
            }
        }

        public float* Grow(int slot, int count)
        {
            if (counts[slot] < count)
            {
                NativeMemory.AlignedFree((void*)addresses[slot]);
                addresses[slot] = 0;
                addresses[slot] = (nint)NativeMemory.AlignedAlloc(checked((nuint)count * sizeof(float)), 64);
                counts[slot] = count;
            }

            return (float*)addresses[slot];
        }
    }
}
