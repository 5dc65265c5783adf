using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class LossTests
{
    private static readonly float[] First = [1f, -2f, 5f];
    private static readonly float[] Second = [0.5f, 4f, -1.5f];

    public static TheoryData<int, RouteChoice, bool> Ways => new()
    {
        { 1, RouteChoice.Fastest, true }, { 3, RouteChoice.Fastest, true },
        { 2, RouteChoice.Portable, true }, { 2, RouteChoice.Fastest, false },
    };

    /// <summary>
    /// total = 2 mean(first) + 3 mean(second) + 0.25 mean(first) + 7 mean(fixed), so d/d first = 2.25 / 3 and d/d second = 3 / 3.
    /// </summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void IsTheWeightedSumOfMeans(int threads, RouteChoice route, bool packed)
    {
        using var device = new HostDevice(threads, route);
        using var run = new Run(device, new PlanOptions(packed, Poisoned: true));
        for (var replay = 0; replay < 2; replay++)
        {
            run.Plan.Recording.Replay();
            Near([(2.25f * 4 / 3) + 3 + 14, 4f / 3, 1, 4f / 3, 2], run.Plan.Read(run.Loss.Output));
            Near([0.75f, 0.75f, 0.75f], run.Gradient(run.FirstInput));
            Near([1, 1, 1], run.Gradient(run.SecondInput));
        }

        run.Plan.Set(run.Weight, -6);
        run.Plan.Recording.Replay();
        Near([(2.25f * 4 / 3) - 6 + 14, 4f / 3, 1, 4f / 3, 2], run.Plan.Read(run.Loss.Output));
        Near([-2, -2, -2], run.Gradient(run.SecondInput));
    }

    [Fact]
    public void TheJournalAddsUpTotalsPartsAndSteps()
    {
        using var run = new Run(Hosts.TwoThreads, new PlanOptions());
        for (var step = 0; step < 3; step++)
        {
            run.Plan.Recording.Replay();
        }

        Near([60, 4, 3, 4, 6, 3], run.Plan.Read(run.Loss.Journal));
        run.Plan.Write(run.Loss.Journal, new float[6]);
        run.Plan.Recording.Replay();
        Near([20, 4f / 3, 1, 4f / 3, 2, 1], run.Plan.Read(run.Loss.Journal));
    }

    [Fact]
    public void EvaluationKeepsNoJournal()
    {
        using var run = new Run(Hosts.TwoThreads, new PlanOptions());
        using var plan = Plan.ForEvaluation(Hosts.TwoThreads, run.Plan.Graph, run.Plan.Weights, run.Loss.Output);
        plan.Write(run.FirstInput, First);
        plan.Recording.Replay();
        Near([2.25f * 4 / 3, 4f / 3, 0, 4f / 3, 0], plan.Read(run.Loss.Output));
        Assert.All(plan.Read(run.Loss.Journal), number => Assert.Equal(0f, number));
    }

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        var graph = new Graph();
        var weight = graph.Dial("weight", 1);
        var one = new LossPart("one", graph.Input("one", new Shape(4, 1)), weight);
        var wide = new LossPart("wide", graph.Input("wide", new Shape(4, 2)), weight);
        var longer = new LossPart("longer", graph.Input("longer", new Shape(5, 1)), weight);
        ShapeErrors.Names(() => graph.Loss(one, wide).Output, "'wide'", "4x1", "4x2");
        ShapeErrors.Names(() => graph.Loss(one, longer).Output, "'longer'", "4x1", "5x1");
        ShapeErrors.Names(() => new Graph().Loss(one).Output, "'one'", "this graph");
        Assert.Throws<ArgumentException>(() => graph.Loss());
        var error = Assert.Throws<ArgumentException>(() => graph.Loss(one, one with { Weight = graph.Dial("other", 1) }));
        Assert.Contains("'one, one'", error.Message, StringComparison.Ordinal);
    }

    private static void Near(float[] expected, float[] actual) =>
        OpCheck.Near("loss", [.. expected.Select(number => (double)number)], actual, tolerance: 1e-6, floor: 0);

    private sealed class Run : IDisposable
    {
        private readonly Weights weights;

        public Run(Device device, PlanOptions options)
        {
            var graph = new Graph();
            FirstInput = graph.Input("first", new Shape(3, 1), differentiable: true);
            SecondInput = graph.Input("second", new Shape(3, 1), differentiable: true);
            var fixedInput = graph.Input("fixed", new Shape(3, 1));
            var copy = FirstInput.Activate<Identity>();
            Weight = graph.Dial("weight", 3);
            Loss = graph.Loss(
                new LossPart("first", copy, graph.Dial("first weight", 2)),
                new LossPart("second", SecondInput, Weight),
                new LossPart("again", copy, graph.Dial("again weight", 0.25f)),
                new LossPart("fixed", fixedInput, graph.Dial("fixed weight", 7)));
            weights = new Weights(device, graph, seed: 1);
            Plan = Plan.ForTraining(device, graph, weights, Loss.Output, options);
            Plan.Write(FirstInput, First);
            Plan.Write(SecondInput, Second);
            Plan.Write(fixedInput, [2f, 2f, 2f]);
        }

        public Tensor FirstInput { get; }

        public Tensor SecondInput { get; }

        public Dial Weight { get; }

        public Loss Loss { get; }

        public Plan Plan { get; }

        public float[] Gradient(Tensor input)
        {
            var numbers = new float[input.Shape.Count];
            Plan.ReadGradient(input, numbers);
            return numbers;
        }

        public void Dispose()
        {
            Plan.Dispose();
            weights.Dispose();
        }
    }
}
