using System.Runtime.InteropServices;
using ILGPU;

namespace Estampa.Engine;

/// <summary>Who touched a word, and when: barriers, groups and launches count epochs up.</summary>
internal struct Mark
{
    public uint Epoch;

    /// <summary>The warp's own epoch, which warp barriers count up.</summary>
    public uint WarpEpoch;
    public int Group;
    public int Thread;
}

/// <summary>Whether other threads read a word beside the one that is noted, since the same barrier.</summary>
internal enum OtherReaders
{
    None,
    OfTheWarp,
    OfOtherWarps,
}

/// <summary>What is known of four bytes.</summary>
internal struct Word
{
    public Mark Written;
    public Mark Read;
    public OtherReaders Others;

    /// <summary>Poisoned and not written since.</summary>
    public bool IsPoison;

    /// <summary>Whether an asynchronous copy is on its way here; then Written says whose.</summary>
    public bool IsAwaited;
}

/// <summary>
/// The record of a piece of memory, word by word, by which races are found. Two accesses are ordered by a barrier of their group, by a
/// barrier of their warp or by being of one thread; groups of a launch are never ordered.
/// </summary>
internal sealed unsafe class CheckedMemory : IDisposable
{
    private readonly HostBlock block;
    private readonly byte* start;
    private readonly Word[] words;

    public CheckedMemory(int count, string purpose, bool isShared)
    {
        block = new HostBlock(count, purpose);
        words = new Word[count];
        start = (byte*)block.View(0, count).Address;
        IsShared = isShared;
    }

    public HostBlock Block => block;

    public bool IsShared { get; }

    public ArrayView<float> View() => block.View(0, block.Count).Watched();

    public bool Holds(void* address) => (nuint)((byte*)address - start) < (nuint)words.Length * sizeof(float);

    /// <summary>Notes that the host wrote, or poisoned, some words.</summary>
    public void Set(int first, int count, bool isPoison)
    {
        foreach (ref var word in words.AsSpan(first, count))
        {
            word.IsPoison = isPoison;
        }
    }

    public void Read(void* address, int bytes, CheckedThread thread, long element)
    {
        foreach (ref var word in Words(address, bytes))
        {
            if (word.IsAwaited)
            {
                throw thread.Fault($"reads {Named(element)} while {Awaited(word, thread)}");
            }

            if (word.IsPoison || (IsShared && word.Written.Epoch < thread.Run.GroupStart))
            {
                throw thread.Fault($"reads {Named(element)}, which nobody has written");
            }

            if (!IsOrdered(word.Written, thread))
            {
                throw thread.Fault($"races: reads {Named(element)}, written by {Who(word.Written, thread)}");
            }

            Note(ref word, thread);
        }
    }

    public void Write(void* address, int bytes, CheckedThread thread, long element, bool isAwaited = false)
    {
        foreach (ref var word in Words(address, bytes))
        {
            if (word.IsAwaited)
            {
                throw thread.Fault($"writes {Named(element)} while {Awaited(word, thread)}");
            }

            if (!IsOrdered(word.Written, thread))
            {
                throw thread.Fault($"races: writes {Named(element)}, written by {Who(word.Written, thread)}");
            }

            if (!AreReadersOrdered(word, thread))
            {
                var others = word.Others == OtherReaders.None ? "" : " and others";
                throw thread.Fault($"races: writes {Named(element)}, read by {Who(word.Read, thread)}{others}");
            }

            word.Written = thread.Now;
            word.IsPoison = false;
            word.IsAwaited = isAwaited;
        }
    }

    /// <summary>An asynchronous copy has come: from here on it is its thread's write.</summary>
    public void Arrive(void* address, int bytes, CheckedThread thread)
    {
        foreach (ref var word in Words(address, bytes))
        {
            word.IsAwaited = false;
            word.Written = thread.Now;
        }
    }

    /// <summary>Forgets copies that never came, where a launch has ended in a fault.</summary>
    public void Abandon()
    {
        foreach (ref var word in words.AsSpan())
        {
            word.IsAwaited = false;
        }
    }

