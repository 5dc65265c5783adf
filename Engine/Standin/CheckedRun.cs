using System.Collections.Concurrent;

namespace Estampa.Engine;

/// <summary>
/// A launch on the checking device. The threads of a group pass one token in a fixed order, at barriers and warp-wide instructions only,
/// and groups follow each other: so every run is the same, and what no barrier orders is found by its record, not by luck.
/// </summary>
internal sealed class CheckedRun : IDisposable
{
    /// <summary>What ptxas allows a kernel to declare; more must be asked for with the launch.</summary>
    private const int MostStaticBytes = 48 * 1024;
    private static readonly ConcurrentBag<CheckedThread> Idle = [];
    private readonly CheckingDevice device;
    private readonly List<CheckedMemory> shared = [];
    private readonly SemaphoreSlim done = new(0);
    private CheckedThread[] threads = [];
    private CheckedMemory? dynamic;
    private int sharedBytes;
    private int atBarrier;

    public CheckedRun(CheckingDevice device, string kernel, Route route, int groups, int threads)
    {
        (this.device, Kernel, Route, Groups, Threads) = (device, kernel, route, groups, threads);
        Memories = device.Memories;
        Start = device.NextEpoch();
    }

    public string Kernel { get; }

    public Route Route { get; }

    /// <summary>Of a portable kernel every index is a group of one thread.</summary>
    public int Groups { get; }

    public int Threads { get; }

    public int Group { get; private set; }

    /// <summary>The epochs in which the launch and the group began, and the present one.</summary>
    public uint Start { get; }

    public uint GroupStart { get; private set; }

    public uint Epoch { get; private set; }

    /// <summary>What its threads may touch, shared memory first.</summary>
    public CheckedMemory[] Memories { get; private set; }

    public KernelFaultException? Fault { get; private set; }

    public CheckedMemory Dynamic => dynamic
        ?? throw CheckedThread.Here.Fault("asks for dynamic shared memory, but its route has no SharedBytes");

    /// <summary>Runs a portable kernel index by index.</summary>
    public void RunPortable(Action<int> kernel)
    {
        var thread = new CheckedThread();
        var warp = new CheckedWarp([thread]);
        void Body() => kernel(Group);
        for (Group = 0; Group < Groups; Group++)
        {
            Epoch = GroupStart = device.NextEpoch();
            thread.Start(this, warp, Body, index: 0);
            thread.RunHere();
            ThrowFault();
        }
    }

    /// <summary>Runs a grouped kernel, all threads of a group at the same time.</summary>
    public void RunGroups(Action body, int dynamicBytes)
    {
        if (dynamicBytes > 0)
        {
            dynamic = Share(dynamicBytes);
        }

        threads = [.. Enumerable.Range(0, Threads).Select(_ => Idle.TryTake(out var idle) ? idle : new CheckedThread())];
        try
        {
            for (Group = 0; Group < Groups; Group++)
            {
                Epoch = GroupStart = device.NextEpoch();
                (atBarrier, sharedBytes) = (0, 0);
                var warps = threads.Chunk(CheckedWarp.MostLanes).Select(lanes => new CheckedWarp(lanes)).ToArray();
                for (var index = 0; index < Threads; index++)
                {
                    threads[index].Start(this, warps[index / CheckedWarp.MostLanes], body, index);
                }

                threads[0].Wake();
                done.Wait();
                ThrowFault();
            }
        }
        finally
        {
            foreach (var thread in threads)
            {
                Idle.Add(thread);
            }
        }
    }

