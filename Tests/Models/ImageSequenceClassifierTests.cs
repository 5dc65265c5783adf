using Estampa.Engine;
using Estampa.Models;
using Xunit;

namespace Estampa.Tests;

public class ImageSequenceClassifierTests
{
    private const int Batch = 2;
    private const int Steps = 4;
    private static readonly float[] Lengths = [2, 4];

    /// <summary>What makes the layers those of the paper, besides their sizes.</summary>
    private static readonly (string Name, string Value)[] Published =
        [("stack", "3"), ("recurrent", "lstm"), ("normalised", "true"), ("pooling", "max")];

    /// <summary>
    /// Convolutions 9*16 + 16 and five of 16*9*16 + 16: 11,760. Dense layer 576 * 64 + 64: 36,928. GRU of 65 numbers
    /// 3 * (64 * (65 + 64) + 2 * 64): 25,152. Seven classes 64 * 7 + 7: 455.
    /// </summary>
    [Fact]
    public void HasAsManyParametersAsItsLayers() =>
        Assert.Equal(74_295, new ImageSequenceClassifierRecipe().Build(2).Graph.ParameterCount);

    /// <summary>
    /// Convolutions 3*9*64 + 64 and five of 64*9*64 + 64: 186,432. Normalisations 6 * 128: 768. Dense layer
    /// 2,304 * 1,024 + 1,024: 2,360,320. LSTM of 1,025 numbers 4 * (512 * (1,025 + 512) + 2 * 512): 3,151,872. Seven classes
    /// 512 * 7 + 7: 3,591.
    /// </summary>
    [Fact]
    public void ThePublishedOneHasAsManyParametersAsItsLayers() =>
        Assert.Equal(
            5_702_983, Small([.. Published, ("width", "64"), ("dense", "1024"), ("hidden", "512")]).Build(2).Graph.ParameterCount);

    [Fact]
    public void FollowsPyTorch() => ModelFixture.Check("image_sequence_classifier", Small());

    [Fact]
    public void ThePublishedOneFollowsPyTorch() =>
        ModelFixture.Check("image_sequence_classifier_published", Small(Published));

    [Fact]
    public void AsksForWhatItReads()
    {
        var recipe = Small();
        Assert.Equal((21, Steps, 1), (recipe.Needs.Side, recipe.Needs.Steps, recipe.Needs.LeastSteps));
        Assert.Equal(["science"], recipe.Needs.Channels);
        var model = recipe.Build(3);
        Assert.Equal(
            [InputName.Stamps, InputName.Gaps, InputName.Lengths, InputName.Labels], model.Inputs.Select(input => input.Name));
        Assert.Equal(new Shape(3, 8), model.Code.Shape);
        Assert.Equal(new Shape(3 * Steps, 7), model.Probabilities.Shape);
    }

    /// <summary>Each step has an answer, and what comes later does not change it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnAnswerKnowsNoLaterImage(bool published)
    {
        var model = Small(published ? Published : []).Build(Batch);
        var before = ModelRun.Evaluate(model, model.Probabilities, input => Numbers(input, beyond: null));
        var after = ModelRun.Evaluate(model, model.Probabilities, input => input.Name == InputName.Stamps
            ? Changed(input, Numbers(input, beyond: null), (_, step) => step >= 2, 0.5f)
            : Numbers(input, beyond: null));
        for (var step = 0; step < Batch * Steps; step++)
        {
            // Of the first sequence only two steps are read.
            var same = before.AsSpan(step * 7, 7).SequenceEqual(after.AsSpan(step * 7, 7));
            Assert.Equal(step < Steps || step % Steps < 2, same);
        }
    }

    [Fact]
    public void WhatIsBehindTheEndDoesNotMatter()
    {
        var model = Small(Published).Build(Batch);
        foreach (var output in new[] { model.Probabilities, model.Code, model.Loss.Parts[0].Samples })
        {
            Assert.Equal(
                ModelRun.Evaluate(model, output, input => Numbers(input, beyond: null)),
                ModelRun.Evaluate(model, output, input => Numbers(input, beyond: 3.5f)));
        }

        // In training the images there enter the statistics of the batch, as the class says.
        Assert.Equal(
            ModelRun.Train(model, input => Numbers(input, beyond: null)),
            ModelRun.Train(model, input => Numbers(input, input.Name == InputName.Stamps ? null : 3.5f)));
    }

    [Theory]
    [InlineData("steps", "0")]
    [InlineData("steps", "1001")]
    [InlineData("stack", "0")]
    [InlineData("stack", "31")]
    [InlineData("recurrent", "rnn")]
    [InlineData("pooling", "mean")]
    [InlineData("width", "0")]
    [InlineData("dense", "0")]
    [InlineData("hidden", "65537")]
    [InlineData("scaling", "log")]
    public void ValuesOutsideTheirRangeAreRefusedByName(string name, string value)
    {
        var error = Assert.Throws<SettingException>(() => ModelFixture.With<ImageSequenceClassifierRecipe>((name, value)));
        Assert.Contains($"setting '{name}' must be ", error.Message, StringComparison.Ordinal);
    }

    private static ImageSequenceClassifierRecipe Small(params (string Name, string Value)[] settings) =>
        ModelFixture.With<ImageSequenceClassifierRecipe>(
            [("steps", $"{Steps}"), ("width", "4"), ("dense", "8"), ("hidden", "8"), ("augment", "false"), ("dropout", "0"), .. settings]);

    /// <summary>The numbers of an input, with others behind the ends of the sequences where told.</summary>
    private static float[] Numbers(Tensor input, float? beyond) => input.Name switch
    {
        InputName.Lengths => Lengths,
        InputName.Labels => [3, 3, -1, -1, 6, 6, 6, 6],
        _ => Changed(input, HashedValues.Noise(0, input.Shape.Count), (sequence, step) => step >= Lengths[sequence], beyond),
    };

    private static float[] Changed(Tensor input, float[] numbers, Func<int, int, bool> where, float? value)
    {
        var size = input.Shape.Count / (Batch * Steps);
        for (var place = 0; value is { } number && place < numbers.Length; place++)
        {
            numbers[place] = where(place / size / Steps, place / size % Steps) ? number : numbers[place];
        }

        return numbers;
    }
}
