using Estampa.Engine;
using ILGPU;

namespace Estampa.Tests;

/// <summary>What the probe's kernels read and write.</summary>
public struct ProbeArguments
{
    public ArrayView<float> Input;
    public ArrayView<float> Weights;
    public ArrayView<float> Output;
    public ArrayView<float> Copy;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> InputGradient;
    public int Sample;
    public int Keep;
}

/// <summary>
/// Ends a case's graph: y[b] = sum over the sample of weight * x, so that every element of the op gets a gradient of its own. It also
/// copies the op's values to lasting memory, where they can be read although the plan gives their place away.
/// </summary>
internal sealed class Probe : Op
{
    private static readonly Kernel<ProbeArguments> ForwardKernel = new("probe.forward", Forward);
    private static readonly Kernel<ProbeArguments> BackwardKernel = new("probe.backward", Backward);

    public Probe(Tensor input, Tensor weights)
        : base("probe", new Shape(input.Shape.Batch, 1), input, weights)
    {
        Copy = new Scratch(input.Shape.Count, lasts: true);
    }

    public Scratch Copy { get; }

    public override void Forward(Recording recording) => recording.Launch(
        ForwardKernel,
        Arguments(recording) with
        {
            Input = recording.Value(Inputs[0]),
            Output = recording.Value(Output),
            Copy = recording.Scratch(Copy),
        },
        Output.Shape.Batch);

    public override void Backward(Recording recording)
    {
        var arguments = Arguments(recording) with { OutputGradient = recording.OutputGradient(Output) };
        arguments.InputGradient = recording.InputGradient(Inputs[0], out arguments.Keep);
        recording.Launch(BackwardKernel, arguments, Inputs[0].Shape.Count);
    }

    private ProbeArguments Arguments(Recording recording) => new()
    {
        Weights = recording.Value(Inputs[1]),
        Sample = Inputs[0].Shape.Sample,
    };

    private static void Forward(Index1D sample, ProbeArguments arguments)
    {
        var sum = 0f;
        for (var element = sample * arguments.Sample; element < (sample + 1) * arguments.Sample; element++)
        {
            sum += arguments.Weights[element] * arguments.Input[element];
            arguments.Copy[element] = arguments.Input[element];
        }

        arguments.Output[sample] = sum;
    }

    private static void Backward(Index1D index, ProbeArguments arguments)
    {
        var gradient = arguments.OutputGradient[index / arguments.Sample] * arguments.Weights[index];
        arguments.InputGradient[index] = arguments.Keep == 0 ? gradient : arguments.InputGradient[index] + gradient;
    }
}
