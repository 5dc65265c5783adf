using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>Numbers at the ends of what floats hold: finite results where the functions themselves have some, as PyTorch's.</summary>
public class EdgeTests
{
    private static readonly float[] Edges = [0f, -0f, 1e-38f, -1e-38f, 1f, -1f, 88f, -88f, 104f, -104f, 1e4f, -1e4f, 3e38f, -3e38f];

    /// <summary>A function of one number and its slope, in doubles.</summary>
    private static readonly Dictionary<string, (Func<Tensor, Tensor> Call, Func<double, double> Value, Func<double, double> Slope)>
        Functions = new()
        {
            ["relu"] = (x => x.Activate<Relu>(), x => Math.Max(0, x), x => x > 0 ? 1 : 0),
            ["sigmoid"] = (x => x.Activate<Sigmoid>(), Logistic, x => Logistic(x) * Logistic(-x)),
            ["tanh"] = (x => x.Activate<Engine.Tanh>(), Math.Tanh, x => 1 - (Math.Tanh(x) * Math.Tanh(x))),
            ["silu"] = (x => x.Activate<Silu>(), x => x * Logistic(x), x => Logistic(x) * (1 + (x * Logistic(-x)))),
        };

    public static TheoryData<string> Names => [.. Functions.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void ActivationsHoldAtTheEnds(string name)
    {
        var (call, value, slope) = Functions[name];
        foreach (var device in new[] { Hosts.TwoThreads, Hosts.Portable })
        {
            var (values, gradients) = Run(device, call, Edges, columns: 1);
            for (var i = 0; i < Edges.Length; i++)
            {
                Near($"{name}({Edges[i]})", value(Edges[i]), values[i]);
                Near($"slope of {name} at {Edges[i]}", slope(Edges[i]), gradients[i]);
            }
        }
    }

    [Fact]
    public void SoftmaxHoldsAtTheEnds()
    {
        float[] logits = [1e4f, -1e4f, 0f, float.NegativeInfinity, 0f, 0f, 3e38f, 3e38f, 3e38f, -3e38f, -3e38f, 3e38f];
        foreach (var device in new[] { Hosts.TwoThreads, Hosts.Portable })
        {
            var (values, _) = Run(device, input => input.Softmax(), logits, columns: 3);
            float[] expected = [1, 0, 0, 0, 0.5f, 0.5f, 1 / 3f, 1 / 3f, 1 / 3f, 0, 0, 1];
            Assert.All(expected.Zip(values), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
        }
    }

    /// <summary>A model that is sure of the wrong class has a large loss, not an infinite one.</summary>
    [Fact]
    public void ACertainWrongClassHasAFiniteLoss()
    {
        var opCase = new OpCase(
            "edges",
            [new CaseInput("logits", new Shape(2, 2)), new CaseInput("labels", new Shape(2, 1), Differentiable: false)],
            inputs => inputs[0].SoftmaxCrossEntropy(inputs[1]),
            (_, _) => []);
        foreach (var device in new[] { Hosts.TwoThreads, Hosts.Portable })
        {
            using var run = new OpRun(opCase, new OpNumbers([[1e4f, 0f, 0f, 3e38f], [1f, 0f]], [], [], [], [[1f, 1f]]), device);
            var results = run.Replay(0);
            Assert.Equal([1e4f, 3e38f], results[0].Numbers);
            Assert.Equal([1f, -1f, -1f, 1f], results[1].Numbers);
        }
    }

    /// <summary>An activation that made a number of it would hide a training that has gone wrong.</summary>
    [Fact]
    public void NoActivationHidesANaN()
    {
        NaNsPass(Hosts.TwoThreads);
        NaNsPass(Hosts.Portable);
    }

    internal static void NaNsPass(Device device)
    {
        // As many as the widest vectors have lanes, and some more.
        var numbers = Enumerable.Range(0, 19).Select(place => place is 3 or 17 ? float.NaN : place - 9f).ToArray();
        foreach (var call in Functions.Values.Select(function => function.Call).Append(input => input.Activate<LeakyRelu>()))
        {
            var (values, _) = Run(device, call, numbers, columns: 1);
            Assert.Equal(numbers.Select(float.IsNaN), values.Select(float.IsNaN));
        }
    }

    /// <summary>exp(100) is beyond what floats hold, in PyTorch too: infinite, and not NaN.</summary>
    [Fact]
    public void TheDivergenceHoldsAtTheEnds()
    {
        var opCase = new OpCase(
            "edges",
            [new CaseInput("mean", new Shape(4, 1)), new CaseInput("logVariance", new Shape(4, 1))],
            inputs => inputs[0].Divergence(inputs[1]),
            (_, _) => []);
        var numbers = new OpNumbers([[0f, 0f, 0f, 1e10f], [-100f, 80f, 100f, 0f]], [], [], [], [[1f, 1f, 1f, 1f]]);
        foreach (var device in new[] { Hosts.TwoThreads, Hosts.Portable })
        {
            using var run = new OpRun(opCase, numbers, device);
            var results = run.Replay(0);
            Assert.All(
                new[] { 49.5f, 0.5f * MathF.Exp(80), float.PositiveInfinity, 5e19f }.Zip(results[0].Numbers),
                pair => Assert.True(pair.First == pair.Second || Math.Abs(pair.Second / pair.First - 1) < 1e-5, $"{pair}"));
            Assert.All(results, result => Assert.DoesNotContain(float.NaN, result.Numbers));
        }
    }

    private static double Logistic(double x) => 1 / (1 + Math.Exp(-x));

    private static void Near(string what, double expected, float actual) => Assert.True(
        Math.Abs(actual - expected) <= 1e-6 + (1e-5 * Math.Abs(expected)), $"{what} is {expected}, got {actual}");

    /// <summary>Values, and the gradient of their sum.</summary>
    private static (float[] Values, float[] Gradients) Run(Device device, Func<Tensor, Tensor> call, float[] numbers, int columns)
    {
        var shape = new Shape(numbers.Length / columns, columns);
        var opCase = new OpCase("edges", [new CaseInput("input", shape)], inputs => call(inputs[0]), (_, _) => []);
        using var run = new OpRun(opCase, new OpNumbers([numbers], [], [], [], [[.. Enumerable.Repeat(1f, numbers.Length)]]), device);
        var results = run.Replay(0);
        return (results[0].Numbers, results[1].Numbers);
    }
}
