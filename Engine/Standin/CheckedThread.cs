using System.Runtime.CompilerServices;
using ILGPU;

namespace Estampa.Engine;

/// <summary>
/// A logical thread of a kernel on the checking device. In a grouped kernel it has a thread of the operating system, which stops at
/// barriers and is used again for other launches.
/// </summary>
internal sealed unsafe class CheckedThread
{
    private const int StackBytes = 256 * 1024;

    [ThreadStatic]
    private static CheckedThread? current;
    private readonly object turn = new();
    private readonly AsyncCopies copies;
    private Thread? thread;
    private Action body = () => { };
    private int allocations;
    private bool hasToken;

    public CheckedThread()
    {
        copies = new AsyncCopies(this);
    }

    /// <summary>The thread that runs here; only kernels on the checking device have one.</summary>
    public static CheckedThread Here => current ?? throw new InvalidOperationException("groups of threads run on the checking device only");

    public CheckedRun Run { get; private set; } = null!;

    public CheckedWarp Warp { get; private set; } = null!;

    public int Index { get; private set; }

    /// <summary>Where it waits; null while it can run.</summary>
    public Place? Waiting { get; set; }

    public bool HasEnded { get; private set; }

    /// <summary>What it brings to a warp-wide instruction, and what it gets.</summary>
    public uint[] Operands { get; } = new uint[6];

    public Fragment Sum { get; set; }

    public AsyncCopies Copies => Run.Route is Route.TensorFloat32 or Route.BFloat16 ? copies
        : throw Fault("copies asynchronously, which only tensor-core routes may");

    public Mark Now => new() { Epoch = Run.Epoch, WarpEpoch = Warp.Epoch, Group = Run.Group, Thread = Index };

    public string Name => Run.Route == Route.Portable ? $"index {Run.Group}" : $"thread {Index}";

    public static T Read<T>(T* address, int watched, int bound, long index)
        where T : unmanaged
    {
        Check<T>(watched, bound, index, "reads");
        current?.Find(address + index).Read(address + index, sizeof(T), current, index);
        return address[index];
    }

    public static void Write<T>(T* address, int watched, int bound, long index, T value)
        where T : unmanaged
    {
        Check<T>(watched, bound, index, "writes");
        current?.Find(address + index).Write(address + index, sizeof(T), current, index);
        address[index] = value;
    }

    /// <summary>An access or a view that goes beyond a view.</summary>
    public static Exception Outside(string what) =>
        current?.Fault($"outside: {what}") ?? (Exception)new ArgumentOutOfRangeException(nameof(what), what);

    public KernelFaultException Fault(string what) => new(Run.Route == Route.Portable
        ? $"{Run.Kernel} ({Run.Route}), {Name}: {what}"
        : $"{Run.Kernel} ({Run.Route}), group {Run.Group}, {Name}: {what}");

    public CheckedMemory Find<T>(T* address)
        where T : unmanaged
    {
        if (sizeof(T) % sizeof(float) != 0 || (nuint)address % (nuint)sizeof(T) != 0)
        {
            throw Fault($"a {typeof(T).Name} at an address that is no multiple of its size, or of no whole words");
        }

        foreach (var memory in Run.Memories)
        {
            if (memory.Holds(address))
            {
                return memory;
            }
        }

        throw Fault("an access to memory that has been given back");
    }

    public ArrayView<T> Allocate<T>(int extent)
        where T : unmanaged
    {
        if (Run.Route == Route.Portable)
        {
            throw Fault("shared memory in a portable kernel");
        }

        return Run.Allocate(allocations++, extent * sizeof(T)).View().Cast<T>();
    }

    public void Barrier(Place place)
    {
        if (Run.Route == Route.Portable)
        {
            throw Fault($"{place} in a portable kernel");
        }

        Waiting = place;
        Run.Arrive(this);
        Run.Yield(this);
    }

    /// <summary>Waits until every lane of the warp is at the instruction; the last one executes it for all.</summary>
    public void Meet(Place place, Action<CheckedWarp> instruction)
    {
        if (Run.Route is not (Route.TensorFloat32 or Route.BFloat16))
        {
            throw Fault($"{place}: only tensor-core routes know the warp's size");
        }

        Waiting = place;
        if (++Warp.Arrived == Warp.Lanes.Length)
        {
            if (Array.Find(Warp.Lanes, lane => lane.Waiting != place) is { } stranger)
            {
                throw Fault($"divergence: waits at the {place}, {stranger.Name} at the {stranger.Waiting}");
            }

            Warp.Arrived = 0;
            instruction(Warp);
            foreach (var lane in Warp.Lanes)
            {
                lane.Waiting = null;
            }
        }

        Run.Yield(this);
    }

    public T Shuffle<T>(T value, int source, Place place)
        where T : unmanaged
    {
        Operands[0] = Unsafe.BitCast<T, uint>(value);
        Operands[1] = (uint)(source % CheckedWarp.MostLanes);
        Meet(place, static warp =>
        {
            foreach (var lane in warp.Lanes)
            {
                lane.Operands[2] = lane.Operands[1] < warp.Lanes.Length ? warp.Lanes[lane.Operands[1]].Operands[0] : lane.Operands[0];
            }
        });
        return Unsafe.BitCast<uint, T>(Operands[2]);
    }

    /// <summary>Makes it a thread of a group that is about to run.</summary>
    public void Start(CheckedRun run, CheckedWarp warp, Action body, int index)
    {
        (Run, Warp, this.body, Index, allocations) = (run, warp, body, index, 0);
        (Waiting, HasEnded) = (null, false);
        copies.Clear();
    }

    /// <summary>Hands it the token.</summary>
    public void Wake()
    {
        if (thread is null)
        {
            thread = new Thread(Loop, StackBytes) { IsBackground = true, Name = "checked kernel" };
            thread.Start();
        }

        lock (turn)
        {
            hasToken = true;
            Monitor.Pulse(turn);
        }
    }

    public void Sleep()
    {
        Await();
        if (Run.Fault is not null)
        {
            throw new OperationCanceledException();
        }
    }

    /// <summary>Runs the body to its end on the calling thread.</summary>
    public void RunHere()
    {
        var outer = current;
        current = this;
        KernelFaultException? fault = null;
        try
        {
            if (Run.Fault is null)
            {
                body();
                copies.End();
            }
        }
        catch (OperationCanceledException)
        {
            // Another thread's fault ended the launch.
        }
        catch (KernelFaultException exception)
        {
            fault = exception;
        }
#pragma warning disable CA1031 // Whatever a kernel throws must reach the caller, on another thread.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            fault = new KernelFaultException(Fault(exception.Message).Message, exception);
        }

        current = outer;
        HasEnded = true;
        Run.End(this, fault);
    }

    private static void Check<T>(int watched, int bound, long index, string verb)
    {
        if ((ulong)index >= (ulong)(watched + bound))
        {
            throw Outside($"{verb} index {index} of a view of {watched + bound} {typeof(T).Name}");
        }
    }

    private void Await()
    {
        lock (turn)
        {
            while (!hasToken)
            {
                Monitor.Wait(turn);
            }

            hasToken = false;
        }
    }

    private void Loop()
    {
        OneCore.Stay();
        while (true)
        {
            Await();
            RunHere();
        }
    }
}
