using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class ConvTests
{
    public static TheoryData<string> Cases => CaseRows.Of(ConvCases.All);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(ConvCases.All.Single(opCase => opCase.Name == name));

    [Fact]
    public void MatchesPyTorch() => Assert.All(PyTorchCase.All("conv2d"), stored => stored.Check(
        ["input"],
        inputs => inputs[0].Conv(
            "layer", stored.Shape("output").Channels, stored.Whole("kernel"), stored.Whole("stride"), stored.Whole("padding")),
        [("layer.weight", "weight", null), ("layer.bias", "bias", null)]));

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        var images = new Graph().Input("images", new Shape(2, 5, 4, 3));
        ShapeErrors.Names(() => images.Conv("layer", 8, kernel: 7, padding: 1), "layer", "7x7", "2x5x4x3", "padding 1");
        ShapeErrors.Names(() => images.Conv("layer", 0, kernel: 3), "channels 0");
        ShapeErrors.Names(() => images.Conv("layer", 8, kernel: 0), "kernel 0");
        ShapeErrors.Names(() => images.Conv("layer", 8, kernel: 3, stride: 0), "stride 0");
        ShapeErrors.Names(() => images.Conv("layer", 8, kernel: 3, padding: -1), "padding -1");
        images.Conv("layer", 8, kernel: 3);
        ShapeErrors.Names(() => images.Conv("layer", 9, kernel: 3), "(8, 3, 3, 3)", "(9, 3, 3, 3)");
    }

    [Fact]
    public void CountsItsWork()
    {
        var output = new Graph().Input("images", new Shape(2, 21, 21, 64)).Conv("layer", 64, kernel: 3, stride: 2, padding: 1);
        Assert.Equal(2L * 2 * 11 * 11 * 64 * 64 * 9, output.Maker!.Flops);
    }
}
