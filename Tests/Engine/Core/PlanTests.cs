using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class PlanTests
{
    private const int Batch = 4;

    [Fact]
    public void RefusesWorkAfterItsEnd()
    {
        using var small = new Small();
        var plan = small.Training();
        plan.Dispose();
        plan.Dispose();
        Assert.Throws<ObjectDisposedException>(plan.Recording.Replay);
        Assert.Throws<ObjectDisposedException>(() => plan.Trace());
        Assert.Throws<ObjectDisposedException>(() => plan.Write(small.Input, new float[Batch * 3]));
        Assert.Throws<ObjectDisposedException>(() => plan.Read(small.Loss.Output));
        Assert.Throws<ObjectDisposedException>(() => plan.SetClock(1, 1));
        Assert.Throws<ObjectDisposedException>(() => plan.Set(small.Weight, 1));
        using var orphan = small.Training();
        small.Weights.Dispose();
        Assert.Throws<ObjectDisposedException>(orphan.Recording.Replay);
    }

    [Fact]
    public void RefusesNumbersThatDoNotFit()
    {
        using var small = new Small();
        using var plan = small.Training();
        var error = Assert.Throws<ShapeException>(() => plan.Write(small.Input, new float[11]));
        Assert.Contains("4x3 (12 numbers), got 11", error.Message, StringComparison.Ordinal);
        Assert.Throws<ShapeException>(() => plan.Read(small.Loss.Output, new float[1]));
        Assert.Throws<ArgumentException>(() => plan.Write(small.Hidden, new float[Batch * 5]));
        Assert.Throws<ArgumentException>(() => plan.Write(new Graph().Input("other", new Shape(1, 1)), [1f]));
    }

    [Fact]
    public void ReadsOnlyWhatStillHoldsItsNumbers()
    {
        using var small = new Small();
        using var plan = small.Training();
        plan.Recording.Replay();
        var error = Assert.Throws<InvalidOperationException>(() => plan.Read(small.Hidden));
        Assert.Contains("not an output", error.Message, StringComparison.Ordinal);
        using var evaluation = Plan.ForEvaluation(Hosts.OneThread, small.Graph, small.Weights, small.Output);
        Assert.Throws<ArgumentException>(() => evaluation.Read(small.Loss.Output));
        Assert.Throws<ArgumentException>(() => evaluation.ReadGradient(small.Input, new float[Batch * 3]));
    }

    [Fact]
    public void EvaluationLeavesOutWhatItsOutputsDoNotNeed()
    {
        using var small = new Small();
        using var hidden = Plan.ForEvaluation(Hosts.OneThread, small.Graph, small.Weights, small.Hidden);
        Assert.Equal(["linear.forward", "relu.forward"], hidden.Recording.Launches.Select(launch => launch.Name));
        using var output = Plan.ForEvaluation(Hosts.OneThread, small.Graph, small.Weights, small.Output);
        Assert.Equal(3, output.Recording.Launches.Count);
        using var both = Plan.ForEvaluation(Hosts.OneThread, small.Graph, small.Weights, small.Hidden, small.Output);
        Assert.Equal(3, both.Recording.Launches.Count);
        float[] numbers = [.. Enumerable.Range(0, Batch * 3).Select(place => place * 0.1f)];
        hidden.Write(small.Input, numbers);
        both.Write(small.Input, numbers);
        hidden.Recording.Replay();
        both.Recording.Replay();
        Assert.Equal(hidden.Read(small.Hidden), both.Read(small.Hidden));
        Assert.Contains(both.Read(small.Hidden), number => number > 0);
    }

    [Fact]
    public void TraceNamesTheFirstNumberThatIsNotFinite()
    {
        using var small = new Small();
        using var plan = small.Training();
        Assert.Null(plan.Trace());
        small.Weights.Import("second.bias", [float.NaN, 0]);
        Assert.Equal("second, output: element 0 is NaN", plan.Trace());
        small.Weights.Import("second.bias", [0, 0]);
        plan.Set(small.Weight, float.PositiveInfinity);
        Assert.StartsWith("loss, output: element 0", plan.Trace(), StringComparison.Ordinal);
    }

    [Fact]
    public void TraceSeesGradients()
    {
        using var small = new Small();
        using var plan = small.Training();

        // The value is finite; the derivative, twice the distance, is not.
        small.Weights.Import("second.bias", [2e38f, 0]);
        plan.Set(small.Weight, 0);
        plan.Recording.Replay();
        Assert.StartsWith("squaredError, output", plan.Trace(), StringComparison.Ordinal);
    }

    [Fact]
    public void ATrainingPlanEndsInALoss()
    {
        using var small = new Small();
        Assert.Throws<ArgumentException>(() => Plan.ForTraining(Hosts.OneThread, small.Graph, small.Weights, small.Output));
    }

    [Fact]
    public void PackingSavesMemory()
    {
        using var small = new Small();
        using Plan packed = small.Training(), unpacked = small.Training(new PlanOptions(Packed: false));
        Assert.True(packed.MemoryCount < unpacked.MemoryCount, $"{packed.MemoryCount} and {unpacked.MemoryCount}");
    }

    [Fact]
    public void PlansOfTwoBatchesShareWeights()
    {
        using var small = new Small();
        var graph = new Graph();
        var single = new Small.Model(graph, batch: 1);
        using var one = Plan.ForEvaluation(Hosts.OneThread, graph, small.Weights, single.Output);
        using var four = Plan.ForEvaluation(Hosts.OneThread, small.Graph, small.Weights, small.Output);
        float[] numbers = [.. Enumerable.Range(0, Batch * 3).Select(place => MathF.Sin(place))];
        four.Write(small.Input, numbers);
        four.Recording.Replay();
        for (var row = 0; row < Batch; row++)
        {
            one.Write(single.Input, numbers.AsSpan(row * 3, 3));
            one.Recording.Replay();
            Assert.Equal(four.Read(small.Output)[(row * 2)..((row * 2) + 2)], one.Read(single.Output));
        }
    }

    [Fact]
    public void DialsStartAsTheGraphSaysAndWeighTheLoss()
    {
        using var small = new Small();
        using var plan = small.Training();
        plan.Recording.Replay();
        var before = plan.Read(small.Loss.Output);
        Assert.Equal(before[1], before[0]);
        plan.Set(small.Weight, 3);
        plan.Recording.Replay();
        Assert.Equal(3 * before[1], plan.Read(small.Loss.Output)[0]);
    }

    /// <summary>Rows of 3 through two linear layers to 2 numbers, against a target.</summary>
    private sealed class Small : IDisposable
    {
        private readonly Model model;

        public Small()
        {
            model = new Model(Graph, Batch);
            Weight = Graph.Dial("weight", 1);
            Loss = Graph.Loss(new LossPart("error", model.Output.SquaredError(Graph.Input("target", model.Output.Shape)), Weight));
            Weights = new Weights(Hosts.OneThread, Graph, seed: 2);
        }

        public Graph Graph { get; } = new();

        public Tensor Input => model.Input;

        public Tensor Hidden => model.Hidden;

        public Tensor Output => model.Output;

        public Dial Weight { get; }

        public Loss Loss { get; }

        public Weights Weights { get; }

        public Plan Training(PlanOptions? options = null) => Plan.ForTraining(Hosts.OneThread, Graph, Weights, Loss.Output, options);

        public void Dispose() => Weights.Dispose();

        public sealed class Model
        {
            public Model(Graph graph, int batch)
            {
                Input = graph.Input("rows", new Shape(batch, 3));
                Hidden = Input.Linear("first", 5).Activate<Relu>();
                Output = Hidden.Linear("second", 2);
            }

            public Tensor Input { get; }

            public Tensor Hidden { get; }

            public Tensor Output { get; }
        }
    }

    [Fact]
    public void ATraceLeavesNoGradientsToOthers()
    {
        var graph = new Graph();
        var rows = graph.Input("rows", new Shape(2, 3));
        Loss[] losses = [.. new[] { "one", "other" }.Select(name => graph.Loss(
            new LossPart(name, rows.Linear(name, 3).SquaredError(rows), graph.Dial(name, 1f))))];
        using var weights = new Weights(Hosts.OneThread, graph, seed: 1);
        using var one = Plan.ForTraining(Hosts.OneThread, graph, weights, losses[0].Output);
        using var other = Plan.ForTraining(Hosts.OneThread, graph, weights, losses[1].Output);
        foreach (var plan in new[] { one, other })
        {
            plan.Write(rows, [1f, 2f, 3f, 4f, 5f, 6f]);
        }

        one.Recording.Replay();
        Assert.Null(other.Trace());
        one.Recording.Replay();
        Assert.All(weights.ExportGradient("other.weight"), number => Assert.Equal(0f, number));
        Assert.Contains(weights.ExportGradient("one.weight"), number => number != 0);
    }

    /// <summary>An op that is made again asks for its input, which may be made again too, and so on.</summary>
    [Fact]
    public void ADeepGraphNeedsNoDeepStack()
    {
        var graph = new Graph();
        var input = graph.Input("rows", new Shape(2, 3));
        var rows = input.Linear("layer", 3);
        for (var level = 0; level < 400; level++)
        {
            rows = rows.Activate<Relu>();
        }

        var loss = graph.Loss(new LossPart("error", rows.SquaredError(input), graph.Dial("weight", 1f)));
        using var weights = new Weights(Hosts.OneThread, graph, seed: 1);
        var thread = new Thread(() => Plan.ForTraining(Hosts.OneThread, graph, weights, loss.Output).Dispose(), 1 << 18);
        thread.Start();
        thread.Join();
    }

    [Fact]
    public void NothingIsRefusedByName()
    {
        using var vae = new SmallVae(Hosts.OneThread);
        Named("device", () => Plan.ForEvaluation(null!, vae.Graph, vae.Weights, vae.Output));
        Named("graph", () => Plan.ForEvaluation(Hosts.OneThread, null!, vae.Weights, vae.Output));
        Named("weights", () => Plan.ForEvaluation(Hosts.OneThread, vae.Graph, null!, vae.Output));
        Named("loss", () => Plan.ForTraining(Hosts.OneThread, vae.Graph, vae.Weights, null!));
        Named("a plan's output", () => Plan.ForEvaluation(Hosts.OneThread, vae.Graph, vae.Weights, vae.Output, null!));
        Named("graph", () => new Weights(Hosts.OneThread, null!, seed: 1));
        Named("layout", () => vae.Graph.Parameter("one", null!, Initial.Constant(0)));

        static void Named(string what, Func<object> call) => Assert.Equal(what, Assert.Throws<ArgumentNullException>(call).ParamName);
    }
}
