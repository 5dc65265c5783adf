using Estampa.Engine;

namespace Estampa.Models;

/// <summary>
/// The recurrent autoencoder of stamp sequences. Each stamp becomes a code by convolutions; a recurrent layer reads the codes, the time
/// gaps and, where there are any, the alerts' own numbers, and its last state gives the latent of the whole sequence. The decoder repeats
/// that latent at every step beside the gap, a recurrent layer turns it into codes, and convolutions into stamps. After the seed project's
/// AE + RNN (pmarconep/ZTF_alert_8a: a convolutional autoencoder, a recurrent layer of 128 units), whose recurrent layer ended in classes;
/// the recurrent decoder is added here. There is no batch normalisation: what stands beyond a sequence's end would enter its
/// statistics, and a frozen encoder would go on changing.
/// </summary>
/// <param name="channels">Images of a stamp.</param>
/// <param name="width">Channels of the convolutions.</param>
/// <param name="code">Numbers of a stamp's code.</param>
/// <param name="hidden">Numbers of the recurrent layers' states.</param>
/// <param name="latent">Size of a sequence's latent.</param>
/// <param name="recurrent">gru or lstm.</param>
/// <param name="output">The last activation; which one fits is said at <see cref="StampVae"/>.</param>
/// <param name="initial">First weights of convolutions and linear layers; PyTorch's default where null.</param>
public sealed class RecurrentAutoencoder(
    int channels, int width, int code, int hidden, int latent, string recurrent, string output, InitialRule? initial = null)
{
    /// <summary>Side of the stamps it takes, in pixels.</summary>
    public const int Side = 21;
    private const int Middle = 11;
    private const int Small = 6;

    /// <summary>Names of the parameters that code and decode single stamps begin so; those of the recurrent part do not.</summary>
    public static bool IsOfStamps(string parameter) =>
        parameter.StartsWith("encoder.", StringComparison.Ordinal) || parameter.StartsWith("decoder.", StringComparison.Ordinal);

    /// <summary>The codes, (stamps, code), of stamps (stamps, 21, 21, channels).</summary>
    public Tensor EncodeStamps(Tensor stamps) => stamps
        .Conv("encoder.0", width, kernel: 3, stride: 1, padding: 1, initial).Activate<Relu>()
        .Conv("encoder.2", width, kernel: 3, stride: 2, padding: 1, initial).Activate<Relu>()
        .Conv("encoder.4", width, kernel: 3, stride: 1, padding: 1, initial).Activate<Relu>()
        .Conv("encoder.6", width, kernel: 3, stride: 2, padding: 1, initial).Activate<Relu>()
        .Linear("encoder.9", code, initial);

    /// <summary>Stamps (stamps, 21, 21, channels) of codes (stamps, code).</summary>
    public Tensor DecodeStamps(Tensor codes) => codes
        .Linear("decoder.0", new Shape(codes.Shape.Batch, Small, Small, width), initial).Activate<Relu>()
        .Conv("decoder.3", width, kernel: 3, stride: 1, padding: 1, initial).Activate<Relu>()
        .Upsample(Middle)
        .Conv("decoder.6", width, kernel: 3, stride: 1, padding: 1, initial).Activate<Relu>()
        .Upsample(Side)
        .Conv("decoder.9", width, kernel: 3, stride: 1, padding: 1, initial).Activate<Relu>()
        .Conv("decoder.11", channels, kernel: 3, stride: 1, padding: 1, initial).Activate(output);

    /// <summary>The latent of each sequence, (batch, latent).</summary>
    /// <param name="codes">(batch * steps, code); those beyond a sequence's end are not read.</param>
    /// <param name="gaps">(batch, steps, 1, 1).</param>
    /// <param name="lengths">(batch, 1).</param>
    /// <param name="features">(batch, steps, 1, features), or null.</param>
    public Tensor EncodeSequences(Tensor codes, Tensor gaps, Tensor lengths, Tensor? features)
    {
        var steps = codes.Reshape(gaps.Shape with { Channels = code });
        var read = features is null ? steps.Concatenate(gaps) : steps.Concatenate(gaps, features);
        return Recur(read, "encoder_rnn", lengths).Step(^1).Flatten().Linear("to_latent", latent, initial);
    }

    /// <summary>The code of each step, (batch * steps, code), of the sequences' latents.</summary>
    public Tensor DecodeSequences(Tensor latents, Tensor gaps)
    {
        var (batch, steps) = (gaps.Shape.Batch, gaps.Shape.Height);
        var repeated = latents.Reshape(new Shape(batch, 1, 1, latent)).Repeat(steps).Concatenate(gaps);
        return Recur(repeated, "decoder_rnn", lengths: null).Reshape(new Shape(batch * steps, hidden)).Linear("to_code", code, initial);
    }

    private Tensor Recur(Tensor steps, string name, Tensor? lengths) =>
        recurrent == "lstm" ? steps.Lstm(name, hidden, lengths) : steps.Gru(name, hidden, lengths);
}
