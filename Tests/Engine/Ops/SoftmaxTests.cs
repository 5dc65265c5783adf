using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class SoftmaxTests
{
    public static TheoryData<string> Cases => CaseRows.Of(SoftmaxCases.All);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(SoftmaxCases.All.Single(opCase => opCase.Name == name));

    /// <summary>Also of logits whose exponential is no float.</summary>
    [Fact]
    public void MatchesPyTorch() =>
        Assert.All(PyTorchCase.All("softmax"), stored => stored.Check(["logits"], inputs => inputs[0].Softmax(), []));

    [Fact]
    public void RefusesImages()
    {
        var images = new Graph().Input("images", new Shape(2, 5, 4, 3));
        ShapeErrors.Names(() => images.Softmax(), "Softmax", "(batch, classes)", "2x5x4x3");
    }
}
