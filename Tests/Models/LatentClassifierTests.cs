using Estampa.Engine;
using Estampa.Models;
using Xunit;

namespace Estampa.Tests;

public class LatentClassifierTests
{
    [Theory]
    [InlineData("linear", 215)]
    [InlineData("mlp", 2_369)]
    public void HasAsManyParametersAsItsLayers(string probe, long expected) =>
        Assert.Equal(expected, Recipe(("probe", probe)).Build(2).Graph.ParameterCount);

    [Fact]
    public void FollowsPyTorchAsALinearProbe() => ModelFixture.Check("latent_classifier_linear", Recipe());

    [Fact]
    public void FollowsPyTorchWithAHiddenLayerAndFeatures() => ModelFixture.Check(
        "latent_classifier_mlp", Recipe(("probe", "mlp"), ("features", "true"), ("dropout", "0")));

    [Fact]
    public void AsksForTheEncodersLatents()
    {
        var recipe = Recipe(("encoder", "runs/ae"));
        Assert.Equal("runs/ae", recipe.Needs.Representation);
        var model = recipe.Build(3);
        Assert.Equal([InputName.Latents, InputName.Labels], model.Inputs.Select(input => input.Name));
        Assert.Equal(new Shape(3, 30), model.Inputs[0].Shape);
        Assert.Equal(new Shape(3, 30), model.Code.Shape);
    }

    [Fact]
    public void NeedsToKnowTheLatentsSize()
    {
        var recipe = ModelFixture.With<LatentClassifierRecipe>(("encoder", "runs/ae"));
        Assert.Contains("'latent'", Assert.Throws<SettingException>(() => recipe.Build(2)).Message, StringComparison.Ordinal);
    }

    private static LatentClassifierRecipe Recipe(params (string, string)[] settings) =>
        ModelFixture.With<LatentClassifierRecipe>([("latent", "30"), .. settings]);
}
