using Estampa.Engine;

namespace Estampa.Models;

/// <summary>
/// Deep-HiTS (Cabrera-Vives et al. 2017, ApJ 836 97): five convolutions (21 -> 24 -> 12 -> 6 pixels) on each of the four turned copies of
/// a stamp, whose 2,304 numbers each are put side by side, 9,216, and read by three dense layers; leaky ReLU of slope 0.01. Parameters,
/// computed from the layers: 697,858 with the paper's 4 channels and 2 classes, 697,541 with 3 and 5. Names count the layers
/// of PyTorch's nn.Sequential: encoder, head, which takes (64, 24, 6), the copies' maps one below the other.
/// </summary>
/// <param name="classes">Number of classes.</param>
/// <param name="dropout">Share of each hidden dense layer that a training step drops.</param>
/// <param name="initial">First weights of convolutions and linear layers; PyTorch's default where null.</param>
public sealed class DeepHits(int classes = 2, float dropout = 0.5f, InitialRule? initial = null)
{
    /// <summary>Side of the stamps that the paper takes, in pixels.</summary>
    public const int Side = 21;
    private const int Few = 32;
    private const int Many = 64;

    /// <summary>
    /// The layer before the classes, (batch, 64), and the classes' logits, (batch, classes), of stamps (batch, side, side, channels).
    /// </summary>
    public (Tensor Last, Tensor Logits) Classify(Tensor stamps)
    {
        var maps = stamps.CyclicSlice()
            .Conv("encoder.0", Few, kernel: 4, stride: 1, padding: 3, initial).Activate<LeakyRelu>()
            .Conv("encoder.2", Few, kernel: 3, stride: 1, padding: 1, initial).Activate<LeakyRelu>().MaxPool(2)
            .Conv("encoder.5", Many, kernel: 3, stride: 1, padding: 1, initial).Activate<LeakyRelu>()
            .Conv("encoder.7", Many, kernel: 3, stride: 1, padding: 1, initial).Activate<LeakyRelu>()
            .Conv("encoder.9", Many, kernel: 3, stride: 1, padding: 1, initial).Activate<LeakyRelu>().MaxPool(2);

        // The copies of a stamp lie one behind the other, so that its maps already are one tall image.
        var (copies, side) = (maps.Shape.Batch / stamps.Shape.Batch, maps.Shape.Height);
        var last = maps.Reshape(new Shape(stamps.Shape.Batch, copies * side, side, Many))
            .Linear("head.1", Many, initial).Activate<LeakyRelu>().Dropout("dropout", dropout)
            .Linear("head.4", Many, initial).Activate<LeakyRelu>().Dropout("second dropout", dropout);
        return (last, last.Linear("head.7", classes, initial));
    }
}
