using Estampa.Engine;

namespace Estampa.Models;

/// <summary>
/// The variational autoencoder for alert stamps after Astorga et al. 2018 ("Deep variational embedding"), with the layers of the seed
/// project: four 3x3 convolutions of 64 channels (21 -> 21 -> 11 -> 11 -> 6 pixels), mean and log-variance of the latent, and six
/// convolutions back with nearest-neighbour upsampling between them. A small head on the latent predicts how noisy the stamp is (the
/// paper's auto-regularisation). Parameters with one channel: 446,120 at latent 21, 508,670 at 30, 522,570 at 32. Names count the layers of
/// PyTorch's nn.Sequential, ReLU, Flatten, Unflatten and Upsample included, so that both load each other's files.
/// </summary>
/// <param name="channels">Images of a stamp: 1 to 3 of science, template, difference.</param>
/// <param name="latent">Size of the latent.</param>
/// <param name="output">
/// The last activation. ReLU is the paper's and fits stamps scaled to [0, 1]; a stamp scaled by z-score or L2, or a difference image, goes
/// below zero, where ReLU can rebuild nothing and passes no gradient: then take identity (any range) or sigmoid (strictly [0, 1]).
/// </param>
/// <param name="initial">First weights of convolutions and linear layers; PyTorch's default where null.</param>
public sealed class StampVae(int channels = 1, int latent = 30, string output = "relu", InitialRule? initial = null)
{
    /// <summary>Side of the stamps it takes, in pixels.</summary>
    public const int Side = 21;
    private const int Width = 64;
    private const int Small = 6;
    private const int Middle = 11;

    /// <summary>Mean and log-variance of the latent, (batch, latent), of stamps (batch, 21, 21, channels).</summary>
    /// <exception cref="ShapeException">The stamps have another size.</exception>
    public (Tensor Mean, Tensor LogVariance) Encode(Tensor stamps)
    {
        var maps = Convolve(stamps);
        return (maps.Linear("fc_mu", latent, initial), maps.Linear("fc_logvar", latent, initial));
    }

    /// <summary>What the encoder's convolutions make of stamps (batch, 21, 21, channels): (batch, 6, 6, 64).</summary>
    /// <exception cref="ShapeException">The stamps have another size.</exception>
    internal Tensor Convolve(Tensor stamps)
    {
        if (stamps.Shape is not { Height: Side, Width: Side } || stamps.Shape.Channels != channels)
        {
            throw new ShapeException($"the autoencoder takes {Side}x{Side}x{channels} stamps, got {stamps.Shape}");
        }

        return stamps
            .Conv("encoder.0", Width, kernel: 3, stride: 1, padding: 1, initial).BatchNorm<Relu>("encoder.1")
            .Conv("encoder.3", Width, kernel: 3, stride: 2, padding: 1, initial).BatchNorm<Relu>("encoder.4")
            .Conv("encoder.6", Width, kernel: 3, stride: 1, padding: 1, initial).BatchNorm<Relu>("encoder.7")
            .Conv("encoder.9", Width, kernel: 3, stride: 2, padding: 1, initial).BatchNorm<Relu>("encoder.10");
    }

    /// <summary>Stamps (batch, 21, 21, channels) of latents (batch, latent).</summary>
    public Tensor Decode(Tensor z) => z
        .Linear("decoder.0", new Shape(z.Shape.Batch, Small, Small, Width), initial).Activate<Relu>()
        .Conv("decoder.3", Width, kernel: 3, stride: 1, padding: 1, initial).BatchNorm<Relu>("decoder.4")
        .Conv("decoder.6", Width, kernel: 3, stride: 1, padding: 1, initial).BatchNorm<Relu>("decoder.7")
        .Upsample(Middle)
        .Conv("decoder.10", Width, kernel: 3, stride: 1, padding: 1, initial).BatchNorm<Relu>("decoder.11")
        .Conv("decoder.13", Width, kernel: 3, stride: 1, padding: 1, initial).BatchNorm<Relu>("decoder.14")
        .Upsample(Side)
        .Conv("decoder.17", Width, kernel: 3, stride: 1, padding: 1, initial).BatchNorm<Relu>("decoder.18")
        .Conv("decoder.20", channels, kernel: 3, stride: 1, padding: 1, initial).Activate(output);

    /// <summary>
    /// The auto-regularisation head: s in (0, 1), one number a sample, with log sigma^2 = -5 s for every pixel of its stamp.
    /// </summary>
    public Tensor Spread(Tensor z) => z
        .Linear("fc_sigma.0", 36, initial).Activate<Relu>()
        .Linear("fc_sigma.2", 1, initial).Activate<Sigmoid>();
}
