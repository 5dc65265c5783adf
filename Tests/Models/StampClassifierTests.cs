using Estampa.Engine;
using Estampa.Models;
using Xunit;

namespace Estampa.Tests;

public class StampClassifierTests
{
    [Fact]
    public void HasThePublishedNumberOfParameters() => Assert.Equal(441_075, new StampClassifierRecipe().Build(2).Graph.ParameterCount);

    [Fact]
    public void FollowsPyTorch() => ModelFixture.Check(
        "stamp_classifier", ModelFixture.With<StampClassifierRecipe>(("dropout", "0"), ("smoothing", "0.1")));

    [Fact]
    public void FollowsPyTorchWithoutFeatures() => ModelFixture.Check(
        "stamp_classifier_images", ModelFixture.With<StampClassifierRecipe>(("dropout", "0"), ("features", "false"), ("kernel", "3")));

    [Fact]
    public void AsksForWhatItReads()
    {
        var recipe = ModelFixture.With<StampClassifierRecipe>(("classes", "SN,asteroid"), ("channels", "difference"));
        Assert.Equal(AlertFeatures.Names, recipe.Needs.Features);
        Assert.Equal(["SN", "asteroid"], recipe.Needs.Classes);
        Assert.Equal(["difference"], recipe.Needs.Channels);
        var model = recipe.Build(3);
        Assert.Equal([InputName.Stamps, InputName.Features, InputName.Labels], model.Inputs.Select(input => input.Name));
        Assert.Equal(new Shape(3, 64), model.Code.Shape);
        Assert.Equal(new Shape(3, 2), model.Probabilities.Shape);
        Assert.Empty(ModelFixture.With<StampClassifierRecipe>(("features", "false")).Needs.Features);
    }

    /// <summary>A stamp turned by 90 degrees has the same four copies, in another order.</summary>
    [Fact]
    public void ATurnedStampHasTheSameClass()
    {
        var recipe = ModelFixture.With<StampClassifierRecipe>(("features", "false"), ("kernel", "3"));
        var model = recipe.Build(2);
        using var device = new HostDevice(1, RouteChoice.Fastest);
        using var weights = new Weights(device, model.Graph, seed: 1);
        using var plan = Plan.ForEvaluation(device, model.Graph, weights, model.Probabilities);
        var stamp = HashedValues.Images(0, 21 * 21 * 3);
        var turned = Enumerable.Range(0, stamp.Length)
            .Select(place => (Row: place / 63, Column: place / 3 % 21, Channel: place % 3))
            .Select(place => stamp[(((place.Column * 21) + 20 - place.Row) * 3) + place.Channel]);
        plan.Write(model.Inputs[0], [.. stamp, .. turned]);
        plan.Recording.Replay();
        var probabilities = plan.Read(model.Probabilities);
        OpCheck.Near("turned", [.. probabilities[..5].Select(one => (double)one)], probabilities[5..], 1e-5, 0);
    }

    [Fact]
    public void TheOptimizerIsTheAuthors()
    {
        var recipe = ModelFixture.With<StampClassifierRecipe>(("rate", "0.01"), ("clip", "2"));
        Assert.Equal(new Adam(0.01f, 0.5, 0.9, Limit: 2), recipe.Optimizer());
    }

    [Theory]
    [InlineData("kernel", "4")]
    [InlineData("dropout", "1")]
    [InlineData("smoothing", "-0.1")]
    [InlineData("entropy", "NaN")]
    [InlineData("channels", "rb")]
    [InlineData("scaling", "log")]
    public void ValuesOutsideTheirRangeAreRefusedByName(string name, string value)
    {
        var error = Assert.Throws<SettingException>(() => ModelFixture.With<StampClassifierRecipe>((name, value)));
        Assert.Contains($"setting '{name}' must be ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AChoiceOfTwoIsWrittenOut()
    {
        var settings = new StampClassifierRecipe().Settings;
        Assert.Contains(("features", "true"), settings.All);
        settings.Set("features", "false");
        Assert.Contains(("features", "false"), settings.All);
        var error = Assert.Throws<SettingException>(() => settings.Set("features", "some"));
        Assert.Equal("setting 'features' needs true or false, got 'some'", error.Message);
    }
}
