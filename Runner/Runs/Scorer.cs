using Estampa.Engine;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>
/// Mean loss of a set and of its named parts, a sample or, where a loss has a number for each step, a stamp; the loss has the weights of a
/// finished annealing.
/// </summary>
internal sealed record Scores(double Loss, IReadOnlyDictionary<string, double> Parts);

/// <summary>
/// A trained model at work on samples: losses, codes, and what else its graph gives. The last batch is filled up with repeats that do not
/// count.
/// </summary>
internal sealed class Scorer : IDisposable
{
    private readonly Recipe recipe;
    private readonly ModelGraph model;
    private readonly Plan scoring;
    private readonly Plan encoding;

    public Scorer(Recipe recipe, Device device, Weights weights)
    {
        this.recipe = recipe;
        model = recipe.Build(recipe.Settings.Batch);
        Tensor[] results = model switch
        {
            AutoencoderGraph autoencoder => [autoencoder.Reconstruction],
            ClassifierGraph classifier => [classifier.Probabilities],
            _ => [],
        };
        scoring = Plan.ForEvaluation(device, model.Graph, weights, [.. results, .. model.Loss.Parts.Select(part => part.Samples)]);
        encoding = Plan.ForEvaluation(device, model.Graph, weights, model.Code);
    }

    /// <summary>Where it is cancelled, the work ends after the batch in progress with <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Stop { get; init; }

    /// <param name="table">One sample at least.</param>
    /// <param name="stage">The stage of the training whose weights the loss has.</param>
    public Scores Score(SampleTable table, int stage)
    {
        var sums = new double[model.Loss.Parts.Count];
        var numbers = new float[model.Loss.Parts[0].Samples.Shape.Count];
        var each = numbers.Length / recipe.Settings.Batch;
        Replay(scoring, table, (_, count) =>
        {
            for (var part = 0; part < sums.Length; part++)
            {
                scoring.Read(model.Loss.Parts[part].Samples, numbers);
                for (var place = 0; place < count * each; place++)
                {
                    sums[part] += numbers[place];
                }
            }
        });
        double all = each == 1 ? table.Count : table.StampCount;
        var means = model.Loss.Parts.Select((named, part) => (named.Name, Mean: sums[part] / all));
        var loss = model.Loss.Parts.Select((named, part) => recipe.FinalWeightOf(named, stage) * sums[part] / all).Sum();
        return new Scores(loss, means.ToDictionary(mean => mean.Name, mean => mean.Mean));
    }

    /// <summary>(n, numbers).</summary>
    public float[] Encode(SampleTable table) => Collect(encoding, table, model.Code);

    /// <summary>(n, height, width, channels), scaled as the set is; of sequences (n, steps, height, width, channels).</summary>
    public float[] Reconstruct(SampleTable table) => Collect(scoring, table, ((AutoencoderGraph)model).Reconstruction);

    /// <summary>(n), or (n, steps): an autoencoder's squared error, summed over the pixels and images of a stamp.</summary>
    public double[] SquaredErrors(SampleTable table)
    {
        var stamps = table.Samples[InputName.Stamps];
        var output = ((AutoencoderGraph)model).Reconstruction;
        var (stamp, steps) = (output.Shape.Sample, stamps.Size / output.Shape.Sample);
        var batch = new float[output.Shape.Count];
        var errors = new double[table.Count * steps];
        Replay(scoring, table, (first, count) =>
        {
            scoring.Read(output, batch);
            for (var place = 0; place < count * stamps.Size; place++)
            {
                var difference = (double)batch[place] - stamps.Numbers[(first * stamps.Size) + place];
                errors[(first * steps) + (place / stamp)] += difference * difference;
            }
        });
        return errors;
    }

    /// <summary>(n, classes), or (n, steps, classes).</summary>
    public float[] Classify(SampleTable table) => Collect(scoring, table, ((ClassifierGraph)model).Probabilities);

    public void Dispose()
    {
        scoring.Dispose();
        encoding.Dispose();
    }

    private float[] Collect(Plan plan, SampleTable table, Tensor output)
    {
        var width = output.Shape.Count / recipe.Settings.Batch;
        var all = new float[checked(table.Count * width)];
        var batch = new float[output.Shape.Count];
        Replay(plan, table, (first, count) =>
        {
            plan.Read(output, batch);
            batch.AsSpan(0, count * width).CopyTo(all.AsSpan(first * width));
        });
        return all;
    }

    private void Replay(Plan plan, SampleTable table, Action<int, int> read)
    {
        var size = recipe.Settings.Batch;
        var inputs = model.Inputs.Select(input => (Input: input, Column: table.Samples[input.Name], Batch: new float[input.Shape.Count]))
            .ToList();
        for (var first = 0; first < table.Count; first += size)
        {
            Stop.ThrowIfCancellationRequested();
            foreach (var (input, column, batch) in inputs)
            {
                Samples.Fill(column, first, batch);
                plan.Write(input, batch);
            }

            plan.Recording.Replay();
            read(first, Math.Min(size, table.Count - first));
        }
    }
}
