using System.Text;

namespace Estampa.Data;

/// <summary>Which rows train, validate and test.</summary>
public sealed record SplitRows(int[] Train, int[] Validation, int[] Test);

/// <summary>
/// Splits a set by object, so that two alerts of one object never stand on two sides, and by a hash, so that an object keeps its side when
/// the set grows.
/// </summary>
public static class Split
{
    /// <summary>
    /// u = fmix64(FNV-1a 64 of the UTF-8 of "seed:objectId") / 2^64, where fmix64 is the 64-bit finalizer of MurmurHash3. An object with
    /// u below validation validates, below validation + test tests, and trains otherwise.
    /// </summary>
    public static double Place(ulong seed, string objectId)
    {
        var hash = 0xCBF29CE484222325UL;
        foreach (var item in Encoding.UTF8.GetBytes($"{seed}:{objectId}"))
        {
            hash = (hash ^ item) * 0x100000001B3UL;
        }

        hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCDUL;
        hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53UL;
        return (hash ^ (hash >> 33)) / 18446744073709551616.0;
    }

    /// <summary>
    /// Rows in the set's order. Small sets: where no object falls to validation, the one of the smallest u goes there, and where none is
    /// left to train, the one of the largest u does.
    /// </summary>
    /// <exception cref="BadInputException">The set has fewer than two objects.</exception>
    public static SplitRows ByObject(StampSet set, ulong seed, double validation = .1, double test = .1) =>
        ByObject(set.ObjectIds, set.Source, seed, validation, test);

    /// <summary>The same for samples of these objects, such as sequences.</summary>
    /// <exception cref="BadInputException">There are fewer than two objects.</exception>
    public static SplitRows ByObject(IReadOnlyList<string> objectIds, string source, ulong seed, double validation, double test)
    {
        if (!(validation >= 0 && test >= 0 && validation + test < 1))
        {
            throw new BadInputException($"shares of {validation} for validation and {test} for test leave nothing to train");
        }

        var places = objectIds.Distinct().ToDictionary(name => name, name => Place(seed, name));
        if (places.Count < 2)
        {
            throw new BadInputException($"{source}: {places.Count} object in {objectIds.Count} samples: nothing to split, two are needed");
        }

        var sides = places.ToDictionary(pair => pair.Key, pair => pair.Value < validation ? 1 : pair.Value < validation + test ? 2 : 0);
        if (validation > 0 && !sides.ContainsValue(1))
        {
            sides[places.MinBy(pair => pair.Value).Key] = 1;
        }

        if (!sides.ContainsValue(0))
        {
            sides[places.MaxBy(pair => pair.Value).Key] = 0;
        }

        int[] Rows(int side) => [.. Enumerable.Range(0, objectIds.Count).Where(row => sides[objectIds[row]] == side)];
        return new SplitRows(Rows(0), Rows(1), Rows(2));
    }
}
