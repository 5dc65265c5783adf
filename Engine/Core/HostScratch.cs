using System.Runtime.InteropServices;

namespace Estampa.Engine;

/// <summary>
/// A thread's own aligned working memory for host kernels: padded images, tiles of a tail. It grows to the largest need and stays.
/// </summary>
internal static unsafe class HostScratch
{
    [ThreadStatic]
    private static Slots? slots;

    /// <summary>
    /// What every byte is set to before each use, so that a kernel that reads what it has not written shows; null, as it is but in tests,
    /// leaves what was there.
    /// </summary>
    public static byte? Poison { get; set; }

    /// <summary>At least <paramref name="count"/> floats; what they hold is undefined. Slots 0 to 3 do not overlap.</summary>
    /// <exception cref="InsufficientMemoryException">They do not fit; the memory can be asked for less.</exception>
    public static float* Floats(int slot, int count) => (slots ??= new Slots()).Floats(slot, count);

    /// <param name="allocate">Finds so many bytes; the system's memory where null.</param>
    internal sealed class Slots(Func<nuint, nint>? allocate = null)
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

        public float* Floats(int slot, int count)
        {
            // As unsigned numbers: a count that has overflown is refused too.
            if ((uint)counts[slot] < (uint)count)
            {
                Grow(slot, count);
            }

            if (Poison is { } value)
            {
                NativeMemory.Fill((void*)addresses[slot], (nuint)count * sizeof(float), value);
            }

            return (float*)addresses[slot];
        }

        private void Grow(int slot, int count)
        {
            NativeMemory.AlignedFree((void*)addresses[slot]);
            (addresses[slot], counts[slot]) = (0, 0);
            try
            {
                var bytes = checked((nuint)count * sizeof(float));
                addresses[slot] = allocate is null ? (nint)NativeMemory.AlignedAlloc(bytes, 64) : allocate(bytes);
                counts[slot] = count;
            }
            catch (Exception exception) when (exception is OutOfMemoryException or OverflowException)
            {
                throw new InsufficientMemoryException($"a thread's working memory: no memory for {count} floats", exception);
            }
        }
    }
}
