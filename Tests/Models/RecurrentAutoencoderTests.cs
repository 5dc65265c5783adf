using Estampa.Engine;
using Estampa.Models;
using Xunit;

namespace Estampa.Tests;

public class RecurrentAutoencoderTests
{
    private const int Batch = 2;
    private const int Steps = 3;
    private const string ThreeStages = "ae_alone:5,ae_rnn:15,rnn";
    private static readonly float[] Lengths = [3, 2];

    /// <summary>The second step of the first sequence is an earlier detection; the second sequence ends before its third.</summary>
    private static readonly float[] Present = [1, 0, 1, 1, 1, 0];

    /// <summary>
    /// Stamps: 9*32 + 32, three of 32*9*32 + 32, 1,152*64 + 64: 101,856; back 64*1,152 + 1,152, three of 9,248, 32*9 + 1: 102,913.
    /// Recurrent, 65 numbers to 128 each way, g (128 (65 + 128) + 256) with g = 3 or 4 gates, and 6 features more one way: 128 g each.
    /// Latent and codes: twice 128*64 + 64: 16,512.
    /// </summary>
    [Theory]
    [InlineData("gru", "false", 371_041)]
    [InlineData("lstm", "false", 420_961)]
    [InlineData("gru", "true", 373_345)]
    public void HasAsManyParametersAsItsLayers(string recurrent, string features, long expected) => Assert.Equal(
        expected,
        ModelFixture.With<RecurrentAutoencoderRecipe>(("recurrent", recurrent), ("features", features)).Build(2).Graph.ParameterCount);

    [Fact]
    public void FollowsPyTorch() => ModelFixture.Check("recurrent_autoencoder_gru", Small());

    [Fact]
    public void FollowsPyTorchWithFeatures() => ModelFixture.Check(
        "recurrent_autoencoder_lstm", Small(("recurrent", "lstm"), ("features", "true"), ("history", "true")));

    [Fact]
    public void WhatIsBehindTheEndDoesNotMatter()
    {
        var model = Small(("features", "true")).Build(Batch);
        Assert.Equal(
            ModelRun.Train(model, input => Numbers(input, beyond: 0f)), ModelRun.Train(model, input => Numbers(input, beyond: 3.5f)));
        foreach (var output in new[] { model.Code, model.Reconstruction })
        {
            Assert.Equal(
                ModelRun.Evaluate(model, output, input => Numbers(input, beyond: 0f)),
                ModelRun.Evaluate(model, output, input => Numbers(input, beyond: 3.5f)));
        }
    }

    [Fact]
    public void AsksForWhatItReads()
    {
        var needs = Small(("features", "true"), ("history", "true"), ("least-steps", "2"), ("channels", "science,template")).Needs;
        Assert.Equal((21, Steps, 2, true), (needs.Side, needs.Steps, needs.LeastSteps, needs.History));
        Assert.Equal(AlertFeatures.OfSteps, needs.StepFeatures);
        Assert.Equal(["science", "template"], needs.Channels);
        var recipe = Small();
        Assert.Empty(recipe.Needs.StepFeatures);
        var model = recipe.Build(4);
        Assert.Equal(
            [InputName.Stamps, InputName.Gaps, InputName.Lengths, InputName.Present], model.Inputs.Select(input => input.Name));
        Assert.Equal(new Shape(4, 6), model.Code.Shape);
        Assert.Equal(new Shape(4 * Steps, 21, 21, 1), model.Reconstruction.Shape);
        Assert.Null(recipe.BuildDecoder(2));
    }

    [Fact]
    public void StagesFollowEachOther()
    {
        var recipe = Small(("stages", ThreeStages), ("epochs", "30"));
        int[] epochs = [0, 4, 5, 19, 20, 29, int.MaxValue - 1];
        Assert.Equal([0, 0, 1, 1, 2, 2, 2], epochs.Select(recipe.StageOf));
        Assert.Equal(["ae_alone", "ae_rnn", "rnn"], Enumerable.Range(0, 3).Select(recipe.StageName));
        var single = Small();
        Assert.Equal((0, ""), (single.StageOf(7), single.StageName(0)));
    }

