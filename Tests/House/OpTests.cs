using System.Text.RegularExpressions;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>Every op is whole: a file, and its mirrored test.</summary>
public partial class OpTests
{
    /// <summary>Files of Engine/Ops that define an op, without .cs.</summary>
    public static TheoryData<string> OpFiles => [.. Files()
        .Where(path => OpClass().IsMatch(Repository.Read(path))).Select(path => Path.GetFileNameWithoutExtension(path))];

    [Theory]
    [MemberData(nameof(OpFiles))]
    public void EveryOpHasItsTest(string op)
    {
        var path = $"Tests/Engine/Ops/{op}Tests.cs";
        Assert.True(Repository.Has(path), $"Engine/Ops/{op}.cs has no {path}");
        Assert.Contains($"class {op}Tests", Repository.Read(path), StringComparison.Ordinal);

        // The loss ends a graph and noise has no gradient, so those two have tests of their own.
        if (op is not ("Loss" or "StandardNormal"))
        {
            Assert.Contains("OpCheck.All(", Repository.Read(path), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void EveryOpStandsInAFileOfItsName()
    {
        var types = typeof(Op).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Op))).Select(type => type.Name.Split('`')[0]);
        Assert.Equal(types.Order(StringComparer.Ordinal), OpFiles.Select(row => row.Data).Order(StringComparer.Ordinal));
    }

    /// <summary>A second route is a file beside its op's: Conv.Host.cs needs Conv.cs. Others serve several.</summary>
    [Fact]
    public void RoutesStandBesideTheirOps()
    {
        var files = Files().ToHashSet();
        Assert.All(
            files.Where(path => Route().IsMatch(path) && !Shared().IsMatch(path)),
            path => Assert.Contains(Route().Replace(path, ".cs"), files));
    }

    private static IEnumerable<string> Files() =>
        Repository.Sources("Engine").Where(path => path.StartsWith("Engine/Ops/", StringComparison.Ordinal));

    [GeneratedRegex(@"\bclass\s+\w+(<\w+>)?(\([^)]*\))?\s*:\s*Op\b")]
    private static partial Regex OpClass();

    [GeneratedRegex(@"^Engine/Ops/(Tile|Winograd|ConvFew|ConvWeights)\.")]
    private static partial Regex Shared();

    [GeneratedRegex(@"\.(Host|Grouped|Cuda)\.cs$")]
    private static partial Regex Route();
}
