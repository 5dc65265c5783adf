using Estampa.Data;
using Estampa.Models;
using Xunit;

namespace Estampa.Tests;

public class MetadataClassifierTests
{
    [Fact]
    public void HasAsManyParametersAsItsLayers() => Assert.Equal(6_067, new MetadataClassifierRecipe().Build(2).Graph.ParameterCount);

    [Fact]
    public void FollowsPyTorch() => ModelFixture.Check(
        "metadata_classifier", ModelFixture.With<MetadataClassifierRecipe>(("dropout", "0")));

    [Fact]
    public void ReadsNoStamps()
    {
        var recipe = new MetadataClassifierRecipe();
        Assert.Equal([InputName.Features, InputName.Labels], recipe.Build(3).Inputs.Select(input => input.Name));
        Assert.Equal(StampFeatures.Names, recipe.Needs.Features);
    }
}
