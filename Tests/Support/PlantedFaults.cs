#if !ILGPU
using Estampa.Engine;
using ILGPU;

namespace Estampa.Tests;

/// <summary>What planted kernels read and write, and whether they are the repaired twin.</summary>
public struct PlantedArguments
{
    public ArrayView<float> Numbers;
    public int Repaired;
}

/// <summary>Small kernels with a fault each, and with what takes it away where <see cref="PlantedArguments.Repaired"/> is 1.</summary>
internal static class PlantedFaults
{
    /// <summary>Threads of a group, and how many numbers there are.</summary>
    public const int Threads = 64;

    /// <summary>Each with how many groups it takes, and what the device says of it behind the route.</summary>
    public static readonly (string Name, Action<PlantedArguments> Body, int Groups, string Says)[] All =
    [
        ("outside", Outside, 1, "group 0, thread 63: outside: reads index 64 of a view of 64 Single"),
        ("outside by a write", OutsideByWrite, 2, "group 1, thread 0: outside: writes index 64 of a view of 64 Single"),
        ("view outside", OutsideView, 1, "group 0, thread 0: outside: 8 elements from 60 in a view of 64"),
        ("write, then read", Race, 1, "group 0, thread 1: races: reads element 0 of a view of shared memory, written by thread 0"),
        ("read, then write", ReadRace, 1, "group 0, thread 0: races: writes element 4 of a view of shared memory, read by thread 63"),
        ("two writes", WriteRace, 1, "group 0, thread 1: races: writes element 5 of a view of shared memory, written by thread 0"),
        ("global memory", GlobalRace, 1, "group 0, thread 1: races: reads element 0 of a view of numbers, written by thread 0"),
        ("two groups", GroupRace, 2, "group 1, thread 0: races: writes element 0 of a view of numbers, written by thread 0 of group 0"),
        ("a group's read", GroupReadRace, 2, "group 1, thread 0: races: writes element 0 of a view of numbers, read by thread 0 of"),
        ("quads", QuadRace, 1, "group 0, thread 1: races: reads element 3 of a view of shared memory, written by thread 0"),
        ("in a warp", WarpRace, 1, "group 0, thread 31: races: reads element 30 of a view of shared memory, written by thread 30"),
        ("unwritten", Unwritten, 1, "group 0, thread 63: reads element 1 of a view of shared memory, which nobody has written"),
        ("unwritten here", UnwrittenHere, 2, "group 1, thread 63: reads element 0 of a view of shared memory, which nobody has written"),
        ("ended", Ended, 1, "group 0, thread 0: divergence: waits at the barrier at PlantedFaults.cs:"),
        ("two barriers", TwoBarriers, 1, "group 0, thread 63: divergence: waits at the barrier at PlantedFaults.cs:"),
        ("two shuffles", TwoShuffles, 1, "group 0, thread 31: divergence: waits at the shuffle at PlantedFaults.cs:"),
        ("copy without wait", CopyWithoutWait, 1, "thread 0: reads element 0 of a view of shared memory while thread 0 has not waited"),
        ("copy without barrier", CopyWithoutBarrier, 1, "thread 1: races: reads element 0 of a view of shared memory, written by thread 0"),
        ("copy without commit", CopyWithoutCommit, 1, "group 0, thread 0: ends with asynchronous copies that it has not waited for"),
        ("copy over a read", CopyOverRead, 1, "group 0, thread 0: races: writes element 0 of a view of shared memory, read by thread 63"),
    ];

    private static void BarrierIf(int isThere)
    {
        if (isThere == 1)
        {
            Group.Barrier();
        }
    }

    private static void Outside(PlantedArguments arguments) => _ = arguments.Numbers[Group.IdxX + 1 - arguments.Repaired];

    private static void OutsideByWrite(PlantedArguments arguments)
    {
        if (Grid.IdxX == 0 || arguments.Repaired == 0)
        {
            arguments.Numbers[Grid.GlobalIndex.X] = 1;
        }
    }

    private static void OutsideView(PlantedArguments arguments) =>
        _ = arguments.Numbers.SubView(60 - (4 * arguments.Repaired), 8)[Group.IdxX % 8];

    private static void Race(PlantedArguments arguments)
    {
        var shared = SharedMemory.Allocate<float>(Threads);
        shared[Group.IdxX] = Group.IdxX;
        BarrierIf(arguments.Repaired);
        arguments.Numbers[Group.IdxX] = shared[Group.IdxX & 62];
    }

