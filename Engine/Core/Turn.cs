namespace Estampa.Engine;

/// <summary>
/// Who is at work on something: those that only read go together, one that writes is alone. Nobody waits: who does not come in is told.
/// </summary>
internal sealed class Turn
{
    /// <summary>How many read; -1 while one writes.</summary>
    private int users;

    public bool TryEnter(bool writes)
    {
        if (writes)
        {
            return Interlocked.CompareExchange(ref users, -1, 0) == 0;
        }

        var seen = Volatile.Read(ref users);
        while (seen >= 0)
        {
            var before = Interlocked.CompareExchange(ref users, seen + 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    /// <summary>A turn until the end of a <c>using</c>.</summary>
    /// <param name="writes">Whether to be alone.</param>
    /// <param name="what">What is at work on, for the error.</param>
    /// <exception cref="InvalidOperationException">It is in use.</exception>
    public Visit Enter(bool writes, string what) => TryEnter(writes)
        ? new Visit(this, writes)
        : throw new InvalidOperationException($"{what} in use by a replay or another thread; it has to wait until that is done");

    public void Leave(bool writes)
    {
        if (writes)
        {
            Volatile.Write(ref users, 0);
        }
        else
        {
            Interlocked.Decrement(ref users);
        }
    }

    public readonly ref struct Visit(Turn turn, bool writes)
    {
        public void Dispose() => turn.Leave(writes);
    }
}
