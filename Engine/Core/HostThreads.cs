namespace Estampa.Engine;

/// <summary>Work in parts that may run in any order on any thread.</summary>
internal interface IParts
{
    int Parts { get; }

    /// <param name="part">Which.</param>
    /// <param name="thread">Number of the thread that runs it, 0 for the caller's.</param>
    void RunPart(int part, int thread);
}

/// <summary>
/// The processor's threads, one a core, alive as long as the device. A launch costs no allocation: threads take part numbers from one
/// ticket, and the launch ends when every part is done, whether or not all threads woke for it. Between launches they spin for some
/// microseconds, then sleep.
/// </summary>
internal sealed class HostThreads : IDisposable
{
    private const int SpinsBeforeSleep = 300;

    /// <summary>Whether this thread is running a part, of any launch.</summary>
    [ThreadStatic]
    private static bool isAtWork;
    private readonly object gate = new();
    private readonly Lock turn = new();
    private readonly List<Thread> workers = [];
    private IParts? work;
    private Exception? failure;

    /// <summary>
    /// The launch's number in the upper half, its next part in the lower. A part is taken by exchanging the whole ticket, so a thread
    /// that comes late, or that saw another launch's work, takes nothing.
    /// </summary>
    private long ticket;
    private int done;
    private int asleep;
    private bool stopping;

    /// <param name="count">The caller's thread is one of them.</param>
    /// <param name="start">Starts a thread; <see cref="Thread.Start()"/> where null.</param>
    /// <exception cref="InsufficientMemoryException">The system has not so many; none stays.</exception>
    public HostThreads(int count, Action<Thread>? start = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Count = count;
        try
        {
            while (workers.Count < count - 1)
            {
                var own = workers.Count + 1;
                var worker = new Thread(() => Work(own)) { IsBackground = true, Name = $"estampa {own}" };
                (start ?? (thread => thread.Start()))(worker);
                workers.Add(worker);
            }
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            Dispose();
            throw new InsufficientMemoryException(
                $"the system has no {count} threads: the {workers.Count + 1}th did not start ({exception.Message})", exception);
        }
    }

    public int Count { get; }

    /// <summary>Runs every part and returns when all are done. Two callers take turns.</summary>
    /// <exception cref="AggregateException">A part failed; the others have run.</exception>
    /// <exception cref="InvalidOperationException">A part of a launch calls it: it would wait for itself.</exception>
    public void Run(IParts parts)
    {
        if (isAtWork)
        {
            throw new InvalidOperationException("a kernel cannot launch another or replay a plan: its launch would wait for itself");
        }

        lock (turn)
        {
            ObjectDisposedException.ThrowIf(stopping, this);
            var count = parts.Parts;
            var launch = (int)(ticket >> 32) + 1;

            // Closed under the old number first: no thread may find the new work under an old ticket.
            Volatile.Write(ref ticket, ticket | int.MaxValue);
            work = parts;
            done = 0;
            lock (gate)
            {
                Volatile.Write(ref ticket, (long)launch << 32);
                if (asleep > 0 && count > 1)
                {
                    Monitor.PulseAll(gate);
                }
            }

            isAtWork = true;
            TakeParts(launch, thread: 0);
            isAtWork = false;
            var spin = default(SpinWait);
            while (Volatile.Read(ref done) < count)
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
                Monitor.PulseAll(gate);
            }
        }

        foreach (var worker in workers)
        {
            worker.Join();
        }
    }

    private void TakeParts(int launch, int thread)
    {
        while (true)
        {
            var taken = Volatile.Read(ref ticket);
            var parts = Volatile.Read(ref work)!;
            if ((int)(taken >> 32) != launch || (int)taken >= parts.Parts)
            {
                return;
            }

            if (Interlocked.CompareExchange(ref ticket, taken + 1, taken) != taken)
            {
                continue;
            }

            try
            {
                parts.RunPart((int)taken, thread);
            }
            catch (Exception exception)
            {
                failure = exception;
            }

            Interlocked.Increment(ref done);
        }
    }

    private void Work(int thread)
    {
        isAtWork = true;
        var seen = 0;
        while (true)
        {
            for (var spin = 0; spin < SpinsBeforeSleep && Launch() == seen && !Volatile.Read(ref stopping); spin++)
            {
                Thread.SpinWait(40);
            }

            lock (gate)
            {
                asleep++;
                while (Launch() == seen && !stopping)
                {
                    Monitor.Wait(gate);
                }

                asleep--;
                if (stopping)
                {
                    return;
                }
            }

            seen = Launch();
            TakeParts(seen, thread);
        }
    }

    private int Launch() => (int)(Volatile.Read(ref ticket) >> 32);
}
