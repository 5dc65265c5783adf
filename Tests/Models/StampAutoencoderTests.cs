using System.Globalization;
using Estampa.Engine;
using Estampa.Models;
using Xunit;

namespace Estampa.Tests;

public class StampAutoencoderTests
{
    [Theory]
    [InlineData(21, 396_886)]
    [InlineData(30, 438_367)]
    public void HasAsManyParametersAsItsLayers(int latent, long expected)
    {
        var recipe = ModelFixture.With<StampAutoencoderRecipe>(("latent", latent.ToString(CultureInfo.InvariantCulture)));
        Assert.Equal(expected, recipe.Build(4).Graph.ParameterCount);
    }

    [Fact]
    public void FollowsPyTorch() => ModelFixture.Check("stamp_autoencoder", ModelFixture.With<StampAutoencoderRecipe>(("latent", "21")));

    [Theory]
    [InlineData("identity", "science,difference")]
    [InlineData("sigmoid", "difference,template,science")]
    public void EveryChoiceBuilds(string output, string channels)
    {
        var recipe = ModelFixture.With<StampAutoencoderRecipe>(("output", output), ("channels", channels), ("latent", "5"));
        var model = recipe.Build(3);
        Assert.Equal(channels.Split(','), recipe.Needs.Channels);
        Assert.Equal(new Shape(3, 21, 21, recipe.Needs.Channels.Count), model.Input.Shape);
        Assert.Equal(model.Input.Shape, model.Reconstruction.Shape);
        Assert.Equal(new Shape(3, 5), model.Code.Shape);
        var names = model.Graph.Parameters.Select(parameter => parameter.Name).ToHashSet();
        Assert.Subset(names, recipe.BuildDecoder(7).Graph.Parameters.Select(parameter => parameter.Name).ToHashSet());
    }

    [Fact]
    public void RefusesStampsOfAnotherSize()
    {
        var stamps = new Graph().Input("stamps", new Shape(2, 21, 21, 3));
        ShapeErrors.Names(() => new StampAutoencoder(channels: 1).Encode(stamps), "21x21x1", "2x21x21x3");
    }
}
