using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class WeightsTests
{
    [Fact]
    public void ImportAndExportGiveTheSameNumbers()
    {
        using var weights = Make(seed: 1);
        foreach (var parameter in weights.Parameters)
        {
            float[] numbers = [.. Enumerable.Range(0, parameter.Count).Select(place => place + 0.5f)];
            weights.Import(parameter.Name, numbers);
            Assert.Equal(numbers, weights.Export(parameter.Name));
        }

        // One parameter's numbers did not run into another's.
        Assert.All(weights.Parameters, parameter => Assert.Equal(parameter.Count - 0.5f, weights.Export(parameter.Name)[^1]));
    }

    [Fact]
    public void TheSameSeedGivesTheSameBitsInAnyOrderOfLayers()
    {
        using Weights one = Make(seed: 5), same = Make(seed: 5), other = Make(seed: 6), turned = Make(seed: 5, turned: true);
        foreach (var parameter in one.Parameters)
        {
            var numbers = one.Export(parameter.Name);
            Assert.Equal(numbers, same.Export(parameter.Name));
            Assert.Equal(numbers, turned.Export(parameter.Name));
            Assert.Equal(parameter.Initial.Kind == Distribution.Constant, numbers.SequenceEqual(other.Export(parameter.Name)));
        }
    }

    [Fact]
    public void FirstNumbersHaveTheirDistribution()
    {
        var graph = new Graph();
        graph.Parameter("uniform", Layout.Plain(20000), Initial.PyTorch(25));
        graph.Parameter("normal", Layout.Plain(20000), Initial.He(50));
        graph.Parameter("constant", Layout.Plain(3), Initial.Constant(0.25f));
        using var weights = new Weights(Hosts.OneThread, graph, seed: 3);
        var uniform = weights.Export("uniform");
        Assert.InRange(uniform.Max(), 0.199f, 0.2f);
        Assert.InRange(uniform.Min(), -0.2f, -0.199f);
        Assert.InRange(uniform.Average(), -0.004f, 0.004f);
        Assert.InRange(Math.Sqrt(weights.Export("normal").Average(number => number * number)), 0.2 * 0.97, 0.2 * 1.03);
        Assert.Equal([0.25f, 0.25f, 0.25f], weights.Export("constant"));
        Assert.Equal(MathF.Sqrt(6f / 24), Initial.Xavier(10, 14).Scale);
    }

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        using var weights = Make(seed: 1);
        var error = Assert.Throws<ShapeException>(() => weights.Import("conv.bias", new float[5]));
        Assert.Contains("4 numbers, got 5", error.Message, StringComparison.Ordinal);
        Assert.Contains("conv.none", Assert.Throws<ArgumentException>(() => weights.Export("conv.none")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => weights.ExportGradient("norm.running_mean"));
        weights.Dispose();
        Assert.Throws<ObjectDisposedException>(() => weights.Export("conv.bias"));
    }

    [Fact]
    public void RefusesAGraphWhoseParametersDiffer()
    {
        using var weights = Make(seed: 1);
        var graph = new Graph();
        var output = graph.Input("stamps", new Shape(2, 5, 5, 3)).Conv("conv", 5, kernel: 3);
        var error = Assert.Throws<ShapeException>(() => Plan.ForEvaluation(Hosts.OneThread, graph, weights, output));
        Assert.Contains("(4, 3, 3, 3)", error.Message, StringComparison.Ordinal);
        Assert.Contains("(5, 3, 3, 3)", error.Message, StringComparison.Ordinal);
    }

    private static Weights Make(ulong seed, bool turned = false)
    {
        var graph = new Graph();
        var input = graph.Input("stamps", new Shape(2, 5, 5, 3));
        foreach (var layer in turned ? ["linear", "norm", "conv"] : new[] { "conv", "norm", "linear" })
        {
            _ = layer switch
            {
                "conv" => input.Conv("conv", 4, kernel: 3),
                "norm" => input.BatchNorm<Relu>("norm"),
                _ => input.Linear("linear", 6),
            };
        }

        return new Weights(Hosts.OneThread, graph, seed);
    }
}
