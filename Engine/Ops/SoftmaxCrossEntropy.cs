using ILGPU;
using ILGPU.Algorithms;

namespace Estampa.Engine;

/// <summary>What the kernels of the cross-entropy of classes read and write.</summary>
public struct SoftmaxCrossEntropyArguments
{
    /// <summary>(batch, classes).</summary>
    public ArrayView<float> Logits;

    /// <summary>A class number a sample, as a float.</summary>
    public ArrayView<float> Labels;

    /// <summary>A number a class.</summary>
    public ArrayView<float> ClassWeights;

    /// <summary>One number a sample.</summary>
    public ArrayView<float> Output;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> LogitsGradient;
    public int Batch;
    public int Classes;
    public float Smoothing;
    public float EntropyReward;
    public int Keep;
}

/// <summary>
/// The cross-entropy of class logits x and one label y a sample, less a reward for an undecided prediction: with log p = x - log sum exp x
/// and t[c] = w[c] ((1 - smoothing) [c = y] + smoothing / classes), it is
/// L = -sum over c of t[c] log p[c] + reward sum over c of p[c] log p[c].
/// t is PyTorch's label smoothing (Szegedy et al. 2016, arXiv:1512.00567); the last sum is minus the entropy of p, whose reward keeps
/// probabilities graded (Carrasco-Davis et al. 2021, arXiv:2008.03309: 0.5), and which class weights leave alone.
/// </summary>
public sealed class SoftmaxCrossEntropy : Op
{
    /// <summary>
    /// A gradient below this is written as zero: that of a sample the model is sure of. On its way back it would fall below 1.2e-38, where
    /// processors compute a hundred times more slowly; a step of the stamp classifier grew from 0.3 to 9 seconds by it.
    /// </summary>
    private const float Negligible = 1e-20f;

    internal static readonly Kernel<SoftmaxCrossEntropyArguments> ForwardKernel =
        new("softmaxCrossEntropy.forward", Forward, Rows(Forward));

    internal static readonly Kernel<SoftmaxCrossEntropyArguments> BackwardKernel =
        new("softmaxCrossEntropy.backward", Backward, Rows(Backward));

    /// <summary>The class weights, one behind the other in device memory.</summary>
    private readonly Dial[] classWeights;
    private readonly float smoothing;
    private readonly float entropyReward;

    internal SoftmaxCrossEntropy(Tensor logits, Tensor labels, float[] classWeights, float smoothing, float entropyReward)
        : base("softmaxCrossEntropy", labels.Shape, logits, labels)
    {
        this.classWeights = [.. classWeights.Select((weight, label) => logits.Graph.Dial($"weight of class {label}", weight))];
        this.smoothing = smoothing;
        this.entropyReward = entropyReward;
    }

    public override void Forward(Recording recording) =>
        recording.Launch(ForwardKernel, Arguments(recording) with { Output = recording.Value(Output) }, Output.Shape.Batch);

    public override void Backward(Recording recording)
    {
        var arguments = Arguments(recording) with { OutputGradient = recording.OutputGradient(Output) };
        arguments.LogitsGradient = recording.InputGradient(Inputs[0], out arguments.Keep);
        recording.Launch(BackwardKernel, arguments, Output.Shape.Batch);
    }

    private SoftmaxCrossEntropyArguments Arguments(Recording recording) => new()
    {
        Logits = recording.Value(Inputs[0]),
        Labels = recording.Value(Inputs[1]),
        ClassWeights = recording.Dials(classWeights),
        Batch = Output.Shape.Batch,
        Classes = classWeights.Length,
        Smoothing = smoothing,
        EntropyReward = entropyReward,
    };

    /// <summary>One call a sample.</summary>
    private static void Forward(Index1D sample, SoftmaxCrossEntropyArguments arguments)
    {
        var label = arguments.Labels[sample];
        var loss = 0f;
        if (!(label < 0f))
        {
            int first = sample * arguments.Classes;
            var largest = Largest(arguments, first);
            var logSum = LogSum(arguments, first, largest);
            for (var c = 0; c < arguments.Classes; c++)
            {
                var logProbability = arguments.Logits[first + c] - largest - logSum;
                loss += ((arguments.EntropyReward * XMath.Exp(logProbability)) - Target(arguments, label, c)) * logProbability;
            }
        }

        arguments.Output[sample] = IsClass(arguments, label) ? loss : float.NaN;
    }

    /// <summary>
    /// One call a sample: dL/dx[c] = p[c] sum over k of t[k] - t[c] + reward p[c] (log p[c] - sum over k of p[k] log p[k]).
    /// </summary>
    private static void Backward(Index1D sample, SoftmaxCrossEntropyArguments arguments)
    {
        var label = arguments.Labels[sample];
        int first = sample * arguments.Classes;
        var largest = Largest(arguments, first);
        var logSum = LogSum(arguments, first, largest);
        float targets = 0f, negentropy = 0f;
        for (var c = 0; c < arguments.Classes; c++)
        {
            var logProbability = arguments.Logits[first + c] - largest - logSum;
            targets += Target(arguments, label, c);
            negentropy += XMath.Exp(logProbability) * logProbability;
        }

        var above = IsClass(arguments, label) ? arguments.OutputGradient[sample] : float.NaN;
        for (var c = 0; c < arguments.Classes; c++)
        {
            var logProbability = arguments.Logits[first + c] - largest - logSum;
            var pull = targets + (arguments.EntropyReward * (logProbability - negentropy));
            var gradient = label < 0f ? 0f : above * ((XMath.Exp(logProbability) * pull) - Target(arguments, label, c));
            gradient = XMath.Abs(gradient) < Negligible ? 0f : gradient;
            arguments.LogitsGradient[first + c] = arguments.Keep == 0 ? gradient : arguments.LogitsGradient[first + c] + gradient;
        }
    }

