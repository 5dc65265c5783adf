using System.Globalization;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>The optimizer against PyTorch's stored steps, in double there (Tests/Reference/make_training_fixtures.py).</summary>
public class AdamTests
{
    private const int Steps = 5;
    private const int Count = 50;

    [Theory]
    [InlineData("adam", RouteChoice.Fastest)]
    [InlineData("adam", RouteChoice.Portable)]
    [InlineData("adamw", RouteChoice.Fastest)]
    [InlineData("adamw", RouteChoice.Portable)]
    public void FollowsPyTorchStepByStep(string name, RouteChoice route)
    {
        foreach (var stored in PyTorchCase.All(name))
        {
            double Setting(string key) => double.Parse(stored.Setting(key)!, CultureInfo.InvariantCulture);
            var adam = new Adam(
                (float)Setting("rate"), Setting("beta1"), Setting("beta2"), (float)Setting("epsilon"), (float)Setting("weightDecay"),
                Decoupled: name == "adamw");
            using var run = new Run(adam, route, Count);
            run.Weights.Import("w", stored.FileNumbers("before"));
            stored.Tolerance = 1e-5;
            for (var step = 0; step < Steps; step++)
            {
                float[] Row(string tensor) => stored.FileNumbers(tensor)[(step * Count)..((step + 1) * Count)];
                run.Step(Row("gradients"));
                var values = run.Weights.Export("w");
                var before = stored.FileNumbers("before");

                // The way gone is a thousandth of the value, whose own rounding may be as large as a millionth of it.
                OpCheck.Near(
                    $"{name}, step {step}, change", [.. Row("after").Zip(before, (after, first) => (double)after - first)],
                    [.. values.Zip(before, (after, first) => after - first)], tolerance: 1e-4, floor: 6e-7);
                OpCheck.Near($"{name}, step {step}, first moment", Doubles(Row("firstMoment")), run.Moments(0), 2e-6, 0);
                OpCheck.Near($"{name}, step {step}, second moment", Doubles(Row("secondMoment")), run.Moments(1), 2e-6, 0);
            }
        }
    }

    [Theory]
    [InlineData(RouteChoice.Fastest)]
    [InlineData(RouteChoice.Portable)]
    public void ClipsTheNormOfAllGradientsAsPyTorchDoes(RouteChoice route)
    {
        foreach (var stored in PyTorchCase.All("gradient_clipping"))
        {
            float[] All(string prefix) =>
                [.. Enumerable.Range(0, stored.Whole("tensors")).SelectMany(i => stored.FileNumbers($"{prefix}{i}"))];
            var gradients = All("gradient");
            var limit = float.Parse(stored.Setting("limit")!, CultureInfo.InvariantCulture);

            // With no memory of its own the first moment is the clipped gradient.
            using var run = new Run(new Adam(Beta1: 0f, Beta2: 0f, Limit: limit), route, gradients.Length);
            run.Step(gradients);
            stored.Near("clipped gradients", All("clipped"), run.Moments(0));
            stored.Near("norm", stored.FileNumbers("norm"), [run.Norm]);
            Assert.True(Norm(run.Moments(0)) <= limit * (1 + 1e-6));
        }
    }

    /// <summary>More gradients than one chunk of the sum of squares holds.</summary>
    [Theory]
    [InlineData(RouteChoice.Fastest)]
    [InlineData(RouteChoice.Portable)]
    public void TheNormGathersEveryChunk(RouteChoice route)
    {
        float[] gradients = [.. Enumerable.Range(0, 10_000).Select(i => (float)HashedValues.At(3, i))];
        using var run = new Run(new Adam(Beta1: 0f, Limit: 1f), route, gradients.Length);
        run.Step(gradients);
        Assert.Equal(Norm(gradients), run.Norm, 1e-4);
        Assert.Equal(1, Norm(run.Moments(0)), 1e-5);
    }

    [Theory]
    [InlineData(RouteChoice.Fastest)]
    [InlineData(RouteChoice.Portable)]
    public void NothingMovesWithoutGradients(RouteChoice route)
    {
        using var run = new Run(new Adam(Limit: 1f), route, Count);
        float[] values = [.. Enumerable.Range(0, Count).Select(i => (float)HashedValues.At(4, i))];
        run.Weights.Import("w", values);
        run.Step(new float[Count]);
        Assert.Equal(values, run.Weights.Export("w"));
    }

    private static double Norm(float[] numbers) => Math.Sqrt(numbers.Sum(number => (double)number * number));

    private static double[] Doubles(float[] numbers) => [.. numbers.Select(number => (double)number)];

    /// <summary>One block of weights under given gradients.</summary>
    private sealed class Run : IDisposable
    {
        private readonly HostDevice device;
        private readonly Adam adam;
        private readonly int count;
        private readonly Plan plan;
        private readonly Block memory;
        private readonly Recording update;
        private int step;

        public Run(Adam adam, RouteChoice route, int count)
        {
            (this.adam, this.count) = (adam, count);
            device = route == RouteChoice.Fastest ? Hosts.TwoThreads : Hosts.Portable;
            var graph = new Graph();
            graph.Parameter("w", Layout.Plain(count), Initial.Constant(0));
            Weights = new Weights(device, graph, seed: 1);
            plan = Plan.ForEvaluation(device, graph, Weights, graph.Input("x", new Shape(1, 1)).Activate<Relu>());
            memory = device.Allocate(Adam.MemoryCount(Weights), "moments");
            update = new Recording(plan);
            adam.RecordNorm(update, Weights, memory);
            adam.Record(update, Weights, memory);
        }

        public Weights Weights { get; }

        public float Norm
        {
            get
            {
                var norm = new float[1];
                memory.Read<float>(norm, (2 * Weights.TrainedCount) + 3);
                return norm[0];
            }
        }

        public void Step(float[] gradients)
        {
            var view = Weights.GradientsFrom(0, Weights.TrainedCount);
            for (var i = 0; i < count; i++)
            {
                view[i] = gradients[i];
            }

            adam.SetState(memory, Weights.TrainedCount, adam.Rate, ++step);
            update.Replay();
        }

        public float[] Moments(int which)
        {
            var moments = new float[count];
            memory.Read<float>(moments, which * Weights.TrainedCount);
            return moments;
        }

        public void Dispose()
        {
            memory.Dispose();
            plan.Dispose();
            Weights.Dispose();
        }
    }
}
