using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class UpsampledConvTests
{
    public static TheoryData<string> Cases => CaseRows.Of(UpsampledConvCases.All);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(UpsampledConvCases.All.Single(opCase => opCase.Name == name));

    [Fact]
    public void EveryCaseIsOfThisOp() =>
        Assert.All(UpsampledConvCases.All, opCase => Assert.IsType<UpsampledConv>(opCase.Build(new Graph()).Maker));

    [Theory]
    [InlineData(11, 11, 3, 1, 1, true)]
    [InlineData(12, 11, 3, 1, 1, true)]
    [InlineData(12, 12, 3, 1, 1, true)]
    [InlineData(10, 11, 3, 1, 1, false)]
    [InlineData(11, 13, 3, 1, 1, false)]
    [InlineData(6, 6, 3, 1, 1, false)]
    [InlineData(11, 11, 1, 1, 0, false)]
    [InlineData(11, 11, 5, 1, 1, false)]
    [InlineData(11, 11, 3, 2, 1, false)]
    [InlineData(11, 11, 3, 1, 0, false)]
    [InlineData(11, 11, 3, 1, 2, false)]
    public void TakesThePlaceOfADoublingAndAConvolution(int height, int width, int kernel, int stride, int padding, bool expected)
    {
        var resized = new Graph().Input("images", new Shape(2, 6, 6, 3)).Upsample(height, width);
        Assert.Equal(expected, resized.Conv("layer", 8, kernel, stride, padding).Maker is UpsampledConv);
    }

    [Fact]
    public void LeavesOtherInputsToTheConvolution()
    {
        var graph = new Graph();
        var resized = graph.Input("images", new Shape(2, 4, 4, 3)).Upsample(8);
        Assert.IsType<Conv>(resized.Reshape(new Shape(2, 4, 16, 3)).Conv("reshaped", 8, kernel: 3, stride: 1, padding: 1).Maker);
        Assert.IsType<Conv>(resized.Activate<Relu>().Conv("activated", 8, kernel: 3, stride: 1, padding: 1).Maker);

        // Sixteen channels to one: dot products are faster.
        var many = graph.Input("many", new Shape(2, 4, 4, 16)).Upsample(8);
        Assert.IsType<Conv>(many.Conv("narrow", 1, kernel: 3, stride: 1, padding: 1).Maker);

        // What is resized may itself be a view.
        var view = graph.Input("rows", new Shape(2, 48)).Reshape(new Shape(2, 4, 4, 3)).Upsample(8);
        Assert.IsType<UpsampledConv>(view.Conv("viewed", 8, kernel: 3, stride: 1, padding: 1).Maker);
    }

    [Fact]
    public void DropsTheResizingThatNothingElseReads()
    {
        var graph = new Graph();
        var resized = graph.Input("images", new Shape(2, 4, 4, 3)).Upsample(8);
        var output = resized.Conv("layer", 5, kernel: 3, stride: 1, padding: 1);
        using var weights = new Weights(Hosts.OneThread, graph, seed: 1);
        using var alone = Plan.ForEvaluation(Hosts.OneThread, graph, weights, output);
        Assert.Equal(["upsampledConv.forward"], alone.Recording.Launches.Select(launch => launch.Name));
        using var both = Plan.ForEvaluation(Hosts.OneThread, graph, weights, output, resized);
        Assert.Equal(["upsample.forward + upsampledConv.forward"], both.Recording.Launches.Select(launch => launch.Name));
    }

    /// <summary>The resized images also go elsewhere, to a convolution with the same weights: all gradients add up.</summary>
    [Fact]
    public void HoldsWhereTheResizedImagesAreReadTwice()
    {
        var (fused, names) = Gradients(resized => resized);
        var (plain, plainNames) = Gradients(resized => resized.Activate<Identity>());
        Assert.Contains("upsample.forward", names, StringComparison.Ordinal);
        Assert.Contains("upsampledConv.forward", names, StringComparison.Ordinal);
        Assert.DoesNotContain("upsampledConv", plainNames, StringComparison.Ordinal);
        for (var result = 0; result < fused.Length; result++)
        {
            OpCheck.Near($"result {result}", [.. plain[result].Select(number => (double)number)], fused[result], 1e-5, 1e-6);
        }

        static (float[][] Results, string Launches) Gradients(Func<Tensor, Tensor> read)
        {
            var graph = new Graph();
            var images = graph.Input("images", new Shape(3, 4, 3, 5), differentiable: true);
            var target = graph.Input("target", new Shape(3, 7, 6, 17));
            var resized = images.Upsample(7, 6);
            var first = read(resized).Conv("layer", 17, kernel: 3, stride: 1, padding: 1);
            var second = resized.Activate<Relu>().Conv("layer", 17, kernel: 3, stride: 1, padding: 1);
            var loss = graph.Loss(
                new LossPart("first", first.SquaredError(target), graph.Dial("first", 1f)),
                new LossPart("second", second.SquaredError(target), graph.Dial("second", 2f)));
            using var weights = new Weights(Hosts.TwoThreads, graph, seed: 1);
            using var plan = Plan.ForTraining(Hosts.TwoThreads, graph, weights, loss.Output, new PlanOptions(Poisoned: true));
            var random = new Random(3);
            plan.Write(images, [.. Enumerable.Range(0, images.Shape.Count).Select(_ => (float)OpNumbers.Normal(random))]);
            plan.Write(target, [.. Enumerable.Range(0, target.Shape.Count).Select(_ => (float)OpNumbers.Normal(random))]);
            plan.Recording.Replay();
            var gradient = new float[images.Shape.Count];
            plan.ReadGradient(images, gradient);
            float[][] results =
                [plan.Read(loss.Output), gradient, weights.ExportGradient("layer.weight"), weights.ExportGradient("layer.bias")];
            return (results, string.Join(' ', plan.Recording.Launches.Select(launch => launch.Name)));
        }
    }

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        var resized = new Graph().Input("images", new Shape(2, 5, 4, 3)).Upsample(10, 8);
        ShapeErrors.Names(() => resized.Conv("layer", 0, kernel: 3, stride: 1, padding: 1), "layer", "channels 0");
        resized.Conv("layer", 8, kernel: 3, stride: 1, padding: 1);
        ShapeErrors.Names(() => resized.Conv("layer", 9, kernel: 3, stride: 1, padding: 1), "(8, 3, 3, 3)", "(9, 3, 3, 3)");
    }

    [Fact]
    public void CountsTheWorkOfTheConvolution()
    {
        var output = new Graph().Input("images", new Shape(2, 11, 11, 64)).Upsample(21).Conv("layer", 64, kernel: 3, stride: 1, padding: 1);
        Assert.Equal(2L * 2 * 21 * 21 * 64 * 64 * 9, output.Maker!.Flops);
    }
}
