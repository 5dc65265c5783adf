using Estampa.Engine;

namespace Estampa.Tests;

/// <summary>
/// All that a training is made of on one device: a model of convolution, normalisation, dropout and linear layers, its plan, samples and
/// trainer. What was made is given back where the making of the next fails.
/// </summary>
internal static class SmallTraining
{
    private const int Batch = 2;
    private const int Side = 5;

    /// <summary>The weights after so many epochs of two steps, as bits.</summary>
    public static int[] Run(Device device, int epochs = 1, Action<Trainer>? work = null)
    {
        var graph = new Graph();
        var images = graph.Input("images", new Shape(Batch, Side, Side, 1));
        var output = images.Conv("first", 3, kernel: 3, padding: 1).BatchNorm<Relu>("second").Dropout("dropped", 0.2f)
            .Linear("third", images.Shape);
        var loss = graph.Loss(new LossPart("error", output.SquaredError(images), graph.Dial("weight", 1f)));
        using var weights = new Weights(device, graph, seed: 1);
        using var plan = Plan.ForTraining(device, graph, weights, loss.Output);
        using var feed = Feed.Resident(device, HashedValues.Images(0, 2 * Batch * Side * Side), Side * Side);
        using var trainer = new Trainer(plan, loss, images, feed, new Adam(Rate: 0.01f, Limit: 1f), new ConstantSchedule(), seed: 1);
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            trainer.Run();
        }

        work?.Invoke(trainer);
        return [.. weights.Parameters.SelectMany(one => weights.Export(one.Name)).Select(BitConverter.SingleToInt32Bits)];
    }
}
