using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class GruTests
{
    public static TheoryData<string> Cases => CaseRows.Of(GruCases.All);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(GruCases.All.Single(opCase => opCase.Name == name));

    [Fact]
    public void MatchesPyTorch() => Assert.All(PyTorchCase.All("gru"), stored =>
    {
        var (reverse, hasLengths) = (stored.Setting("reverse") == "true", stored.Has("lengths"));
        stored.Check(
            hasLengths ? ["input", "lengths"] : ["input"],
            inputs => inputs[0].Gru("rnn", stored.Shape("output").Channels, hasLengths ? inputs[1] : null, reverse),
            [.. new[] { "weight_ih", "weight_hh", "bias_ih", "bias_hh" }
                .Select(kind => ($"rnn.{kind}_l0{(reverse ? "_reverse" : "")}", kind, (string?)null))]);
    });

    /// <summary>A layer of both directions under another: the parameters are those of PyTorch's nn.GRU.</summary>
    [Fact]
    public void NamesParametersAsPyTorch()
    {
        var graph = new Graph();
        var sequences = graph.Input("sequences", new Shape(2, 4, 1, 3));
        sequences.Gru("rnn", 5).Gru("rnn", 6, layer: 1);
        Assert.Equal([2, 4, 1, 6], Axes(sequences.Gru("rnn", 6, reverse: true).Shape));
        string[] ends = ["l0", "l1", "l0_reverse"];
        string[] kinds = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"];
        Assert.Equal(
            ends.SelectMany(end => kinds.Select(kind => $"rnn.{kind}_{end}")).Order(),
            graph.Parameters.Select(parameter => parameter.Name).Order());
        Assert.Equal([18, 5], graph.Parameters.Single(parameter => parameter.Name == "rnn.weight_ih_l1").Layout.FileShape);
    }

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        var graph = new Graph();
        var sequences = graph.Input("sequences", new Shape(2, 4, 1, 3));
        var images = graph.Input("images", new Shape(2, 4, 5, 3));
        var lengths = graph.Input("lengths", new Shape(3, 1));
        ShapeErrors.Names(() => images.Gru("rnn", 5), "rnn", "2x4x5x3");
        ShapeErrors.Names(() => sequences.Gru("rnn", 0), "rnn", "2x4x1x0");
        ShapeErrors.Names(() => sequences.Gru("rnn", 5, lengths), "rnn", "3x1", "2x4x1x3");
        var learned = graph.Input("learned", new Shape(2, 1), differentiable: true);
        var thrown = Assert.Throws<ArgumentException>(() => sequences.Gru("rnn", 5, learned));
        Assert.Contains("learned", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CountsItsWork() => Assert.Equal(
        2L * 7 * 4 * 3 * 6 * (5 + 6), new Graph().Input("sequences", new Shape(7, 4, 1, 5)).Gru("rnn", 6).Maker!.Flops);

    private static int[] Axes(Shape shape) => [shape.Batch, shape.Height, shape.Width, shape.Channels];
}
