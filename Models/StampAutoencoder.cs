using Estampa.Engine;

namespace Estampa.Models;

/// <summary>
/// The seed project's convolutional autoencoder of alert stamps: the convolutions and the decoder of <see cref="StampVae"/> around a plain
/// latent, without a variance, a draw or a sigma head. Parameters with one channel: 396,886 at latent 21, 438,367 at 30. Names count the
/// layers of PyTorch's nn.Sequential; the latent is its encoder's last layer, encoder.13.
/// </summary>
/// <param name="channels">Images of a stamp: 1 to 3 of science, template, difference.</param>
/// <param name="latent">Size of the latent.</param>
/// <param name="output">The last activation; which one fits is said at <see cref="StampVae"/>.</param>
/// <param name="initial">First weights of convolutions and linear layers; PyTorch's default where null.</param>
public sealed class StampAutoencoder(int channels = 1, int latent = 30, string output = "relu", InitialRule? initial = null)
{
    /// <summary>Side of the stamps it takes, in pixels.</summary>
    public const int Side = StampVae.Side;
    private readonly StampVae layers = new(channels, latent, output, initial);

    /// <summary>The latent, (batch, latent), of stamps (batch, 21, 21, channels).</summary>
    /// <exception cref="ShapeException">The stamps have another size.</exception>
    public Tensor Encode(Tensor stamps) => layers.Convolve(stamps).Linear("encoder.13", latent, initial);

    /// <summary>Stamps (batch, 21, 21, channels) of latents (batch, latent).</summary>
    public Tensor Decode(Tensor z) => layers.Decode(z);
}
