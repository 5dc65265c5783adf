using Estampa.Engine;

namespace Estampa.Models;

/// <summary>
/// The temporal stamp classifier (Neira et al. 2024, arXiv:2405.15073) of the first few alerts of an object: the layers of
/// <see cref="StampClassifier"/> on turned copies of each alert's stamps, their mean over the copies with the alert's own numbers and the
/// time gap, a layer over time, the object's static numbers, and three dense layers. The paper contradicts itself in four places. Chosen
/// here: the sizes of its table 4 (24, 12, 6, 2,304), which are those of a 21x21 crop with padding 3, by default (its text's 33x33 is a
/// setting of the recipe); two channels, as its text drops the difference image (three are a setting); all nine dynamic features of its
/// table 3 and the gap, where table 4 concatenates eight; fourteen static ones, where table 4 counts fifteen.
/// </summary>
/// <param name="classes">How many.</param>
/// <param name="recurrent">
/// The layer over time: gru, lstm, rnn, conv1d (windows of <paramref name="kernel"/> alerts) or tdnn (all at once).
/// </param>
/// <param name="hidden">Numbers of that layer.</param>
/// <param name="kernel">Alerts of a window of conv1d.</param>
/// <param name="dropout">Share of the dense layer that a training step drops.</param>
/// <param name="initial">First weights of convolutions and linear layers; PyTorch's default where null.</param>
public sealed class TemporalClassifier(
    int classes, string recurrent = "gru", int hidden = 72, int kernel = 2, float dropout = 0.5f, InitialRule? initial = null)
{
    private const int Width = 64;
    private readonly StampClassifier layers = new(classes, kernel: 5, dropout: 0f, initial: initial);

    /// <summary>What is known after the last alert, (batch, hidden); of conv1d the numbers of all windows side by side.</summary>
    /// <param name="copies">(batch * steps * turns, side, side, channels).</param>
    /// <param name="turns">Copies of a stamp.</param>
    /// <param name="dynamics">(batch, steps, 1, numbers): the alerts' own, or null.</param>
    /// <param name="gaps">(batch, steps, 1, 1).</param>
    public Tensor Encode(Tensor copies, int turns, Tensor? dynamics, Tensor gaps)
    {
        var seen = layers.Encode(copies, turns).Reshape(gaps.Shape with { Channels = Width });
        var steps = dynamics is null ? seen.Concatenate(gaps) : seen.Concatenate(dynamics.BatchNorm<Identity>("normalise_steps"), gaps);
        return recurrent switch
        {
            "gru" => steps.Gru("recurrent", hidden).Step(^1).Flatten(),
            "lstm" => steps.Lstm("recurrent", hidden).Step(^1).Flatten(),
            "rnn" => steps.Rnn<Tanh>("recurrent", hidden).Step(^1).Flatten(),
            "conv1d" => steps.Conv1D("recurrent", hidden, Math.Min(kernel, gaps.Shape.Height)).Activate<Relu>().Flatten(),
            "tdnn" => steps.Conv1D("recurrent", hidden, gaps.Shape.Height).Activate<Relu>().Flatten(),
            _ => throw new ArgumentException($"temporal-classifier: no layer over time '{recurrent}'"),
        };
    }

    /// <summary>The layer before the classes, (batch, 64), and the logits, (batch, classes).</summary>
    /// <param name="code">Of <see cref="Encode"/>.</param>
    /// <param name="statics">(batch, numbers): the object's own, or null.</param>
    public (Tensor Last, Tensor Logits) Classify(Tensor code, Tensor? statics)
    {
        var known = statics is null ? code : code.Concatenate(statics.BatchNorm<Identity>("normalise"));
        var last = known
            .Linear("head.0", Width, initial).Activate<Relu>().Dropout("head.2", dropout)
            .Linear("head.3", Width, initial).Activate<Relu>();
        return (last, last.Linear("head.5", classes, initial));
    }
}
