using ILGPU;
using ILGPU.Algorithms;

namespace Estampa.Engine;

/// <summary>What the softmax's kernels read and write; all are (batch, classes).</summary>
public struct SoftmaxArguments
{
    public ArrayView<float> Logits;
    public ArrayView<float> Output;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> LogitsGradient;
    public int Batch;
    public int Classes;
    public int Keep;
}

/// <summary>
/// Probabilities from logits, p[c] = exp(x[c]) / sum over k of exp(x[k]) in each row. To train, take
/// <see cref="SoftmaxCrossEntropyCall.SoftmaxCrossEntropy"/>, which never rounds a probability to 0.
/// </summary>
public sealed class Softmax : Op
{
    internal static readonly Kernel<SoftmaxArguments> ForwardKernel = new("softmax.forward", Forward, Rows(Forward));

    internal static readonly Kernel<SoftmaxArguments> BackwardKernel = new("softmax.backward", Backward, Rows(Backward));

    internal Softmax(Tensor logits)
        : base($"softmax of {logits.Name}", logits.Shape, logits)
    {
    }

    public override void Forward(Recording recording) => recording.Launch(
        ForwardKernel,
        Arguments() with { Logits = recording.Value(Inputs[0]), Output = recording.Value(Output) },
        Output.Shape.Batch);

    public override void Backward(Recording recording)
    {
        var arguments = Arguments() with
        {
            Output = recording.Value(Output),
            OutputGradient = recording.OutputGradient(Output),
        };
        arguments.LogitsGradient = recording.InputGradient(Inputs[0], out arguments.Keep);
        recording.Launch(BackwardKernel, arguments, Output.Shape.Batch);
    }

    private SoftmaxArguments Arguments() => new() { Batch = Output.Shape.Batch, Classes = Output.Shape.Channels };

    /// <summary>One call a row; the largest logit is taken off first, so that no exponential is above 1.</summary>
    private static void Forward(Index1D row, SoftmaxArguments arguments)
    {
        int first = row * arguments.Classes, end = first + arguments.Classes;
        var largest = arguments.Logits[first];
        for (var element = first + 1; element < end; element++)
        {
            largest = XMath.Max(largest, arguments.Logits[element]);
        }

        var sum = 0f;
        for (var element = first; element < end; element++)
        {
            var share = XMath.Exp(arguments.Logits[element] - largest);
            arguments.Output[element] = share;
            sum += share;
        }

        for (var element = first; element < end; element++)
        {
            arguments.Output[element] = arguments.Output[element] / sum;
        }
    }

    /// <summary>One call a row: dx[c] = p[c] (g[c] - sum over k of g[k] p[k]).</summary>
    private static void Backward(Index1D row, SoftmaxArguments arguments)
    {
        int first = row * arguments.Classes, end = first + arguments.Classes;
        var mean = 0f;
        for (var element = first; element < end; element++)
        {
            mean += arguments.OutputGradient[element] * arguments.Output[element];
        }

        for (var element = first; element < end; element++)
        {
            var gradient = arguments.Output[element] * (arguments.OutputGradient[element] - mean);
            arguments.LogitsGradient[element] = arguments.Keep == 0 ? gradient : arguments.LogitsGradient[element] + gradient;
        }
    }

    /// <summary>Classes are few: the portable kernel, called directly, is the host route as well.</summary>
    private static HostRoute<SoftmaxArguments> Rows(Action<Index1D, SoftmaxArguments> kernel) =>
        HostRoute<SoftmaxArguments>.Loop(kernel, arguments => arguments.Batch, grain: 64);
}

/// <summary>The call that adds a softmax to a graph.</summary>
public static class SoftmaxCall
{
    /// <summary>The probabilities of each row's classes: (batch, classes) to (batch, classes).</summary>
    /// <exception cref="ShapeException">The logits are no rows.</exception>
    public static Tensor Softmax(this Tensor logits)
    {
        CheckRows("Softmax", logits);
        return new Softmax(logits).Output;
    }

    internal static void CheckRows(string who, Tensor logits)
    {
        if (logits.Shape.Height != 1 || logits.Shape.Width != 1)
        {
            throw new ShapeException($"{who}: the logits must be (batch, classes), got {logits.Shape}");
        }
    }
}
