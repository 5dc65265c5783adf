using System.Numerics.Tensors;
using ILGPU;

namespace Estampa.Engine;

/// <summary>What the mask's kernels read and write.</summary>
public struct MaskArguments
{
    /// <summary>The input, or the gradient of the output.</summary>
    public ArrayView<float> Input;

    /// <summary>(batch, 1): steps of each sequence.</summary>
    public ArrayView<float> Lengths;

    /// <summary>The output, or the gradient of the input.</summary>
    public ArrayView<float> Output;
    public int Batch;
    public int Steps;

    /// <summary>Numbers of a step.</summary>
    public int Row;
    public int Keep;
}

/// <summary>
/// Zeros behind the end of each sequence: a batch holds sequences of unequal length in the room of the longest. What stands behind an
/// end may be anything, even NaN, and gets no gradient.
/// </summary>
public sealed class Mask : Op
{
    internal static readonly Kernel<MaskArguments> ForwardKernel = new("mask.forward", Pass, Route());

    internal static readonly Kernel<MaskArguments> BackwardKernel = new("mask.backward", Pass, Route());

    internal Mask(Tensor input, Tensor lengths)
        : base($"mask of {input.Name}", input.Shape, input, lengths)
    {
    }

    public override void Forward(Recording recording)
    {
        var arguments = Arguments(recording) with { Input = recording.Value(Inputs[0]), Output = recording.Value(Output) };
        recording.Launch(ForwardKernel, arguments, Output.Shape.Count);
    }

    public override void Backward(Recording recording)
    {
        var arguments = Arguments(recording) with { Input = recording.OutputGradient(Output) };
        arguments.Output = recording.InputGradient(Inputs[0], out arguments.Keep);
        recording.Launch(BackwardKernel, arguments, Output.Shape.Count);
    }

    private MaskArguments Arguments(Recording recording) => new()
    {
        Lengths = recording.Value(Inputs[1]),
        Batch = Output.Shape.Batch,
        Steps = Output.Shape.Height,
        Row = Output.Shape.Width * Output.Shape.Channels,
    };

    private static void Pass(Index1D index, MaskArguments arguments)
    {
        int row = index / arguments.Row;
        var result = row % arguments.Steps < arguments.Lengths[row / arguments.Steps] ? arguments.Input[index] : 0f;
        arguments.Output[index] = arguments.Keep == 0 ? result : arguments.Output[index] + result;
    }

    private static ImageRoute<MaskArguments> Route() => new(arguments => arguments.Batch, PassHost);

    private static unsafe void PassHost(in MaskArguments arguments, in Slice slice)
    {
        var sequence = arguments.Steps * arguments.Row;
        var source = slice.FirstImage(arguments.Input, sequence);
        var target = slice.FirstImage(arguments.Output, sequence);
        var lengths = slice.FirstImage(arguments.Lengths, 1);
        for (var sample = 0; sample < slice.Count; sample++, source += sequence, target += sequence)
        {
            var length = (int)Math.Clamp(MathF.Ceiling(lengths[sample]), 0, arguments.Steps) * arguments.Row;
            var inside = new ReadOnlySpan<float>(source, length);
            var result = new Span<float>(target, sequence);
            if (arguments.Keep == 0)
            {
                inside.CopyTo(result);
                result[length..].Clear();
            }
            else
            {
                TensorPrimitives.Add(result[..length], inside, result[..length]);
            }
        }
    }
}

/// <summary>The call that adds a mask to a graph.</summary>
public static class MaskCall
{
    /// <summary>(batch, steps, width, channels) with zeros at all steps from a sequence's length on.</summary>
    /// <param name="input">Sequences.</param>
    /// <param name="lengths">How many steps each has, (batch, 1); no gradient flows to it.</param>
    /// <exception cref="ShapeException">Lengths are not one number a sequence.</exception>
    /// <exception cref="ArgumentException">Lengths ask for a gradient.</exception>
    public static Tensor Mask(this Tensor input, Tensor lengths)
    {
        if (lengths.Shape != new Shape(input.Shape.Batch, 1))
        {
            throw new ShapeException($"Mask: lengths {lengths.Shape} are not one number a sequence of '{input.Name}' {input.Shape}");
        }

        return lengths.IsDifferentiable
            ? throw new ArgumentException($"Mask: lengths '{lengths.Name}' {lengths.Shape} would need a gradient, and have none")
            : new Mask(input, lengths).Output;
    }
}
