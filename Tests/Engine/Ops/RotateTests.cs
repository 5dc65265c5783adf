using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class RotateTests
{
    public static TheoryData<string> Cases => CaseRows.Of(RotateCases.All);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(RotateCases.All.Single(opCase => opCase.Name == name));

    [Fact]
    public void MatchesPyTorch() => Assert.All(PyTorchCase.All("rotate"), stored => stored.Check(
        ["input"], inputs => inputs[0].Rotate(stored.Whole("copies"), jitter: 0, stored.Whole("side")), []));

    [Theory]
    [InlineData(5)]
    [InlineData(8)]
    public void FourCopiesAreThoseOfCyclicSlice(int side)
    {
        var shape = new Shape(3, side, side, 2);
        var graph = new Graph();
        var images = graph.Input("images", shape);
        var numbers = Normal(shape.Count);
        var slices = Run(graph, images, images.CyclicSlice(), numbers);
        var copies = Run(graph, images, images.Rotate(4, jitter: 0, side), numbers);
        OpCheck.Near("copies", [.. slices.Select(number => (double)number)], copies, 1e-5, 1e-6);
    }

    /// <summary>A crop that is small enough shows ones only, at any angle; one that is too large shows the zeros outside.</summary>
    [Theory]
    [InlineData(15, 10, true)]
    [InlineData(15, 12, false)]
    [InlineData(21, 15, true)]
    [InlineData(8, 5, true)]
    public void ASmallCropShowsNoCorners(int input, int side, bool isInside)
    {
        Assert.Equal(isInside, (side - 1) * Math.Sqrt(2) <= input - 1);
        var copies = Train(new Shape(4, input, input, 1), copies: 16, jitter: 3, side, step: 1);
        Assert.Equal(isInside, copies.All(number => Math.Abs(number - 1) < 1e-5));
    }

    [Fact]
    public void EveryStepDrawsAnew()
    {
        var shape = new Shape(4, 5, 5, 1);
        var first = Train(shape, copies: 1, jitter: 1, side: 7, step: 1);
        Assert.Equal(first, Train(shape, copies: 1, jitter: 1, side: 7, step: 1));
        Assert.NotEqual(first, Train(shape, copies: 1, jitter: 1, side: 7, step: 2));
        Assert.NotEqual(first[..49], first[49..98]);
    }

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        var graph = new Graph();
        var images = graph.Input("images", new Shape(2, 5, 4, 3));
        ShapeErrors.Names(() => images.Rotate(0, 0, 3), "Rotate", "'images'", "2x5x4x3", "0 copies");
        ShapeErrors.Names(() => images.Rotate(int.MaxValue, 0, 3), "Rotate", "'images'", "2x5x4x3");
        ShapeErrors.Names(() => images.Rotate(4, 0, 0), "Rotate", "'images'", "8x0x0x3");
        Assert.Throws<ArgumentException>(() => images.Rotate(4, -0.1f, 3));
        Assert.Throws<ArgumentException>(() => images.Rotate(4, float.NaN, 3));
        images.Rotate(4, 0.1f, 3);
        images.Rotate(4, 0.1f, 3, "again");
        Assert.Throws<ArgumentException>(() => images.Rotate(4, 0.1f, 3));
    }

    /// <summary>What becomes of ones in training.</summary>
    private static float[] Train(Shape shape, int copies, float jitter, int side, int step)
    {
        var graph = new Graph();
        var images = graph.Input("images", shape, differentiable: true);
        var output = images.Rotate(copies, jitter, side);
        var probe = new Probe(output, graph.Input("weights", output.Shape));
        var loss = graph.Loss(new LossPart("probe", probe.Output, graph.Dial("weight", 1)));
        using var weights = new Weights(Hosts.TwoThreads, graph, seed: 1);
        using var plan = Plan.ForTraining(Hosts.TwoThreads, graph, weights, loss.Output, new PlanOptions(Poisoned: true));
        plan.Write(images, [.. Enumerable.Repeat(1f, shape.Count)]);
        plan.SetClock(seed: 11, step);
        plan.Recording.Replay();
        return plan.Read(probe.Copy);
    }

    private static float[] Run(Graph graph, Tensor input, Tensor output, float[] numbers)
    {
        using var weights = new Weights(Hosts.TwoThreads, graph, seed: 1);
        using var plan = Plan.ForEvaluation(Hosts.TwoThreads, graph, weights, output);
        plan.Write(input, numbers);
        plan.Recording.Replay();
        return plan.Read(output);
    }

    private static float[] Normal(int count)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, count).Select(_ => (float)OpNumbers.Normal(random))];
    }
}
