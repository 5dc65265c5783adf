using System.Globalization;
using Estampa.Engine;
using Estampa.Models;
using Xunit;

namespace Estampa.Tests;

public class TemporalClassifierTests
{
    /// <summary>
    /// Layers of a stamp: 2*16*32 + 32, 32*25*32 + 32, 32*25*64 + 64, twice 64*25*64 + 64, 2,304*64 + 64: 430,400. Normalisations of 9 and
    /// 14 numbers: 46. Over time, 74 numbers to 72: g (72 (74 + 72) + 144) with g = 3, 4 and 1 gates, or 74*2*72 + 72 for two alerts.
    /// Classes: 86*64 + 64, 64*64 + 64, 64*3 + 3: 9,923.
    /// </summary>
    [Theory]
    [InlineData("gru", 472_337)]
    [InlineData("lstm", 482_993)]
    [InlineData("rnn", 451_025)]
    [InlineData("conv1d", 451_097)]
    [InlineData("tdnn", 451_097)]
    public void HasAsManyParametersAsItsLayers(string recurrent, long expected) => Assert.Equal(
        expected, ModelFixture.With<TemporalClassifierRecipe>(("recurrent", recurrent)).Build(2).Graph.ParameterCount);

    [Theory]
    [InlineData("gru", 2, "true")]
    [InlineData("lstm", 2, "false")]
    [InlineData("rnn", 2, "true")]
    [InlineData("conv1d", 3, "true")]
    [InlineData("tdnn", 3, "false")]
    public void FollowsPyTorch(string recurrent, int alerts, string features) => ModelFixture.Check(
        $"temporal_classifier_{recurrent}",
        ModelFixture.With<TemporalClassifierRecipe>(
            ("recurrent", recurrent), ("alerts", alerts.ToString(CultureInfo.InvariantCulture)), ("features", features), ("hidden", "8"),
            ("rotations", "3"), ("jitter", "0"), ("dropout", "0")));

    [Fact]
    public void AsksForWhatItReads()
    {
        var recipe = ModelFixture.With<TemporalClassifierRecipe>(("alerts", "3"), ("hours", "12"));
        var needs = recipe.Needs;
        Assert.Equal((31, 3, 3, 0.5), (needs.Side, needs.Steps, needs.LeastSteps, needs.Gap));
        Assert.Equal((14, 9), (needs.Features.Count, needs.StepFeatures.Count));
        Assert.Equal(AlertFeatures.Names.Order(), needs.Features.Concat(needs.StepFeatures).Order());
        var model = recipe.Build(4);
        Assert.Equal(
            [InputName.Stamps, InputName.Gaps, InputName.StepFeatures, InputName.Features, InputName.Labels],
            model.Inputs.Select(input => input.Name));
        Assert.Equal(new Shape(12, 31, 31, 2), model.Inputs[0].Shape);
        Assert.Equal(new Shape(4, 3), model.Probabilities.Shape);
        needs = ModelFixture.With<TemporalClassifierRecipe>(("side", "33"), ("features", "false")).Needs;
        Assert.Equal((47, 0, 0), (needs.Side, needs.Features.Count, needs.StepFeatures.Count));
    }

    /// <summary>A crop of an even side has an even frame: one centre, so that turns by 90 degrees move pixels and mix none.</summary>
    [Theory]
    [InlineData("20", 28)]
    [InlineData("22", 32)]
    [InlineData("43", 61)]
    public void AFrameHoldsEveryTurn(string side, int expected) =>
        Assert.Equal(expected, ModelFixture.With<TemporalClassifierRecipe>(("side", side)).Needs.Side);

    /// <summary>A window is never longer than the sequence.</summary>
    [Fact]
    public void OneAlertIsEnough()
    {
        foreach (var recurrent in new[] { "gru", "conv1d", "tdnn" })
        {
            var model = ModelFixture.With<TemporalClassifierRecipe>(("alerts", "1"), ("recurrent", recurrent)).Build(2);
            Assert.Equal(new Shape(2, 3), model.Probabilities.Shape);
        }
    }

    [Theory]
    [InlineData("alerts", "0")]
    [InlineData("alerts", "101")]
    [InlineData("hours", "-1")]
    [InlineData("hours", "NaN")]
    [InlineData("recurrent", "transformer")]
    [InlineData("recurrent", "")]
    [InlineData("hidden", "0")]
    [InlineData("kernel", "0")]
    [InlineData("side", "8")]
    [InlineData("side", "44")]
    [InlineData("rotations", "0")]
    [InlineData("rotations", "65")]
    [InlineData("jitter", "-0.1")]
    [InlineData("jitter", "NaN")]
    [InlineData("scaling", "log")]
    [InlineData("channels", "rb")]
    [InlineData("classes", "SN")]
    public void ValuesOutsideTheirRangeAreRefusedByName(string name, string value)
    {
        var error = Assert.Throws<SettingException>(() => ModelFixture.With<TemporalClassifierRecipe>((name, value)));
        Assert.Contains($"setting '{name}' must be ", error.Message, StringComparison.Ordinal);
    }
}