    /// <summary>The allocation that a thread asks for as its <paramref name="place"/>th: one for all threads of the group.</summary>
    public CheckedMemory Allocate(int place, int bytes)
    {
        var first = dynamic is null ? 0 : 1;
        if (place + first == shared.Count)
        {
            Share(bytes);
        }

        var memory = shared[place + first];
        if (memory.Block.Count != (bytes + 3) / sizeof(float))
        {
            throw CheckedThread.Here.Fault($"allocates {bytes} bytes of shared memory, others {memory.Block.Count * sizeof(float)}");
        }

        sharedBytes = Math.Max(sharedBytes, shared.Skip(first).Sum(one => one.Block.Count * sizeof(float)));
        return sharedBytes <= MostStaticBytes ? memory
            : throw CheckedThread.Here.Fault($"allocates {sharedBytes} bytes of shared memory; over {MostStaticBytes} need SharedBytes");
    }

    /// <summary>The last thread at a barrier opens it.</summary>
    public void Arrive(CheckedThread thread)
    {
        if (++atBarrier < Threads)
        {
            return;
        }

        if (Array.Find(threads, other => other.Waiting != thread.Waiting) is { } stranger)
        {
            throw thread.Fault($"divergence: waits at the {thread.Waiting}, {stranger.Name} at the {stranger.Waiting}");
        }

        atBarrier = 0;
        Epoch = device.NextEpoch();
        foreach (var other in threads)
        {
            other.Waiting = null;
        }
    }

    /// <summary>Gives the token to the next thread that can run, and comes back when this one can.</summary>
    public void Yield(CheckedThread thread)
    {
        if (thread.Waiting is null)
        {
            return;
        }

        var next = Next(thread) ?? throw thread.Fault($"divergence: waits at the {thread.Waiting}, {Others(thread)}");
        next.Wake();
        thread.Sleep();
    }

    /// <summary>Passes the token on for good.</summary>
    public void End(CheckedThread thread, KernelFaultException? fault)
    {
        Fault ??= fault;
        if (threads.Length == 0)
        {
            return;
        }

        if (Next(thread) is { } next)
        {
            next.Wake();
        }
        else if (Array.Find(threads, other => !other.HasEnded) is { } stuck)
        {
            Fault = stuck.Fault($"divergence: waits at the {stuck.Waiting}, {Others(stuck)}");
            stuck.Wake();
        }
        else
        {
            done.Release();
        }
    }

    public void Dispose()
    {
        foreach (var memory in shared)
        {
            memory.Dispose();
        }

        done.Dispose();
    }

    private CheckedMemory Share(int bytes)
    {
        var memory = new CheckedMemory((bytes + 3) / sizeof(float), "shared memory", isShared: true);
        shared.Add(memory);
        Memories = [memory, .. Memories];
        return memory;
    }

    private string Others(CheckedThread thread)
    {
        var other = threads.First(other => other.HasEnded || (other.Waiting is not null && other.Waiting != thread.Waiting));
        return other.HasEnded ? $"{other.Name} has ended" : $"{other.Name} at the {other.Waiting}";
    }

    /// <summary>After a fault every thread runs once more, to its end.</summary>
    private CheckedThread? Next(CheckedThread thread)
    {
        for (var step = 1; step <= Threads; step++)
        {
            var other = threads[(thread.Index + step) % Threads];
            if (!other.HasEnded && (other.Waiting is null || Fault is not null))
            {
                return other;
            }
        }

        return null;
    }

    private void ThrowFault()
    {
        if (Fault is not null)
        {
            foreach (var memory in Memories)
            {
                memory.Abandon();
            }

            throw Fault;
        }
    }
}

/// <summary>A barrier or a warp-wide instruction in the source.</summary>
internal sealed record Place(string What, string File, int Line)
{
    public override string ToString() => $"{What} at {Path.GetFileName(File)}:{Line}";
}

/// <summary>The threads that execute an instruction together.</summary>
internal sealed class CheckedWarp(CheckedThread[] lanes)
{
    public const int MostLanes = 32;

    public CheckedThread[] Lanes => lanes;

    public uint Epoch { get; set; } = 1;

    public bool Holds(int thread) => thread / MostLanes == lanes[0].Index / MostLanes;

    /// <summary>How many wait at an instruction.</summary>
    public int Arrived { get; set; }
}
