using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class LayerNormTests
{
    private static readonly (string, string, string?)[] Parameters = [("layer.weight", "weight", null), ("layer.bias", "bias", null)];

    public static TheoryData<string> Cases => CaseRows.Of(LayerNormCases.All);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(LayerNormCases.All.Single(opCase => opCase.Name == name));

    [Fact]
    public void MatchesPyTorch() => Assert.All(PyTorchCase.All("layer_norm"), stored =>
    {
        // A mean of 1000 leaves a float of the input four digits for its distance from it.
        stored.Tolerance = stored.Numbers("input").Average() > 100 ? 3e-4 : 2e-5;
        stored.Check(
            ["input"],
            inputs => stored.Setting("over") == "sample" ? inputs[0].SampleLayerNorm("layer") : inputs[0].LayerNorm("layer"),
            Parameters);
    });

    [Fact]
    public void RefusesOneNameForTwoWidths()
    {
        var graph = new Graph();
        var images = graph.Input("images", new Shape(2, 3, 4, 5));
        images.LayerNorm("layer");
        ShapeErrors.Names(() => images.SampleLayerNorm("layer"), "layer.weight", "(5)", "(5, 3, 4)");
        ShapeErrors.Names(() => graph.Input("rows", new Shape(2, 6)).LayerNorm("layer"), "layer.weight", "(5)", "(6)");
    }
}
