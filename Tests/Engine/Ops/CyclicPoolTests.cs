using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class CyclicPoolTests
{
    public static TheoryData<string> Cases => CaseRows.Of(CyclicCases.Pools);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(CyclicCases.Pools.Single(opCase => opCase.Name == name));

    [Fact]
    public void MatchesPyTorch() => Assert.All(PyTorchCase.All("cyclic_pool"), stored => stored.Check(
        ["input"], inputs => inputs[0].CyclicPool(stored.Whole("turns")), []));

    [Fact]
    public void RefusesABatchThatIsNoMultiple()
    {
        var rows = new Graph().Input("rows", new Shape(6, 5));
        ShapeErrors.Names(() => rows.CyclicPool(), "CyclicPool", "'rows'", "6x5", "4");
        ShapeErrors.Names(() => rows.CyclicPool(0), "CyclicPool", "6x5", "0");
    }
}
