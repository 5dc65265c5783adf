using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class RecurrentTests
{
    private static readonly string[] Kinds = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"];

    public static TheoryData<string> Cases => CaseRows.Of(RecurrentCases.All);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(RecurrentCases.All.Single(opCase => opCase.Name == name));

    /// <summary>PyTorch's nn.GRU, nn.LSTM and nn.RNN, of one or two layers, in one or both directions.</summary>
    [Theory]
    [InlineData("gru")]
    [InlineData("lstm")]
    [InlineData("rnn_tanh")]
    [InlineData("rnn_relu")]
    public void MatchesPyTorch(string op) => Assert.All(PyTorchCase.All(op), stored =>
    {
        var isBoth = stored.Setting("bidirectional") == "true";
        int layers = stored.Whole("layers"), hidden = stored.Whole("hidden");
        var ends = Enumerable.Range(0, layers).SelectMany(layer => isBoth ? new[] { $"l{layer}", $"l{layer}_reverse" } : [$"l{layer}"]);
        var hasLengths = stored.Has("lengths");
        stored.Check(
            hasLengths ? ["input", "lengths"] : ["input"],
            inputs =>
            {
                var (states, lengths) = (inputs[0], hasLengths ? inputs[1] : null);
                for (var layer = 0; layer < layers; layer++)
                {
                    var forwards = Layer(op, states, hidden, lengths, reverse: false, layer);
                    states = isBoth ? forwards.Concatenate(Layer(op, states, hidden, lengths, reverse: true, layer)) : forwards;
                }

                return states;
            },
            [.. ends.SelectMany(end => Kinds.Select(kind => ($"rnn.{kind}_{end}", $"{kind}_{end}", (string?)null)))]);
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
        Assert.Equal(
            ends.SelectMany(end => Kinds.Select(kind => $"rnn.{kind}_{end}")).Order(),
            graph.Parameters.Select(parameter => parameter.Name).Order());
        Assert.Equal([18, 5], graph.Parameters.Single(parameter => parameter.Name == "rnn.weight_ih_l1").Layout.FileShape);
        sequences.Lstm("lstm", 5);
        Assert.Equal([20, 5], graph.Parameters.Single(parameter => parameter.Name == "lstm.weight_hh_l0").Layout.FileShape);
    }

    [Theory]
    [InlineData("gru")]
    [InlineData("lstm")]
    [InlineData("rnn_tanh")]
    public void RefusesWhatDoesNotFit(string op)
    {
        var graph = new Graph();
        var sequences = graph.Input("sequences", new Shape(2, 4, 1, 3));
        var images = graph.Input("images", new Shape(2, 4, 5, 3));
        var lengths = graph.Input("lengths", new Shape(3, 1));
        ShapeErrors.Names(() => Layer(op, images, 5), "rnn", "2x4x5x3");
        ShapeErrors.Names(() => Layer(op, sequences, 0), "rnn", "2x4x1x0");
        ShapeErrors.Names(() => Layer(op, sequences, 5, lengths), "rnn", "3x1", "2x4x1x3");
        var learned = graph.Input("learned", new Shape(2, 1), differentiable: true);
        var thrown = Assert.Throws<ArgumentException>(() => Layer(op, sequences, 5, learned));
        Assert.Contains("learned", thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gru", 3)]
    [InlineData("lstm", 4)]
    [InlineData("rnn_tanh", 1)]
    public void CountsItsWork(string op, int gates) => Assert.Equal(
        2L * 7 * 4 * gates * 6 * (5 + 6), Layer(op, new Graph().Input("sequences", new Shape(7, 4, 1, 5)), 6).Maker!.Flops);

    private static Tensor Layer(string op, Tensor input, int hidden, Tensor? lengths = null, bool reverse = false, int layer = 0) =>
        op switch
        {
            "gru" => input.Gru("rnn", hidden, lengths, reverse, layer),
            "lstm" => input.Lstm("rnn", hidden, lengths, reverse, layer),
            "rnn_relu" => input.Rnn<Relu>("rnn", hidden, lengths, reverse, layer),
            _ => input.Rnn<Tanh>("rnn", hidden, lengths, reverse, layer),
        };

    private static int[] Axes(Shape shape) => [shape.Batch, shape.Height, shape.Width, shape.Channels];
}
