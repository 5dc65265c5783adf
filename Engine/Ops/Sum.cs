using ILGPU;

namespace Estampa.Engine;

/// <summary>Sums of many terms each, as losses are: what is added up, and what becomes of a total.</summary>
internal interface ISum<TArguments>
    where TArguments : struct
{
    static abstract int Sums(TArguments arguments);

    static abstract int Terms(TArguments arguments, int sum);

    static abstract float Term(TArguments arguments, int sum, int term);

    static abstract void Store(TArguments arguments, int sum, float total);
}

/// <summary>The portable and the grouped way to sum.</summary>
internal static class Sum<TSum, TArguments>
    where TSum : struct, ISum<TArguments>
    where TArguments : struct
{
    public static readonly GroupedRoute<TArguments> Grouped = new(Share, TSum.Sums, GroupSum.Threads);

    /// <summary>One call a sum.</summary>
    public static void Portable(Index1D index, TArguments arguments)
    {
        int sum = index, terms = TSum.Terms(arguments, sum);
        var total = 0f;
        for (var term = 0; term < terms; term++)
        {
            total += TSum.Term(arguments, sum, term);
        }

        TSum.Store(arguments, sum, total);
    }

    /// <summary>One group a sum; neighbouring threads take neighbouring terms.</summary>
    private static void Share(TArguments arguments)
    {
        var shared = SharedMemory.Allocate<float>(GroupSum.Threads);
        int sum = Grid.IdxX, thread = Group.IdxX, terms = TSum.Terms(arguments, sum);
        var own = 0f;
        for (var term = thread; term < terms; term += GroupSum.Threads)
        {
            own += TSum.Term(arguments, sum, term);
        }

        var total = GroupSum.Of(shared, own, width: 1);
        if (thread == 0)
        {
            TSum.Store(arguments, sum, total);
        }
    }
}
