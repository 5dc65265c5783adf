using Estampa.Data;
using Estampa.Engine;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>Mean loss of a set and of its named parts; the loss has the weights of a finished annealing.</summary>
internal sealed record Scores(double Loss, IReadOnlyDictionary<string, double> Parts);

/// <summary>
/// A trained model at work on sets: losses, latents, reconstructions. The last batch is filled up with repeats that do not count.
/// </summary>
internal sealed class Scorer : IDisposable
{
    /// <summary>Any epoch after annealing.</summary>
    private const int Late = int.MaxValue - 1;
    private readonly AutoencoderRecipe recipe;
    private readonly AutoencoderGraph model;
    private readonly Plan scoring;
    private readonly Plan encoding;

    public Scorer(AutoencoderRecipe recipe, Device device, Weights weights)
    {
        this.recipe = recipe;
        model = recipe.Build(recipe.Settings.Batch);
        Tensor[] outputs = [model.Reconstruction, .. model.Loss.Parts.Select(part => part.Samples)];
        scoring = Plan.ForEvaluation(device, model.Graph, weights, outputs);
        encoding = Plan.ForEvaluation(device, model.Graph, weights, model.Code);
    }

    public Scores Score(StampSet set)
    {
        var sums = new double[model.Loss.Parts.Count];
        var part = new float[recipe.Settings.Batch];
        Replay(scoring, set, (_, count) =>
        {
            for (var number = 0; number < sums.Length; number++)
            {
                scoring.Read(model.Loss.Parts[number].Samples, part);
                for (var row = 0; row < count; row++)
                {
                    sums[number] += part[row];
                }
            }
        });
        var means = model.Loss.Parts.Select((named, number) => (named.Name, Mean: sums[number] / set.Count));
        var loss = model.Loss.Parts.Select((named, number) => recipe.WeightOf(named, Late) * sums[number] / set.Count).Sum();
        return new Scores(loss, means.ToDictionary(mean => mean.Name, mean => mean.Mean));
    }

    /// <summary>(n, latent).</summary>
    public float[] Encode(StampSet set) => Collect(encoding, set, model.Code);

    /// <summary>(n, height, width, channels), scaled as the set is.</summary>
    public float[] Reconstruct(StampSet set) => Collect(scoring, set, model.Reconstruction);

    public void Dispose()
    {
        scoring.Dispose();
        encoding.Dispose();
    }

    private float[] Collect(Plan plan, StampSet set, Tensor output)
    {
        var width = output.Shape.Sample;
        var all = new float[set.Count * width];
        var batch = new float[output.Shape.Count];
        Replay(plan, set, (first, count) =>
        {
            plan.Read(output, batch);
            batch.AsSpan(0, count * width).CopyTo(all.AsSpan(first * width));
        });
        return all;
    }

    private void Replay(Plan plan, StampSet set, Action<int, int> read)
    {
        var size = recipe.Settings.Batch;
        var batch = new float[size * set.SampleLength];
        for (var first = 0; first < set.Count; first += size)
        {
            var count = Math.Min(size, set.Count - first);
            for (var row = 0; row < size; row++)
            {
                set.Sample(first + Math.Min(row, count - 1)).CopyTo(batch.AsSpan(row * set.SampleLength));
            }

            plan.Write(model.Input, batch);
            plan.Recording.Replay();
            read(first, count);
        }
    }
}
