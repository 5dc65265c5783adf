using System.Globalization;
using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class SoftmaxCrossEntropyTests
{
    public static TheoryData<string> Cases => CaseRows.Of(SoftmaxCrossEntropyCases.All);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(SoftmaxCrossEntropyCases.All.Single(opCase => opCase.Name == name));

    /// <summary>Also of logits in the hundreds, where probabilities round to 0 and 1.</summary>
    [Fact]
    public void MatchesPyTorch() => Assert.All(PyTorchCase.All("softmax_cross_entropy"), stored => stored.Check(
        ["logits", "labels"],
        inputs => inputs[0].SoftmaxCrossEntropy(
            inputs[1], stored.FileNumbers("classWeights"), Number(stored, "smoothing"), Number(stored, "reward")),
        []));

    [Theory]
    [InlineData(3f)]
    [InlineData(0.5f)]
    [InlineData(float.NaN)]
    [InlineData(1e20f)]
    public void ALabelThatIsNoClassGivesNoNumber(float label)
    {
        foreach (var device in new[] { Hosts.TwoThreads, Hosts.Portable })
        {
            var (losses, gradient) = Run(device, [0f, label], [1f, 2f, 3f, 1f, 2f, 3f]);
            Assert.True(float.IsFinite(losses[0]));
            Assert.True(float.IsNaN(losses[1]));
            Assert.All(gradient[..3], number => Assert.True(float.IsFinite(number)));
            Assert.All(gradient[3..], number => Assert.True(float.IsNaN(number)));
        }
    }

    /// <summary>The loss divides by the batch, ignored samples included.</summary>
    [Fact]
    public void AnIgnoredSampleCountsAsZeroInTheMean()
    {
        var (_, whole) = Run(Hosts.TwoThreads, [0f, 1f], [1f, 2f, 3f, 1f, 2f, 3f]);
        var (losses, gradient) = Run(Hosts.TwoThreads, [0f, -1f], [1f, 2f, 3f, 1f, 2f, 3f]);
        Assert.Equal(0f, losses[1]);
        Assert.Equal(whole[..3], gradient[..3]);
        Assert.All(gradient[3..], number => Assert.Equal(0f, number));
    }

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        var graph = new Graph();
        var logits = graph.Input("logits", new Shape(2, 5), differentiable: true);
        var labels = graph.Input("labels", new Shape(2, 1));
        var images = graph.Input("images", new Shape(2, 5, 4, 3));
        var learned = graph.Input("learned", new Shape(2, 1), differentiable: true);
        ShapeErrors.Names(() => images.SoftmaxCrossEntropy(labels), "(batch, classes)", "2x5x4x3");
        ShapeErrors.Names(() => logits.SoftmaxCrossEntropy(logits), "labels 2x1", "got labels 2x5");
        ShapeErrors.Names(() => logits.SoftmaxCrossEntropy(labels, [1f, 2f]), "5 class weights", "2 weights");
        var error = Assert.Throws<ArgumentException>(() => logits.SoftmaxCrossEntropy(learned));
        Assert.Contains("labels have none", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => logits.SoftmaxCrossEntropy(labels, [1f, 1f, -1f, 1f, 1f]));
        Assert.Throws<ArgumentException>(() => logits.SoftmaxCrossEntropy(labels, labelSmoothing: 1.1f));
        Assert.Throws<ArgumentException>(() => logits.SoftmaxCrossEntropy(labels, entropyReward: float.NaN));
    }

    /// <summary>e^-100 is below what processors compute at full speed, e^-40 is not; neither would move a weight.</summary>
    [Fact]
    public void TheGradientOfASureSampleIsZero()
    {
        foreach (var device in new[] { Hosts.TwoThreads, Hosts.Portable })
        {
            var (_, gradient) = Run(device, [0f, 0f], [100f, 0f, 40f, 0f]);
            Assert.Equal([0f, 0f], gradient[..2]);
            Assert.Equal(Math.Exp(-40), gradient[3], 1e-22);
        }
    }

    private static float Number(PyTorchCase stored, string key) => float.Parse(stored.Setting(key)!, CultureInfo.InvariantCulture);

    private static (float[] Losses, float[] Gradient) Run(Device device, float[] labels, float[] numbers)
    {
        var shape = new Shape(labels.Length, numbers.Length / labels.Length);
        OpNumbers drawn = new([numbers, labels], [], [], [], [[.. labels.Select(_ => 1f)]]);
        var opCase = new OpCase(
            "labels",
            [new CaseInput("logits", shape), new CaseInput("labels", new Shape(shape.Batch, 1), Differentiable: false)],
            inputs => inputs[0].SoftmaxCrossEntropy(inputs[1]),
            (_, _) => []);
        using var run = new OpRun(opCase, drawn, device);
        var results = run.Replay(0);
        return (results[0].Numbers, results[1].Numbers);
    }
}
