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

    /// <summary>The best M1 of Neira et al. 2024: the dense layer reads 9x9 instead of 6x6 pixels of 64 channels.</summary>
    [Fact]
    public void TurnsCopiesFreelyInsideALargerStamp()
    {
        var recipe = ModelFixture.With<StampClassifierRecipe>(("crop", "33"), ("rotations", "6"), ("jitter", "0.08"));
        var model = recipe.Build(2);
        Assert.Equal(47, recipe.Needs.Side);
        Assert.Equal(new Shape(2, 47, 47, 3), model.Inputs[0].Shape);
        Assert.Equal(441_075 + (64 * 64 * (81 - 36)), model.Graph.ParameterCount);
        var copies = Assert.Single(model.Graph.Ops, op => op is Rotate);
        Assert.Equal(new Shape(12, 33, 33, 3), copies.Output.Shape);
        Assert.DoesNotContain(model.Graph.Ops, op => op is CyclicSlice or Augment);
        Assert.Equal(33, ModelFixture.With<StampClassifierRecipe>(("crop", "33")).Needs.Side);
    }

    [Theory]
    [InlineData(21, 31)]
    [InlineData(33, 47)]
    [InlineData(44, 62)]
    public void AFrameHoldsEveryTurn(int side, int expected)
    {
        Assert.Equal(expected, StampClassifier.FrameOf(side));
        Assert.True(expected - 1 >= Math.Sqrt(2) * (side - 1));
    }

    [Theory]
    [InlineData("turns", "true")]
    [InlineData("flips", "true")]
    [InlineData("shift", "2")]
    [InlineData("noise", "0.01")]
    public void ChangesTrainingStampsWhereAsked(string name, string value)
    {
        Assert.Single(ModelFixture.With<StampClassifierRecipe>((name, value)).Build(2).Graph.Ops, op => op is Augment);
        Assert.Single(ModelFixture.With<DeepHitsRecipe>((name, value)).Build(2).Graph.Ops, op => op is Augment);
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
    [InlineData("shift", "11")]
    [InlineData("noise", "-1")]
    [InlineData("padding", "4")]
    [InlineData("rotations", "0")]
    [InlineData("jitter", "4")]
    [InlineData("crop", "8")]
    public void ValuesOutsideTheirRangeAreRefusedByName(string name, string value)
    {
        var error = Assert.Throws<SettingException>(() => ModelFixture.With<StampClassifierRecipe>((name, value)));
        Assert.Contains($"setting '{name}' must be ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RefusesACropWhoseTurnsLeaveTheStamp()
    {
        var error = Assert.Throws<SettingException>(
            () => ModelFixture.With<StampClassifierRecipe>(("crop", "45"), ("rotations", "6")));
        Assert.Contains("setting 'crop' must be 44 at most", error.Message, StringComparison.Ordinal);
        ModelFixture.With<StampClassifierRecipe>(("crop", "44"), ("rotations", "6"));
        ModelFixture.With<StampClassifierRecipe>(("crop", "63"));
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
