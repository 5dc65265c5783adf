using Estampa.Engine;

namespace Estampa.Models;

/// <summary>
/// ALeRCE's stamp classifier (Carrasco-Davis et al. 2021, arXiv:2008.03309, with the production system's constants): five convolutions
/// (21 -> 24 -> 12 -> 6 pixels) and a dense layer on each turned copy of a stamp, the mean over the copies, batch-normalised features of
/// the alert beside it, three dense layers. Parameters at 3 channels, kernel 5, 23 features and 5 classes: 441,075, as there. Stamps
/// of other sizes fit as well. Names count the layers of PyTorch's nn.Sequential: encoder, normalise (the features), head.
/// </summary>
/// <param name="classes">Number of classes.</param>
/// <param name="kernel">Side of the kernels behind the first, which is 4: odd.</param>
/// <param name="padding">Zeros around a stamp.</param>
/// <param name="dropout">Share of the encoder's dense layer that a training step drops.</param>
/// <param name="initial">First weights of convolutions and linear layers; PyTorch's default where null.</param>
public sealed class StampClassifier(
    int classes = 5, int kernel = 5, int padding = 3, float dropout = 0.5f, InitialRule? initial = null)
{
    private const int Few = 32;
    private const int Many = 64;

    /// <summary>
    /// The side of the smallest stamp whose copies, turned by any angle and cropped to a side, show nothing from outside: at least
    /// 1 + sqrt(2) (side - 1), even or odd as the crop is, so that both have one centre. 47 for 33, where Neira et al. 2024 take 45.
    /// </summary>
    public static int FrameOf(int side)
    {
        var frame = 1 + (int)Math.Ceiling(Math.Sqrt(2) * (side - 1));
        return frame + ((frame - side) % 2);
    }

    /// <summary>The mean over copies of what the layers make of each: (batch, 64).</summary>
    /// <param name="copies">(batch * turns, side, side, channels), the copies of a stamp one behind the other.</param>
    /// <param name="turns">Copies of a stamp.</param>
    public Tensor Encode(Tensor copies, int turns = 4)
    {
        var maps = copies.Conv("encoder.0", Few, kernel: 4, stride: 1, padding, initial).Activate<Relu>();
        maps = Convolve(maps, "encoder.2", Few).MaxPool(2);
        maps = Convolve(maps, "encoder.5", Many);
        maps = Convolve(maps, "encoder.7", Many);
        maps = Convolve(maps, "encoder.9", Many).MaxPool(2);
        return maps.Linear("encoder.13", Many, initial).Activate<Relu>().Dropout("dropout", dropout).CyclicPool(turns);
    }

    /// <summary>The layer before the classes, (batch, 64), and the classes' logits, (batch, classes).</summary>
    /// <param name="code">(batch, 64).</param>
    /// <param name="features">(batch, features), or null for images alone.</param>
    public (Tensor Last, Tensor Logits) Classify(Tensor code, Tensor? features)
    {
        var known = features is null ? code : code.Concatenate(features.BatchNorm<Identity>("normalise"));
        var last = known
            .Linear("head.0", Many, initial).Activate<Relu>()
            .Linear("head.2", Many, initial).Activate<Relu>();
        return (last, last.Linear("head.4", classes, initial));
    }

    /// <summary>A convolution that keeps the image's size.</summary>
    private Tensor Convolve(Tensor maps, string name, int channels) =>
        maps.Conv(name, channels, kernel, stride: 1, padding: kernel / 2, initial).Activate<Relu>();
}