    private static void ReadRace(PlantedArguments arguments)
    {
        var shared = SharedMemory.Allocate<float>(Threads);
        shared[Group.IdxX] = 1;
        Group.Barrier();
        arguments.Numbers[Group.IdxX] = shared[(Group.IdxX + 5) % Threads];
        BarrierIf(arguments.Repaired);
        shared[(Group.IdxX + 4) % Threads] = 2;
    }

    private static void WriteRace(PlantedArguments arguments)
    {
        var shared = SharedMemory.Allocate<float>(Threads);
        shared[(Group.IdxX * arguments.Repaired) + (5 * (1 - arguments.Repaired))] = 1;
    }

    private static void GlobalRace(PlantedArguments arguments)
    {
        arguments.Numbers[Group.IdxX] = 1;
        BarrierIf(arguments.Repaired);
        _ = arguments.Numbers[(Group.IdxX + 63) % Threads];
    }

    private static void GroupRace(PlantedArguments arguments)
    {
        if (Group.IdxX == 0)
        {
            arguments.Numbers[Grid.IdxX * arguments.Repaired] = 1;
        }
    }

    private static void GroupReadRace(PlantedArguments arguments)
    {
        if (Group.IdxX == 0 && Grid.IdxX == 0)
        {
            _ = arguments.Numbers[0];
        }
        else if (Group.IdxX == 0)
        {
            arguments.Numbers[arguments.Repaired] = 1;
        }
    }

    private static void QuadRace(PlantedArguments arguments)
    {
        var shared = SharedMemory.Allocate<Quad>(Threads);
        shared[Group.IdxX] = default;
        BarrierIf(arguments.Repaired);
        _ = shared.Cast<float>()[(Group.IdxX / 16 * 16) + 3];
    }

    private static void Unwritten(PlantedArguments arguments)
    {
        var shared = SharedMemory.Allocate<float>(2);
        if (Group.IdxX <= arguments.Repaired)
        {
            shared[Group.IdxX] = 1;
        }

        Group.Barrier();
        _ = shared[1];
    }

    private static void UnwrittenHere(PlantedArguments arguments)
    {
        var shared = SharedMemory.Allocate<float>(2);
        if (Group.IdxX == 0 && Grid.IdxX <= arguments.Repaired)
        {
            shared[0] = 1;
        }

        Group.Barrier();
        _ = shared[0];
    }

    private static void Ended(PlantedArguments arguments)
    {
        if (Group.IdxX < 40 || arguments.Repaired == 1)
        {
            Group.Barrier();
        }
    }

    private static void TwoBarriers(PlantedArguments arguments)
    {
        if (Group.IdxX < 40 || arguments.Repaired == 1)
        {
            Group.Barrier();
        }
        else
        {
            Group.Barrier();
        }
    }

    private static void TwoShuffles(PlantedArguments arguments)
    {
        if (Warp.LaneIdx < 16 || arguments.Repaired == 1)
        {
            arguments.Numbers[Group.IdxX] = Warp.Shuffle(1f, 0);
        }
        else
        {
            arguments.Numbers[Group.IdxX] = Warp.Shuffle(1f, 1);
        }
    }

    private static void WarpRace(PlantedArguments arguments)
    {
        var shared = SharedMemory.Allocate<float>(Threads);
        shared[Group.IdxX] = 1;
        arguments.Numbers[Group.IdxX] = Warp.ShuffleXor(1f, 1);
        if (arguments.Repaired == 1)
        {
            Warp.Barrier();
        }

        _ = shared[Group.IdxX & 62];
    }

    private static void CopyWithoutWait(PlantedArguments arguments)
    {
        var shared = SharedMemory.Allocate<Quad>(Threads);
        AsyncCopy.Quad(shared, Group.IdxX, arguments.Numbers.Cast<Quad>(), Group.IdxX % 16, isThere: true);
        AsyncCopy.Commit();
        AsyncCopy.Wait(1 - arguments.Repaired);
        _ = shared[Group.IdxX];
        AsyncCopy.Wait(0);
    }

    private static void CopyWithoutBarrier(PlantedArguments arguments)
    {
        var shared = SharedMemory.Allocate<Quad>(Threads);
        AsyncCopy.Quad(shared, Group.IdxX, arguments.Numbers.Cast<Quad>(), 0, isThere: false);
        AsyncCopy.Commit();
        AsyncCopy.Wait(0);
        BarrierIf(arguments.Repaired);
        _ = shared[Group.IdxX & 62];
    }

