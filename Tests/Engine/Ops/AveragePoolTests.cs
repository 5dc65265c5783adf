using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class AveragePoolTests
{
    public static TheoryData<string> Cases => CaseRows.Of(PoolCases.Average);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(PoolCases.Average.Single(opCase => opCase.Name == name));

    [Fact]
    public void MatchesPyTorch() => Assert.All(PyTorchCase.All("average_pool"), stored => stored.Check(
        ["input"], inputs => inputs[0].AveragePool(stored.Whole("kernel"), stored.Whole("stride"), stored.Whole("padding")), []));

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        var images = new Graph().Input("images", new Shape(2, 5, 4, 3));
        ShapeErrors.Names(() => images.AveragePool(5), "AveragePool", "5x5", "2x5x4x3");
        ShapeErrors.Names(() => images.AveragePool(3, padding: -1), "AveragePool", "padding -1");
    }
}
