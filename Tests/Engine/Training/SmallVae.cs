using Estampa.Engine;

namespace Estampa.Tests;

/// <summary>
/// A variational autoencoder of 5x5 stamps with every kind of state that training has: noise, running statistics, moments, a schedule that
/// looks back. Small enough to train in a millisecond.
/// </summary>
internal sealed class SmallVae : IDisposable
{
    public const int Batch = 4;
    public const int Sample = 25;
    public const int Samples = 14;

    public SmallVae(Device device, ulong seed = 1, Adam? adam = null, float[]? pixels = null, int latent = 2, int skipLimit = 0)
    {
        Input = Graph.Input("stamps", new Shape(Batch, 5, 5, 1));
        var code = Input.Conv("encoder.0", 3, kernel: 3, stride: 2, padding: 1).BatchNorm<Relu>("encoder.1");
        var (mean, logVariance) = (code.Linear("mean", latent), code.Linear("log_variance", latent));
        Output = mean.Reparametrise(logVariance).Linear("decoder.0", Input.Shape);
        Loss = Graph.Loss(
            new LossPart("reconstruction", Output.SquaredError(Input), Graph.Dial("reconstruction", 1f)),
            new LossPart("divergence", mean.Divergence(logVariance), Graph.Dial("divergence", 0.1f)));
        Weights = new Weights(device, Graph, seed);
        Plan = Plan.ForTraining(device, Graph, Weights, Loss.Output);
        Feed = Feed.Resident(device, pixels ?? Pixels(), Sample);
        Trainer = new Trainer(
            Plan, Loss, Input, Feed, adam ?? new Adam(Rate: 0.01f), new PlateauSchedule(0.5f, patience: 1, threshold: 0), seed)
        {
            SkipLimit = skipLimit,
        };
    }

    public Graph Graph { get; } = new();

    public Tensor Input { get; }

    public Tensor Output { get; }

    public Loss Loss { get; }

    public Weights Weights { get; }

    public Plan Plan { get; }

    public Feed Feed { get; }

    public Trainer Trainer { get; }

    /// <summary>Blobs of different brightness: (14, 5, 5, 1).</summary>
    public static float[] Pixels() =>
        [.. Enumerable.Range(0, Samples * Sample).Select(i => (float)(0.5 + (0.3 * Math.Sin(i * 0.7)) + (0.01 * (i / Sample))))];

    /// <summary>Trains whole epochs, each followed by the same validation loss, so that the schedule sees a plateau.</summary>
    public List<EpochResult> Run(int epochs)
    {
        var results = new List<EpochResult>();
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            results.Add(RunEpoch());
            Trainer.Observe(5);
        }

        return results;
    }

    public EpochResult RunEpoch(Action<int>? progress = null) => Trainer.Run(progress)!;

    /// <summary>Trains into an epoch and stops after so many of its steps.</summary>
    public void RunPart(int steps)
    {
        using var stop = new CancellationTokenSource();
        Trainer.Run(
            step =>
            {
                if (step == steps)
                {
                    stop.Cancel();
                }
            },
            stop.Token);
    }

    /// <summary>Every number of the model as bits, running statistics included.</summary>
    public int[] Bits() =>
        [.. Weights.Parameters.SelectMany(parameter => Weights.Export(parameter.Name)).Select(BitConverter.SingleToInt32Bits)];

    public void Dispose()
    {
        Trainer.Dispose();
        Feed.Dispose();
        Plan.Dispose();
        Weights.Dispose();
    }
}
