using Estampa.Engine;
using Estampa.Models;
using Xunit;

namespace Estampa.Tests;

public class DeepHitsTests
{
    /// <summary>The paper's: its fourth image is the difference over its noise, which no set of ours has.</summary>
    [Fact]
    public void HasAsManyParametersAsThePapersLayers()
    {
        var graph = new Graph();
        var (last, logits) = new DeepHits().Classify(graph.Input("stamps", new Shape(3, 21, 21, 4)));
        Assert.Equal(697_858, graph.ParameterCount);
        Assert.Equal((new Shape(3, 64), new Shape(3, 2)), (last.Shape, logits.Shape));
        Assert.Equal(697_541, new DeepHitsRecipe().Build(2).Graph.ParameterCount);
    }

    [Fact]
    public void FollowsPyTorch() => ModelFixture.Check("deep_hits", ModelFixture.With<DeepHitsRecipe>(("dropout", "0")));
}
