using System.Numerics;
using System.Runtime.InteropServices;

namespace Estampa.Engine;

/// <summary>
/// Threads that pass a token wait for each other all the time: on one core such a change takes 4 us, between idle cores 28 us. Only
/// Linux is told.
/// </summary>
internal static unsafe partial class OneCore
{
    /// <summary>Words of a set of processors.</summary>
    private const int Words = 16;

    /// <summary>Keeps the calling thread on the first core that the process may use.</summary>
    public static void Stay()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var allowed = stackalloc ulong[Words];
        if (GetAffinity(0, Words * sizeof(ulong), allowed) == 0)
        {
            var only = stackalloc ulong[Words];
            new Span<ulong>(only, Words).Clear();
            for (var word = 0; word < Words; word++)
            {
                if (allowed[word] != 0)
                {
                    only[word] = 1UL << BitOperations.TrailingZeroCount(allowed[word]);
                    break;
                }
            }

            // Where it is refused, threads are only slower.
            _ = SetAffinity(0, Words * sizeof(ulong), only);
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nuint bytes, ulong* set);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nuint bytes, ulong* set);
}
