using ILGPU;

namespace Estampa.Engine;

/// <summary>Sums over the threads of a group, always in the same order, so that results repeat bit for bit.</summary>
internal static class GroupSum
{
    /// <summary>Threads of a group; a power of two.</summary>
    public const int Threads = 128;

    /// <summary>
    /// The sum of the numbers of the threads whose places differ by multiples of <paramref name="width"/>, a power of two; 1 sums
    /// them all. Every thread must come here, and no other sum may use the memory.
    /// </summary>
    /// <param name="shared">One number a thread, of shared memory.</param>
    /// <param name="own">This thread's number.</param>
    /// <param name="width">How many sums lie side by side.</param>
    public static float Of(ArrayView<float> shared, float own, int width)
    {
        int thread = Group.IdxX;
        shared[thread] = own;
        Group.Barrier();
        for (var half = Threads / 2; half >= width; half /= 2)
        {
            if (thread < half)
            {
                shared[thread] = shared[thread] + shared[thread + half];
            }

            Group.Barrier();
        }

        return shared[thread % width];
    }

    /// <summary>The first power of two from <paramref name="count"/> on, but at most another one.</summary>
    public static int Width(int count, int most)
    {
        var width = 1;
        while (width < count && width < most)
        {
            width *= 2;
        }

        return width;
    }
}
