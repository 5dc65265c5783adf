using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>Evaluation plans keep what routes prepare from the weights; no change of the weights may pass them by.</summary>
public class PreparedWeightsTests
{
    private static readonly Shape Images = new(3, 8, 8, 16);

    /// <summary>A layer for each way of packing.</summary>
    private static readonly Dictionary<string, Func<Tensor, Tensor>> Layers = new()
    {
        ["plain"] = images => images.Conv("layer", 5, kernel: 3),
        ["strided"] = images => images.Conv("layer", 16, kernel: 3, stride: 2, padding: 1),
        ["whole tiles"] = images => images.Conv("layer", 32, kernel: 3, padding: 1).Conv("next", 32, kernel: 3, padding: 1),
        ["few outputs"] = images => images.Conv("layer", 1, kernel: 3, padding: 1),
        ["upsampled"] = images => images.Upsample(16).Conv("layer", 16, kernel: 3, padding: 1),
        ["linear"] = images => images.Linear("layer", 7),
        ["behind a linear layer"] = images => images.Linear("first", Images).Conv("layer", 5, kernel: 3),
    };

    public static TheoryData<string> LayerNames => [.. Layers.Keys];

    [Theory]
    [MemberData(nameof(LayerNames))]
    public void EveryPlanSeesImportedWeights(string name)
    {
        Graph graph = new(), small = new();
        var (images, image) = (graph.Input("images", Images), small.Input("images", Images with { Batch = 1 }));
        var (output, single) = (Layers[name](images), name.StartsWith("behind", StringComparison.Ordinal) ? null : Layers[name](image));
        using var weights = new Weights(Hosts.TwoThreads, graph, seed: 1);
        using Plan plan = Plan.ForEvaluation(Hosts.TwoThreads, graph, weights, output),
            twin = Plan.ForEvaluation(Hosts.TwoThreads, graph, weights, output);
        using var other = single is null ? null : Plan.ForEvaluation(Hosts.TwoThreads, small, weights, single);
        var numbers = ChainRun.Numbers(Images, place: 0);
        float[] Run(Plan each, Tensor input, Tensor result)
        {
            each.Write(input, numbers.AsSpan(0, input.Shape.Count));
            each.Recording.Replay();
            return each.Read(result);
        }

        var before = Run(plan, images, output);
        Assert.Equal(before, Run(plan, images, output));
        foreach (var parameter in graph.Parameters.Select(parameter => parameter.Name))
        {
            Run(twin, images, output);
            weights.Import(parameter, [.. weights.Export(parameter).Select((number, place) => (0.5f * number) + (0.1f * (place % 3)))]);
            using var fresh = Plan.ForEvaluation(Hosts.TwoThreads, graph, weights, output);
            var expected = Run(fresh, images, output);
            Assert.NotEqual(before, expected);
            Assert.Equal(expected, Run(plan, images, output));
            Assert.Equal(expected, Run(twin, images, output));
            if (other is not null)
            {
                OpCheck.Near(
                    $"{name}, one image", [.. expected.Take(single!.Shape.Count).Select(number => (double)number)],
                    Run(other, image, single), tolerance: 1e-4, floor: 1e-6);
            }

            before = expected;
        }
    }

    [Fact]
    public void EveryPlanSeesATrainingStep()
    {
        using var vae = new SmallVae(Hosts.TwoThreads);
        var adam = new Adam(Rate: 0.05f);
        using var memory = Hosts.TwoThreads.Allocate(Adam.MemoryCount(vae.Weights), "the optimizer's moments");
        var update = new Recording(vae.Plan);
        adam.RecordNorm(update, vae.Weights, memory);
        adam.Record(update, vae.Weights, memory);
        using Plan plan = Plan.ForEvaluation(Hosts.TwoThreads, vae.Graph, vae.Weights, vae.Output),
            twin = Plan.ForEvaluation(Hosts.TwoThreads, vae.Graph, vae.Weights, vae.Output);
        var before = Run(plan);
        Assert.Equal(before, Run(twin));
        vae.Plan.Write(vae.Input, SmallVae.Pixels().AsSpan(0, vae.Input.Shape.Count));
        vae.Plan.SetClock(seed: 1, step: 0);
        foreach (var recording in new[] { vae.Plan.Recording, update, update })
        {
            // Forward and backward move running statistics, the optimizer moves weights.
            adam.SetState(memory, vae.Weights.TrainedCount, rate: 0.05f, step: 1);
            recording.Replay();
            using var fresh = Plan.ForEvaluation(Hosts.TwoThreads, vae.Graph, vae.Weights, vae.Output);
            var expected = Run(fresh);
            Assert.NotEqual(before, expected);
            Assert.Equal(expected, Run(plan));
            Assert.Equal(expected, Run(twin));
            before = expected;
        }

        float[] Run(Plan each)
        {
            each.Write(vae.Input, SmallVae.Pixels().AsSpan(0, vae.Input.Shape.Count));
            each.Recording.Replay();
            return each.Read(vae.Output);
        }
    }
}
