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

    /// <summary>
    /// Rows of each fold, in the set's order. The objects of each class, in the order of u, are dealt to the folds in turn, each class
    /// going on where the last one stopped: folds differ by at most one object, and by at most one of any class. An object's class is that
    /// of any of its rows that has one. Unlike its side in a split, an object's fold may change when the set grows.
    /// </summary>
    /// <exception cref="BadInputException">Fewer than two folds, or fewer objects than folds.</exception>
    public static int[][] Folds(StampSet set, ulong seed, int folds) => Folds(set.ObjectIds, set.Classes, set.Source, seed, folds);

    /// <summary>The same for samples of these objects and classes, such as sequences.</summary>
    /// <exception cref="BadInputException">Fewer than two folds, or fewer objects than folds.</exception>
    public static int[][] Folds(
        IReadOnlyList<string> objectIds, IReadOnlyList<string> classes, string source, ulong seed, int folds)
    {
        var objects = Enumerable.Range(0, objectIds.Count).GroupBy(row => objectIds[row], row => classes[row])
            .Select(rows => (Name: rows.Key, Class: rows.FirstOrDefault(name => name.Length > 0) ?? "", Place: Place(seed, rows.Key)))
            .OrderBy(item => item.Class, StringComparer.Ordinal).ThenBy(item => item.Place).ToList();
        if (folds < 2 || objects.Count < folds)
        {
            throw new BadInputException($"{source}: {objects.Count} objects in {folds} folds: two folds or more, each with an object");
        }

        var fold = objects.Index().ToDictionary(pair => pair.Item.Name, pair => pair.Index % folds);
        return [.. Enumerable.Range(0, folds)
            .Select(number => Enumerable.Range(0, objectIds.Count).Where(row => fold[objectIds[row]] == number).ToArray())];
    }
}
