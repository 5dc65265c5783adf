using System.Runtime.CompilerServices;
using ILGPU;

namespace Estampa.Engine;

/// <summary>
/// Copies of 16 bytes from global to shared memory that the thread does not wait for (PTX: cp.async). Here the numbers come as late as
/// the rules allow, in the thread's own <see cref="Wait"/>.
/// </summary>
internal static class AsyncCopy
{
    /// <summary>Copies source[from] to target[to]; zeros, and nothing is read, where not <paramref name="isThere"/>.</summary>
    public static void Quad(ArrayView<Quad> target, int to, ArrayView<Quad> source, int from, bool isThere) =>
        CheckedThread.Here.Copies.Start(target, to, source, from, isThere);

    /// <summary>Ends a set of copies that are waited for together.</summary>
    public static void Commit() => CheckedThread.Here.Copies.Commit();

    /// <summary>Waits until at most so many of the last sets are still on their way.</summary>
    public static void Wait(int pending) => CheckedThread.Here.Copies.Wait(pending);
}

/// <summary>A thread's copies that are on their way.</summary>
internal sealed unsafe class AsyncCopies(CheckedThread thread)
{
    private readonly Queue<List<Copy>> committed = [];
    private List<Copy> open = [];

    public void Start(ArrayView<Quad> target, int to, ArrayView<Quad> source, int from, bool isThere)
    {
        if ((uint)to >= target.Length || (isThere && (uint)from >= source.Length))
        {
            throw CheckedThread.Outside($"copies element {from} of {source.Length} to {to} of {target.Length}");
        }

        Quad* there = target.Address + to, here = isThere ? source.Address + from : null;
        var memory = thread.Find(there);
        if (!memory.IsShared || (isThere && thread.Find(here).IsShared))
        {
            throw thread.Fault("copies asynchronously, but not from global to shared memory");
        }

        open.Add(new Copy(memory, (nint)there, to, (nint)here, from));
        Read(open[^1]);
        memory.Write(there, sizeof(Quad), thread, to, isAwaited: true);

        // What was there must not be taken for what comes.
        Unsafe.InitBlock(there, 0xFF, (uint)sizeof(Quad));
    }

    public void Commit()
    {
        committed.Enqueue(open);
        open = [];
    }

    public void Wait(int pending)
    {
        while (committed.Count > pending)
        {
            foreach (var copy in committed.Dequeue())
            {
                Read(copy);
                *(Quad*)copy.To = copy.From == 0 ? default : *(Quad*)copy.From;
                copy.Memory.Arrive((void*)copy.To, sizeof(Quad), thread);
            }
        }
    }

    public void End()
    {
        if (open.Count > 0 || committed.Any(copies => copies.Count > 0))
        {
            throw thread.Fault("ends with asynchronous copies that it has not waited for");
        }
    }

    public void Clear()
    {
        open.Clear();
        committed.Clear();
    }

    private void Read(in Copy copy)
    {
        if (copy.From != 0)
        {
            thread.Find((Quad*)copy.From).Read((void*)copy.From, sizeof(Quad), thread, copy.Source);
        }
    }

    private readonly record struct Copy(CheckedMemory Memory, nint To, int Target, nint From, int Source);
}
