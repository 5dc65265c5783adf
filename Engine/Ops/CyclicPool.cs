using System.Numerics.Tensors;
using ILGPU;

namespace Estampa.Engine;

/// <summary>What the kernels of cyclic pooling read and write.</summary>
public struct CyclicPoolArguments
{
    public ArrayView<float> Input;
    public ArrayView<float> Output;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> InputGradient;

    /// <summary>Samples of the output.</summary>
    public int Batch;

    /// <summary>Samples of the input for one of the output.</summary>
    public int Turns;

    /// <summary>Elements of a sample.</summary>
    public int Sample;
    public int Keep;
}

/// <summary>
/// The mean over the turned copies of an image, which follow each other in the batch (cyclic pooling; Dieleman, De Fauw and Kavukcuoglu
/// 2016, arXiv:1602.02660): y[b] = (x[b turns] + ... + x[b turns + turns - 1]) / turns.
/// </summary>
public sealed class CyclicPool : Op
{
    // No image routes: a chain cuts all its tensors at the same images, and here the input has more of them than the output.
    internal static readonly Kernel<CyclicPoolArguments> ForwardKernel = new(
        "cyclicPool.forward", Forward, new HostRoute<CyclicPoolArguments>(arguments => arguments.Batch, 16, ForwardHost));

    internal static readonly Kernel<CyclicPoolArguments> BackwardKernel = new(
        "cyclicPool.backward", Backward, new HostRoute<CyclicPoolArguments>(arguments => arguments.Batch, 16, BackwardHost));

    internal CyclicPool(Tensor input, Shape output)
        : base($"cyclic pool of {input.Name}", output, input)
    {
    }

    public override void Forward(Recording recording)
    {
        var arguments = Sizes() with { Input = recording.Value(Inputs[0]), Output = recording.Value(Output) };
        recording.Launch(ForwardKernel, arguments, Output.Shape.Count);
    }

    public override void Backward(Recording recording)
    {
        var arguments = Sizes() with { OutputGradient = recording.OutputGradient(Output) };
        arguments.InputGradient = recording.InputGradient(Inputs[0], out arguments.Keep);
        recording.Launch(BackwardKernel, arguments, Inputs[0].Shape.Count);
    }

    private CyclicPoolArguments Sizes() => new()
    {
        Batch = Output.Shape.Batch,
        Turns = Inputs[0].Shape.Batch / Output.Shape.Batch,
        Sample = Output.Shape.Sample,
    };

    private static void Forward(Index1D index, CyclicPoolArguments arguments)
    {
        int sample = index / arguments.Sample, element = index % arguments.Sample;
        var sum = 0f;
        for (var turn = 0; turn < arguments.Turns; turn++)
        {
            sum += arguments.Input[(((sample * arguments.Turns) + turn) * arguments.Sample) + element];
        }

        arguments.Output[index] = sum / arguments.Turns;
    }

    private static void Backward(Index1D index, CyclicPoolArguments arguments)
    {
        int sample = index / arguments.Sample / arguments.Turns, element = index % arguments.Sample;
        var gradient = arguments.OutputGradient[(sample * arguments.Sample) + element] / arguments.Turns;
        arguments.InputGradient[index] = arguments.Keep == 0 ? gradient : arguments.InputGradient[index] + gradient;
    }

    private static unsafe void ForwardHost(in CyclicPoolArguments arguments, int first, int end)
    {
        var source = HostMemory.Address(arguments.Input) + ((nint)first * arguments.Turns * arguments.Sample);
        for (var sample = first; sample < end; sample++)
        {
            var mean = new Span<float>(HostMemory.Address(arguments.Output) + ((nint)sample * arguments.Sample), arguments.Sample);
            mean.Clear();
            for (var turn = 0; turn < arguments.Turns; turn++, source += arguments.Sample)
            {
                TensorPrimitives.Add(mean, new ReadOnlySpan<float>(source, arguments.Sample), mean);
            }

            TensorPrimitives.Divide(mean, arguments.Turns, mean);
        }
    }

    private static unsafe void BackwardHost(in CyclicPoolArguments arguments, int first, int end)
    {
        var target = HostMemory.Address(arguments.InputGradient) + ((nint)first * arguments.Turns * arguments.Sample);
        for (var sample = first; sample < end; sample++)
        {
            var source = HostMemory.Address(arguments.OutputGradient) + ((nint)sample * arguments.Sample);
            var gradients = new ReadOnlySpan<float>(source, arguments.Sample);
            for (var turn = 0; turn < arguments.Turns; turn++, target += arguments.Sample)
            {
                var sums = new Span<float>(target, arguments.Sample);
                if (arguments.Keep == 0)
                {
                    TensorPrimitives.Divide(gradients, arguments.Turns, sums);
                }
                else
                {
                    TensorPrimitives.MultiplyAdd(gradients, 1f / arguments.Turns, sums, sums);
                }
            }
        }
    }
}

/// <summary>The call that adds cyclic pooling to a graph.</summary>
public static class CyclicPoolCall
{
    /// <summary>The mean over every <paramref name="turns"/> samples that follow each other: the batch becomes batch / turns.</summary>
    /// <exception cref="ShapeException">The batch is no multiple of the turns, or there are none.</exception>
    public static Tensor CyclicPool(this Tensor input, int turns = 4)
    {
        if (turns < 1 || input.Shape.Batch % turns != 0)
        {
            throw new ShapeException($"CyclicPool: the batch of '{input.Name}' {input.Shape} must be a multiple of its turns, {turns}");
        }

        return new CyclicPool(input, input.Shape with { Batch = input.Shape.Batch / turns }).Output;
    }
}