    private static void CopyWithoutCommit(PlantedArguments arguments)
    {
        var shared = SharedMemory.Allocate<Quad>(Threads);
        AsyncCopy.Quad(shared, Group.IdxX, arguments.Numbers.Cast<Quad>(), 0, isThere: true);
        if (arguments.Repaired == 1)
        {
            AsyncCopy.Commit();
        }

        AsyncCopy.Wait(0);
    }

    private static void CopyOverRead(PlantedArguments arguments)
    {
        var shared = SharedMemory.Allocate<Quad>(Threads);
        shared[Group.IdxX] = default;
        Group.Barrier();
        _ = shared[(Group.IdxX + 1) % Threads];
        BarrierIf(arguments.Repaired);
        AsyncCopy.Quad(shared, Group.IdxX, arguments.Numbers.Cast<Quad>(), 0, isThere: true);
        AsyncCopy.Commit();
        AsyncCopy.Wait(0);
    }

    public static void Places(PlantedArguments arguments) =>
        arguments.Numbers[Grid.GlobalIndex.X] = (1000 * Grid.IdxX) + Group.IdxX + Group.DimX + Grid.DimX;

    public static void Shuffles(PlantedArguments arguments)
    {
        var number = (float)Warp.LaneIdx;
        arguments.Numbers[Group.IdxX] =
            Warp.ShuffleXor(number, 5) + (100 * Warp.ShuffleDown(number, 3)) + (10000 * Warp.Shuffle(Warp.LaneIdx, 7));
    }

    /// <summary>A (16 x 8) at 0, B (8 x 8) at 256, C at 384; fragments as the PTX manual draws them for m16n8k8.</summary>
    public static void MultiplyTensorFloat32(PlantedArguments arguments)
    {
        int group = Warp.LaneIdx / 4, lane = Warp.LaneIdx % 4;
        var n = arguments.Numbers;
        var sum = TensorCore.MultiplyTensorFloat32(
            TensorCore.ToTensorFloat32(n[(group * 8) + lane]),
            TensorCore.ToTensorFloat32(n[((group + 8) * 8) + lane]),
            TensorCore.ToTensorFloat32(n[(group * 8) + lane + 4]),
            TensorCore.ToTensorFloat32(n[((group + 8) * 8) + lane + 4]),
            TensorCore.ToTensorFloat32(n[256 + (lane * 8) + group]),
            TensorCore.ToTensorFloat32(n[256 + ((lane + 4) * 8) + group]),
            Load(n, group, lane));
        Store(n, group, lane, sum);
    }

    /// <summary>A (16 x 16) at 0, B (16 x 8) at 256, C at 384; fragments as the PTX manual draws them for m16n8k16.</summary>
    public static void MultiplyBFloat16(PlantedArguments arguments)
    {
        int group = Warp.LaneIdx / 4, lane = Warp.LaneIdx % 4;
        var n = arguments.Numbers;
        var sum = TensorCore.MultiplyBFloat16(
            Pair(n, group, 2 * lane),
            Pair(n, group + 8, 2 * lane),
            Pair(n, group, (2 * lane) + 8),
            Pair(n, group + 8, (2 * lane) + 8),
            TensorCore.ToBFloat16(n[256 + (2 * lane * 8) + group], n[256 + (((2 * lane) + 1) * 8) + group]),
            TensorCore.ToBFloat16(n[256 + (((2 * lane) + 8) * 8) + group], n[256 + (((2 * lane) + 9) * 8) + group]),
            Load(n, group, lane));
        Store(n, group, lane, sum);
    }

    private static uint Pair(ArrayView<float> numbers, int row, int column) =>
        TensorCore.ToBFloat16(numbers[(row * 16) + column], numbers[(row * 16) + column + 1]);

    private static Fragment Load(ArrayView<float> numbers, int group, int lane) => new()
    {
        A = numbers[384 + (group * 8) + (2 * lane)],
        B = numbers[384 + (group * 8) + (2 * lane) + 1],
        C = numbers[384 + ((group + 8) * 8) + (2 * lane)],
        D = numbers[384 + ((group + 8) * 8) + (2 * lane) + 1],
    };

    private static void Store(ArrayView<float> numbers, int group, int lane, Fragment sum)
    {
        numbers[384 + (group * 8) + (2 * lane)] = sum.A;
        numbers[384 + (group * 8) + (2 * lane) + 1] = sum.B;
        numbers[384 + ((group + 8) * 8) + (2 * lane)] = sum.C;
        numbers[384 + ((group + 8) * 8) + (2 * lane) + 1] = sum.D;
    }
}
#endif
