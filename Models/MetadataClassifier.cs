using Estampa.Engine;

namespace Estampa.Models;

/// <summary>
/// The baseline that sees no image: features of an alert, batch-normalised, and two hidden layers. Parameters at 23 features, 5 classes
/// and 64 hidden: 6,067. Names count the layers of PyTorch's nn.Sequential: normalise, head.
/// </summary>
/// <param name="classes">Number of classes.</param>
/// <param name="hidden">Size of both hidden layers.</param>
/// <param name="dropout">Share of the first hidden layer that a training step drops.</param>
/// <param name="initial">First weights of linear layers; PyTorch's default where null.</param>
public sealed class MetadataClassifier(int classes = 5, int hidden = 64, float dropout = 0.5f, InitialRule? initial = null)
{
    /// <summary>The layer before the classes, (batch, hidden), and the classes' logits, (batch, classes), of rows of features.</summary>
    public (Tensor Last, Tensor Logits) Classify(Tensor features)
    {
        var last = features.BatchNorm<Identity>("normalise")
            .Linear("head.0", hidden, initial).Activate<Relu>().Dropout("dropout", dropout)
            .Linear("head.3", hidden, initial).Activate<Relu>();
        return (last, last.Linear("head.5", classes, initial));
    }
}
