using System.Runtime.CompilerServices;
using Estampa.Engine;

namespace ILGPU;

// ILGPU's names for a kernel's place among its groups and threads. Only the checking executor runs such kernels. Barriers and warp-wide
// instructions take their source line, so that faults can name it.

/// <summary>The threads that share memory.</summary>
public static class Group
{
    public static int IdxX => CheckedThread.Here.Index;

    public static int DimX => CheckedThread.Here.Run.Threads;

    /// <summary>Every thread of the group must come to the same barrier.</summary>
    public static void Barrier([CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        CheckedThread.Here.Barrier(new Place("barrier", file, line));
}

/// <summary>All groups of a launch.</summary>
public static class Grid
{
    public static int IdxX => CheckedThread.Here.Run.Group;

    public static int DimX => CheckedThread.Here.Run.Groups;

    public static Index3D GlobalIndex => new((IdxX * Group.DimX) + Group.IdxX, 0, 0);
}

/// <summary>32 threads that execute warp-wide instructions together; in tensor-core routes only.</summary>
public static class Warp
{
    public static int WarpSize => CheckedWarp.MostLanes;

    public static int LaneIdx => CheckedThread.Here.Index % WarpSize;

    public static int WarpIdx => CheckedThread.Here.Index / WarpSize;

    /// <summary>Orders the memory accesses of the warp's threads.</summary>
    public static void Barrier([CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        CheckedThread.Here.Meet(new Place("warp barrier", file, line), static warp => warp.Epoch++);

    /// <summary>The value of another lane.</summary>
    public static T Shuffle<T>(T variable, int sourceLane, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
        where T : unmanaged => CheckedThread.Here.Shuffle(variable, sourceLane, new Place("shuffle", file, line));

    /// <summary>The value of the lane <paramref name="delta"/> higher; the own one where there is none.</summary>
    public static T ShuffleDown<T>(T variable, int delta, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
        where T : unmanaged => CheckedThread.Here.Shuffle(
            variable, LaneIdx + delta < WarpSize ? LaneIdx + delta : LaneIdx, new Place("shuffle down", file, line));

    /// <summary>The value of the lane whose number differs in the bits of <paramref name="mask"/>.</summary>
    public static T ShuffleXor<T>(T variable, int mask, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
        where T : unmanaged => CheckedThread.Here.Shuffle(variable, LaneIdx ^ mask, new Place("shuffle xor", file, line));
}

/// <summary>Memory of a group; it holds nothing at first.</summary>
public static class SharedMemory
{
    /// <summary>Every thread of the group calls it in the same order and with the same constants.</summary>
    public static ArrayView<T> Allocate<T>(int extent)
        where T : unmanaged => CheckedThread.Here.Allocate<T>(extent);

    /// <summary>What the launch asked for.</summary>
    public static ArrayView<T> GetDynamic<T>()
        where T : unmanaged => CheckedThread.Here.Run.Dynamic.View().Cast<T>();
}
