using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class SplitTests
{
    /// <summary>
    /// Values of this Python: h = 0xCBF29CE484222325; for each byte b of f"{seed}:{name}": h = (h ^ b) * 0x100000001B3 % 2**64; for k in
    /// (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53): h = (h ^ h >> 33) * k % 2**64; u = (h ^ h >> 33) / 2**64.
    /// </summary>
    [Theory]
    [InlineData(1, "ZTF18aaaaaaa", 0.57256167804876)]
    [InlineData(1, "ZTF18aaaaaab", 0.9907259449862295)]
    [InlineData(7, "ZTF20abfcszi", 0.49547025721286153)]
    [InlineData(ulong.MaxValue, "ZTF25abixhdc", 0.9127627333446642)]
    [InlineData(0, "", 0.09811138081077911)]
    public void PlacesAnObjectWhereThePythonDoes(ulong seed, string name, double place) => Assert.Equal(place, Split.Place(seed, name));

    [Fact]
    public void SplitsTheSharedAlertsAsThePythonDoes()
    {
        var split = Split.ByObject(StampSource.Open(DataFiles.Shared("ztf")), seed: 1);
        Assert.Equal((1926, 257, 260), (split.Train.Length, split.Validation.Length, split.Test.Length));
    }

    [Fact]
    public void KeepsObjectsTogetherAndInPlaceWhenTheSetGrows()
    {
        var small = Set([.. Enumerable.Range(0, 200).Select(n => $"object{n % 120}")]);
        var large = Set([.. small.ObjectIds, .. Enumerable.Range(0, 500).Select(n => $"object{n}")]);
        var (before, after) = (Split.ByObject(small, 3), Split.ByObject(large, 3));
        Assert.Equal(Enumerable.Range(0, 200), before.Train.Concat(before.Validation).Concat(before.Test).Order());
        Assert.Equal(before.Train, after.Train.Where(row => row < 200));
        Assert.Equal(before.Validation, after.Validation.Where(row => row < 200));
        Assert.Empty(Names(large, after.Train).Intersect(Names(large, after.Validation).Concat(Names(large, after.Test))));
        Assert.NotEqual(before.Validation, Split.ByObject(small, 4).Validation);
    }

    [Fact]
    public void LeavesNoSideEmptyInSmallSets()
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            var split = Split.ByObject(Set(["a", "b"]), seed);
            Assert.NotEmpty(split.Train);
            Assert.NotEmpty(split.Validation);
        }

        // The rule: the smallest place validates where nobody else does.
        string[] names = ["a", "b", "c", "d"];
        var seedOfNone = Enumerable.Range(0, 100).Select(n => (ulong)n).First(n => names.All(name => Split.Place(n, name) >= .2));
        var row = Assert.Single(Split.ByObject(Set(names), seedOfNone).Validation);
        Assert.Equal(names.MinBy(name => Split.Place(seedOfNone, name)), names[row]);
    }

    [Fact]
    public void RefusesOneObjectAndSharesOfEverything()
    {
        Assert.Contains("1 object in 3 samples", Assert.Throws<BadInputException>(() => Split.ByObject(Set(["a", "a", "a"]), 1)).Message);
        Assert.Throws<BadInputException>(() => Split.ByObject(Set(["a", "b"]), 1, .5, .5));
        Assert.Throws<BadInputException>(() => Split.ByObject(Set(["a", "b"]), 1, double.NaN, .1));
    }

    [Fact]
    public void DealsEachClassToTheFoldsInTurn()
    {
        // 24 of one class, 7 of another, 12 without; every object twice, the second time without its class.
        string[] names = [.. Enumerable.Range(0, 43).Select(n => $"object{n * 17 % 43}")];
        var classes = names.ToDictionary(name => name, name => int.Parse(name[6..]) switch { < 24 => "AGN", < 31 => "SN", _ => "" });
        var set = Set([.. names, .. names], [.. names.Select(name => classes[name]), .. names.Select(_ => "")]);
        var folds = Split.Folds(set, 5, 5);
        Assert.Equal(Enumerable.Range(0, 86), folds.SelectMany(rows => rows).Order());
        Assert.All(folds, rows => Assert.Equal(rows.Order(), rows));
        Assert.Equal(43, folds.Sum(rows => Names(set, rows).Distinct().Count()));
        Assert.Equal([9, 9, 9, 8, 8], folds.Select(rows => rows.Length / 2));
        foreach (var (name, count) in new[] { ("AGN", 24), ("SN", 7), ("", 12) })
        {
            var counts = folds.Select(rows => Names(set, rows).Distinct().Count(item => classes[item] == name)).ToList();
            Assert.Equal(count, counts.Sum());
            Assert.True(counts.Max() - counts.Min() <= 1, $"{name}: {string.Join(" ", counts)}");
        }

        Assert.Equal(folds, Split.Folds(set, 5, 5));
        Assert.NotEqual(folds, Split.Folds(set, 6, 5));
        var error = Assert.Throws<BadInputException>(() => Split.Folds(Set(["a", "b"], ["", ""]), 1, 3));
        Assert.Contains("2 objects in 3 folds", error.Message);
        Assert.Throws<BadInputException>(() => Split.Folds(set, 1, 1));
    }

    private static IEnumerable<string> Names(StampSet set, int[] rows) => rows.Select(row => set.ObjectIds[row]);

    private static StampSet Set(string[] names, string[]? classes = null) => new()
    {
        Count = names.Length,
        Height = 1,
        Width = 1,
        Channels = ["image"],
        Pixels = new float[names.Length],
        Offsets = new float[names.Length],
        Factors = new float[names.Length],
        Candids = [.. names.Select((_, row) => (long)row)],
        ObjectIds = names,
        Classes = classes ?? new string[names.Length],
        Magnitudes = new float[names.Length],
        JulianDates = new double[names.Length],
        Source = "test",
    };
}