    public void Dispose() => block.Dispose();

    private static string Awaited(in Word word, CheckedThread thread) => $"{Who(word.Written, thread)} has not waited for its copy to it";

    private Span<Word> Words(void* address, int bytes) =>
        words.AsSpan((int)(((byte*)address - start) / sizeof(float)), bytes / sizeof(float));

    private string Named(long element) => $"element {element} of a view of {(IsShared ? "shared memory" : block.Purpose)}";

    private static string Who(in Mark mark, CheckedThread thread) => thread.Run.Route == Route.Portable ? $"index {mark.Group}"
        : mark.Group != thread.Run.Group ? $"thread {mark.Thread} of group {mark.Group}"
        : $"thread {mark.Thread}";

    private bool IsOrdered(in Mark mark, CheckedThread thread)
    {
        var run = thread.Run;
        return mark.Epoch < (IsShared ? run.GroupStart : run.Start)
            || (mark.Epoch >= run.GroupStart
                && (mark.Epoch < run.Epoch || mark.Thread == thread.Index || IsOrderedInWarp(mark, thread)));
    }

    private static bool IsOrderedInWarp(in Mark mark, CheckedThread thread) =>
        thread.Warp.Holds(mark.Thread) && mark.WarpEpoch < thread.Warp.Epoch;

    private bool AreReadersOrdered(in Word word, CheckedThread thread) =>
        word.Others == OtherReaders.None || word.Read.Epoch < thread.Run.Epoch ? IsOrdered(word.Read, thread)
        : word.Others == OtherReaders.OfTheWarp && IsOrderedInWarp(word.Read, thread);

    /// <summary>A reader of another group stays noted: whoever of this group writes then, races.</summary>
    private void Note(ref Word word, CheckedThread thread)
    {
        var run = thread.Run;
        if (!IsShared && word.Read.Epoch >= run.Start && word.Read.Epoch < run.GroupStart)
        {
            return;
        }

        if (word.Read.Epoch < run.Epoch || (word.Others != OtherReaders.OfOtherWarps && IsOrderedInWarp(word.Read, thread)))
        {
            word.Read = thread.Now;
            word.Others = OtherReaders.None;
        }
        else if (!thread.Warp.Holds(word.Read.Thread))
        {
            word.Others = OtherReaders.OfOtherWarps;
        }
        else if (word.Read.Thread != thread.Index && word.Others == OtherReaders.None)
        {
            word.Others = OtherReaders.OfTheWarp;
        }
    }
}

/// <summary>A block of the checking device: its kernels' views are watched.</summary>
internal sealed class CheckedBlock : Block
{
    private readonly CheckingDevice device;

    public CheckedBlock(CheckingDevice device, int count, string purpose)
        : base(count, purpose)
    {
        this.device = device;
        Memory = new CheckedMemory(Math.Max(count, 1), purpose, isShared: false);
    }

    public CheckedMemory Memory { get; }

    public override ArrayView<float> View(int start, int count)
    {
        Check(start, count);
        return Memory.View().SubView(start, count);
    }

    public override ArrayView<int> Integers(int start, int count) => View(start, count).Cast<int>();

    /// <summary>With 0xFF, which is poison, a kernel's read before a write is a fault from now on.</summary>
    protected override void SetBytes(byte value)
    {
        Memory.Block.Fill(value);
        Memory.Set(0, Count, isPoison: value == 0xFF);
    }

    protected override void Upload(ReadOnlySpan<byte> bytes, int start)
    {
        Memory.Block.Write(MemoryMarshal.Cast<byte, float>(bytes), start);
        Memory.Set(start, bytes.Length / sizeof(float), isPoison: false);
    }

    protected override void Download(Span<byte> bytes, int start) =>
        Memory.Block.Read(MemoryMarshal.Cast<byte, float>(bytes), start);

    protected override void Release()
    {
        device.Forget(Memory);
        Memory.Dispose();
    }
}
