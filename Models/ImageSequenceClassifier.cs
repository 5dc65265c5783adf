using Estampa.Engine;

namespace Estampa.Models;

/// <summary>
/// The recurrent convolutional network for sequences of science images (Carrasco-Davis et al. 2019, arXiv:1807.03869): each image with
/// the two before it as channels, six 3x3 convolutions with two poolings (21 -> 11 -> 6 pixels), a dense layer, an LSTM that also reads
/// the time gap, and the classes at every step. Where it departs from the paper: batch normalisation instead of batch renormalisation
/// (a mini-batch has thousands of images here, where the two differ little), and poolings of 3x3 pixels at stride 2, because windows of
/// 2x2 do not give the paper's 11 and 6. The images behind a sequence's end, zeros in every set, enter the batch statistics too; nothing
/// else reads them.
/// </summary>
/// <param name="classes">How many.</param>
/// <param name="stack">
/// Consecutive images that a step sees as channels; the paper's is 3. With 1 what changes is left to the recurrent layer, and the classes
/// are learnt in fewer epochs.
/// </param>
/// <param name="width">Channels of the convolutions; the paper's is 64.</param>
/// <param name="dense">Numbers of the dense layer; the paper's is 1,024.</param>
/// <param name="hidden">Numbers of the recurrent layer's state; the paper's is 512.</param>
/// <param name="recurrent">lstm, as the paper's, or gru, which learns in fewer epochs.</param>
/// <param name="normalised">Whether convolutions are batch-normalised, as the paper's are.</param>
/// <param name="pooling">max, as the paper's, or average, which keeps fluxes linear.</param>
/// <param name="dropout">Share of the dense layer that a training step drops.</param>
/// <param name="initial">First weights of convolutions and linear layers; PyTorch's default where null.</param>
public sealed class ImageSequenceClassifier(
    int classes, int stack = 3, int width = 64, int dense = 1024, int hidden = 512, string recurrent = "lstm", bool normalised = true,
    string pooling = "max", float dropout = 0.5f, InitialRule? initial = null)
{
    /// <summary>Side of the images it takes, in pixels.</summary>
    public const int Side = 21;

    /// <summary>The state after each step, (batch, steps, 1, hidden).</summary>
    /// <param name="images">(batch * steps, 21, 21, 1).</param>
    /// <param name="gaps">(batch, steps, 1, 1).</param>
    /// <param name="lengths">Steps of each sequence, (batch, 1).</param>
    public Tensor Encode(Tensor images, Tensor gaps, Tensor lengths)
    {
        int batch = gaps.Shape.Batch, steps = gaps.Shape.Height;
        var stacks = images.Reshape(new Shape(batch, steps, Side * Side, 1)).Unfold(stack, padding: stack - 1)
            .Reshape(new Shape(batch * steps, Side, Side, stack));
        var maps = Pool(Convolve(Convolve(Convolve(stacks, 0), 3), 6));
        maps = Pool(Convolve(Convolve(Convolve(maps, 10), 13), 16));
        var seen = maps.Linear("dense", dense, initial).Activate<Relu>().Dropout("dropout", dropout);
        var dated = seen.Reshape(new Shape(batch, steps, 1, dense)).Concatenate(gaps);
        return recurrent == "lstm" ? dated.Lstm("lstm", hidden, lengths) : dated.Gru("gru", hidden, lengths);
    }

    /// <summary>The classes' logits at each step, (batch * steps, classes), of the states.</summary>
    public Tensor Classify(Tensor states) =>
        states.Reshape(new Shape(states.Shape.Pixels, hidden)).Linear("head", classes, initial);

    private Tensor Pool(Tensor maps) =>
        pooling == "max" ? maps.MaxPool(3, stride: 2, padding: 1) : maps.AveragePool(3, stride: 2, padding: 1);

    private Tensor Convolve(Tensor maps, int layer)
    {
        var convolved = maps.Conv($"encoder.{layer}", width, kernel: 3, stride: 1, padding: 1, initial);
        return normalised ? convolved.BatchNorm<Relu>($"encoder.{layer + 1}") : convolved.Activate<Relu>();
    }
}
