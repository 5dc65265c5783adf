using Estampa.Engine;

namespace Estampa.Models;

/// <summary>
/// A classifier on a frozen representation: what it is given is batch-normalised, for latents have any scale, and then read by one linear
/// layer (a linear probe, Alain and Bengio 2016, arXiv:1610.01644) or by two with a hidden layer between them. Parameters at 30 numbers
/// and 5 classes: 215 of the probe, 2,369 with 64 hidden. Names count the layers of PyTorch's nn.Sequential: normalise, head.
/// </summary>
/// <param name="classes">Number of classes.</param>
/// <param name="hidden">Size of the hidden layer; 0 for the linear probe.</param>
/// <param name="dropout">Share of the hidden layer that a training step drops.</param>
/// <param name="initial">First weights of linear layers; PyTorch's default where null.</param>
public sealed class LatentClassifier(int classes = 5, int hidden = 0, float dropout = 0.5f, InitialRule? initial = null)
{
    /// <summary>The numbers that the last layer reads, and the classes' logits, (batch, classes).</summary>
    /// <param name="latents">(batch, latent).</param>
    /// <param name="features">(batch, features), or null for the latents alone.</param>
    public (Tensor Last, Tensor Logits) Classify(Tensor latents, Tensor? features)
    {
        var known = (features is null ? latents : latents.Concatenate(features)).BatchNorm<Identity>("normalise");
        if (hidden == 0)
        {
            return (known, known.Linear("head.0", classes, initial));
        }

        var last = known.Linear("head.0", hidden, initial).Activate<Relu>();
        return (last, last.Dropout("dropout", dropout).Linear("head.3", classes, initial));
    }
}
