using Xunit;

namespace Estampa.Tests;

/// <summary>Whether work that is done again and again is free of managed memory.</summary>
internal static class Allocation
{
    private const int Rounds = 6;

    /// <summary>
    /// Fails where so many calls allocate on this thread. The runtime allocates now and then for itself, as when it compiles a method
    /// again, so one round of several without any is enough: what the work allocates comes every time.
    /// </summary>
    public static void OfNothing(Action work, int times)
    {
        var least = long.MaxValue;
        for (var round = 0; round < Rounds && least > 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var time = 0; time < times; time++)
            {
                work();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.True(least == 0, $"{times} calls allocate {least} bytes");
    }
}