    private static float Largest(SoftmaxCrossEntropyArguments arguments, int first)
    {
        var largest = arguments.Logits[first];
        for (var c = 1; c < arguments.Classes; c++)
        {
            largest = XMath.Max(largest, arguments.Logits[first + c]);
        }

        return largest;
    }

    /// <summary>log sum exp of a row less its largest logit, which is taken off first: nothing overflows, and little is rounded.</summary>
    private static float LogSum(SoftmaxCrossEntropyArguments arguments, int first, float largest)
    {
        var sum = 0f;
        for (var c = 0; c < arguments.Classes; c++)
        {
            sum += XMath.Exp(arguments.Logits[first + c] - largest);
        }

        return XMath.Log(sum);
    }

    private static float Target(SoftmaxCrossEntropyArguments arguments, float label, int c)
    {
        var share = arguments.Smoothing / arguments.Classes;
        return arguments.ClassWeights[c] * (label == c ? 1f - arguments.Smoothing + share : share);
    }

    /// <summary>Whether a label is ignored or a class: a whole number below the number of classes.</summary>
    private static bool IsClass(SoftmaxCrossEntropyArguments arguments, float label) =>
        label < 0f || (label < arguments.Classes && label == (int)label);

    /// <summary>Classes are few: the portable kernel, called directly, is the host route as well.</summary>
    private static HostRoute<SoftmaxCrossEntropyArguments> Rows(Action<Index1D, SoftmaxCrossEntropyArguments> kernel) =>
        HostRoute<SoftmaxCrossEntropyArguments>.Loop(kernel, arguments => arguments.Batch, grain: 64);
}

/// <summary>The call that compares class logits with labels.</summary>
public static class SoftmaxCrossEntropyCall
{
    /// <summary>Labels are floats, which know all whole numbers up to here.</summary>
    private const int MostClasses = 1 << 24;

    /// <summary>
    /// The cross-entropy of each sample, (batch, 1): PyTorch's <c>cross_entropy</c> with <c>reduction='none'</c>. <see cref="Loss"/> takes
    /// the plain mean over the batch, ignored samples counted as 0; PyTorch's <c>reduction='mean'</c> divides by the sum of the labels'
    /// weights instead, ignored ones left out. The two agree where all weights are 1 and nothing is ignored.
    /// </summary>
    /// <param name="logits">(batch, classes).</param>
    /// <param name="labels">
    /// (batch, 1), class numbers from 0 on, as floats. A negative one is ignored: its loss and gradient are 0. One that is no whole number
    /// below the number of classes gives NaN, which training refuses.
    /// </param>
    /// <param name="classWeights">A factor for each class, at least 0; all 1 where null.</param>
    /// <param name="labelSmoothing">Share of the label that is spread over all classes, in [0, 1].</param>
    /// <param name="entropyReward">Factor of the prediction's entropy (in nats), which is taken off the loss; at least 0.</param>
    /// <exception cref="ShapeException">The logits are no rows, or labels or weights do not fit them.</exception>
    /// <exception cref="ArgumentException">The labels would need a gradient, or a number is outside its range.</exception>
    public static Tensor SoftmaxCrossEntropy(
        this Tensor logits, Tensor labels, float[]? classWeights = null, float labelSmoothing = 0f, float entropyReward = 0f)
    {
        const string who = "SoftmaxCrossEntropy";
        SoftmaxCall.CheckRows(who, logits);
        var (wanted, classes) = (new Shape(logits.Shape.Batch, 1), logits.Shape.Channels);
        if (classes > MostClasses)
        {
            throw new ShapeException($"{who}: logits {logits.Shape} have more classes than a label can count, {MostClasses}");
        }

        classWeights ??= [.. Enumerable.Repeat(1f, classes)];
        if (labels.Shape != wanted || classWeights.Length != classes)
        {
            throw new ShapeException($"{who}: logits {logits.Shape} need labels {wanted} and {classes} class weights,"
                + $" got labels {labels.Shape} and {classWeights.Length} weights");
        }

        if (labels.IsDifferentiable)
        {
            throw new ArgumentException($"{who}: the labels '{labels.Name}' {labels.Shape} would need a gradient, and labels have none");
        }

        if (!classWeights.All(weight => weight >= 0f && float.IsFinite(weight)) || !(labelSmoothing is >= 0f and <= 1f)
            || !(entropyReward >= 0f && float.IsFinite(entropyReward)))
        {
            throw new ArgumentException($"{who} of {logits.Shape}: class weights and entropy reward must be finite and at least 0, label"
                + $" smoothing in [0, 1], got [{string.Join(", ", classWeights.Take(20))}{(classes > 20 ? ", ..." : "")}],"
                + $" {entropyReward} and {labelSmoothing}");
        }

        return logits.Graph.Whole($"{who} of {logits.Shape}", () =>
            new SoftmaxCrossEntropy(logits, labels, classWeights, labelSmoothing, entropyReward).Output);
    }
}
