namespace Estampa.Engine;

/// <summary>Work in parts that may run in any order on any thread.</summary>
internal interface IParts
{
    int Parts { get; }

    void RunPart(int part);
}

/// <summary>
/// The processor's threads, one a core, alive as long as the device. A launch costs no allocation: threads take part numbers from one
/// counter. Between launches they spin for some microseconds, then sleep.
/// </summary>
internal sealed class HostThreads : IDisposable
{
    private const int SpinsBeforeSleep = 300;
    private readonly object gate = new();
    private readonly Lock turn = new();
    private readonly Thread[] workers;
    private IParts? work;
    private Exception? failure;
    private int generation;
    private int next;
    private int busy;
    private int asleep;
    private bool stopping;

    public HostThreads(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Count = count;
        workers = new Thread[count - 1];
        for (var number = 0; number < workers.Length; number++)
        {
            workers[number] = new Thread(Work) { IsBackground = true, Name = $"estampa {number + 1}" };
            workers[number].Start();
        }
    }

    public int Count { get; }

    /// <summary>Runs every part and returns when all are done. Two callers take turns.</summary>
    public void Run(IParts parts)
    {
        lock (turn)
        {
            ObjectDisposedException.ThrowIf(stopping, this);
            work = parts;
            next = 0;
            if (workers.Length > 0 && parts.Parts > 1)
            {
                Volatile.Write(ref busy, workers.Length);
                lock (gate)
                {
                    generation++;
                    if (asleep > 0)
                    {
                        Monitor.PulseAll(gate);
                    }
                }
            }

            TakeParts(parts);
            var spin = default(SpinWait);
            while (Volatile.Read(ref busy) > 0)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }

            if (failure is { } thrown)
            {
                failure = null;
                throw new AggregateException($"a part of the launch failed: {thrown.Message}", thrown);
            }
        }
    }

    /// <summary>Waits for a launch that is under way, then ends the threads.</summary>
    public void Dispose()
    {
        lock (turn)
        {
            lock (gate)
            {
                stopping = true;
                generation++;
                Monitor.PulseAll(gate);
            }
        }

        foreach (var worker in workers)
        {
            worker.Join();
        }
    }

    private void TakeParts(IParts parts)
    {
        var count = parts.Parts;
        try
        {
            for (var part = Interlocked.Increment(ref next) - 1; part < count; part = Interlocked.Increment(ref next) - 1)
            {
                parts.RunPart(part);
            }
        }
        catch (Exception exception)
        {
            failure = exception;
        }
    }

    private void Work()
    {
        var seen = 0;
        while (true)
        {
            for (var spin = 0; spin < SpinsBeforeSleep && Volatile.Read(ref generation) == seen; spin++)
            {
                Thread.SpinWait(40);
            }

            lock (gate)
            {
                asleep++;
                while (generation == seen)
                {
                    Monitor.Wait(gate);
                }

                asleep--;
                seen = generation;
            }

            if (stopping)
            {
                return;
            }

            TakeParts(work!);
            Interlocked.Decrement(ref busy);
        }
    }
}