    [Fact]
    public void AStageTrainsItsPart()
    {
        var recipe = Small(("stages", ThreeStages), ("epochs", "30"));
        var names = recipe.Build(2).Graph.Parameters.Select(parameter => parameter.Name).ToList();
        var stamps = names.Where(name => recipe.IsTrained(name, 0)).ToList();
        Assert.Equal(
            [
                "encoder.0", "encoder.2", "encoder.4", "encoder.6", "encoder.9",
                "decoder.0", "decoder.3", "decoder.6", "decoder.9", "decoder.11",
            ],
            stamps.Select(name => name[..name.LastIndexOf('.')]).Distinct());
        Assert.All(names, name => Assert.True(recipe.IsTrained(name, 1)));
        Assert.Equal(names.Except(stamps), names.Where(name => recipe.IsTrained(name, 2)));
        Assert.Contains("decoder_rnn.weight_hh_l0", names.Except(stamps));
    }

    [Fact]
    public void AStageWeighsItsErrors()
    {
        var recipe = Small(("stages", ThreeStages), ("epochs", "30"), ("stamp-weight", "0.25"));
        var parts = recipe.Build(2).Loss.Parts;
        Assert.Equal(["sequence", "stamp"], parts.Select(part => part.Name));
        float[] Weights(int epoch) => [.. parts.Select(part => recipe.WeightOf(part, epoch))];
        Assert.Equal([0f, 1f], Weights(0));
        Assert.Equal([1f, 0.25f], Weights(5));
        Assert.Equal([1f, 0f], Weights(20));

        // A stage is judged by what it is for: codes that sequences' errors do not ask for are no merit.
        float[] Final(int stage) => [.. parts.Select(part => recipe.FinalWeightOf(part, stage))];
        Assert.Equal([0f, 1f], Final(0));
        Assert.Equal([1f, 0f], Final(1));
        Assert.Equal([1f, 0f], Final(2));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ae")]
    [InlineData("ae_alone")]
    [InlineData("rnn:5")]
    [InlineData("rnn,")]
    [InlineData("ae_alone,rnn")]
    [InlineData("ae_alone:0,rnn")]
    [InlineData("ae_alone:-1,rnn")]
    [InlineData("ae_alone:two,rnn")]
    [InlineData("ae_alone:1:2,rnn")]
    [InlineData("ae_alone:3000000000,rnn")]
    [InlineData("ae_alone:1, rnn")]
    [InlineData("ae_rnn:1,ae_alone")]
    [InlineData("ae_alone:2000000000,ae_rnn:2000000000,rnn")]
    [InlineData("ae_alone:30,rnn")]
    public void StagesThatCannotBeAreRefused(string stages)
    {
        var error = Assert.Throws<SettingException>(() => Small(("stages", stages), ("epochs", "30")));
        Assert.StartsWith("setting 'stages' must be ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("latent", "0")]
    [InlineData("steps", "0")]
    [InlineData("least-steps", "4")]
    [InlineData("least-steps", "0")]
    [InlineData("width", "0")]
    [InlineData("code", "0")]
    [InlineData("hidden", "0")]
    [InlineData("recurrent", "rnn")]
    [InlineData("output", "tanh")]
    [InlineData("history", "true")]
    [InlineData("stamp-weight", "NaN")]
    [InlineData("channels", "r")]
    [InlineData("scaling", "log")]
    public void ValuesOutsideTheirRangeAreRefusedByName(string name, string value)
    {
        var error = Assert.Throws<SettingException>(() => Small((name, value)));
        Assert.Contains($"setting '{name}' must be ", error.Message, StringComparison.Ordinal);
    }

    private static RecurrentAutoencoderRecipe Small(params (string Name, string Value)[] more) =>
        ModelFixture.With<RecurrentAutoencoderRecipe>(
            [
                ("steps", $"{Steps}"), ("width", "4"), ("code", "5"), ("hidden", "8"), ("latent", "6"), ("augment", "false"), .. more,
            ]);

    /// <summary>The numbers of an input, others where no stamp is, and behind the ends of the sequences.</summary>
    private static float[] Numbers(Tensor input, float beyond)
    {
        if (input.Name is InputName.Lengths or InputName.Present)
        {
            return input.Name == InputName.Lengths ? Lengths : Present;
        }

        var numbers = HashedValues.Images(0, input.Shape.Count);
        var size = numbers.Length / (Batch * Steps);
        for (var step = 0; step < Batch * Steps; step++)
        {
            if (input.Name == InputName.Stamps ? Present[step] == 0 : step % Steps >= Lengths[step / Steps])
            {
                numbers.AsSpan(step * size, size).Fill(beyond);
            }
        }

        return numbers;
    }
}
