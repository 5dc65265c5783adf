using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class MaxPoolTests
{
    public static TheoryData<string> Cases => CaseRows.Of(PoolCases.Max);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(PoolCases.Max.Single(opCase => opCase.Name == name));

    /// <summary>Some of the cases have many ties, and minus infinity in one place.</summary>
    [Fact]
    public void MatchesPyTorch() => Assert.All(PyTorchCase.All("max_pool"), stored => stored.Check(
        ["input"], inputs => inputs[0].MaxPool(stored.Whole("kernel"), stored.Whole("stride"), stored.Whole("padding")), []));

    [Fact]
    public void ShowsWhatIsNotANumber()
    {
        var shape = new Shape(1, 2, 4, 9);
        var pool = new OpCase("max pool of NaN", [new CaseInput("images", shape)], inputs => inputs[0].MaxPool(2), (_, _) => []);
        var images = new float[shape.Count];
        Array.Fill(images, float.NaN, 0, 9);
        Array.Fill(images, float.NaN, 7 * 9, 9);
        foreach (var device in new[] { Hosts.TwoThreads, Hosts.Portable })
        {
            var numbers = new OpNumbers([images], [], [], [], []);
            Assert.All(OpRun.Evaluate(pool, numbers, device, new PlanOptions()), number => Assert.True(float.IsNaN(number)));
        }
    }

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        var images = new Graph().Input("images", new Shape(2, 5, 4, 3));
        ShapeErrors.Names(() => images.MaxPool(5), "MaxPool", "5x5", "2x5x4x3");
        ShapeErrors.Names(() => images.MaxPool(0), "MaxPool", "kernel 0");
        ShapeErrors.Names(() => images.MaxPool(2, stride: 0), "MaxPool", "stride 0");
        ShapeErrors.Names(() => images.MaxPool(3, padding: 2), "MaxPool", "padding 2");
    }
}
