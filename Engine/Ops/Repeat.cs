using System.Numerics.Tensors;
using ILGPU;

namespace Estampa.Engine;

/// <summary>What the kernels of repetition read and write.</summary>
public struct RepeatArguments
{
    public ArrayView<float> Input;
    public ArrayView<float> Output;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> InputGradient;
    public int Batch;
    public int Steps;

    /// <summary>Numbers of a step.</summary>
    public int Row;
    public int Keep;
}

/// <summary>The same numbers at every step of a sequence: what a recurrent decoder reads of one latent vector.</summary>
public sealed class Repeat : Op
{
    internal static readonly Kernel<RepeatArguments> ForwardKernel = new(
        "repeat.forward", Forward, new ImageRoute<RepeatArguments>(arguments => arguments.Batch, ForwardHost));

    internal static readonly Kernel<RepeatArguments> BackwardKernel = new(
        "repeat.backward", Backward, new ImageRoute<RepeatArguments>(arguments => arguments.Batch, BackwardHost));

    internal Repeat(Tensor input, Shape output)
        : base($"repetition of {input.Name}", output, input)
    {
    }

    public override bool CanRemake => true;

    public override void Forward(Recording recording)
    {
        var arguments = Sizes() with { Input = recording.Value(Inputs[0]), Output = recording.Value(Output) };
        recording.Launch(ForwardKernel, arguments, Output.Shape.Count);
    }

    public override void Remake(Recording recording) => Forward(recording);

    public override void Backward(Recording recording)
    {
        var arguments = Sizes() with { OutputGradient = recording.OutputGradient(Output) };
        arguments.InputGradient = recording.InputGradient(Inputs[0], out arguments.Keep);
        recording.Launch(BackwardKernel, arguments, Inputs[0].Shape.Count);
    }

    private RepeatArguments Sizes() => new()
    {
        Batch = Output.Shape.Batch,
        Steps = Output.Shape.Height,
        Row = Inputs[0].Shape.Sample,
    };

    private static void Forward(Index1D index, RepeatArguments arguments)
    {
        int sample = index / (arguments.Steps * arguments.Row), element = index % arguments.Row;
        arguments.Output[index] = arguments.Input[(sample * arguments.Row) + element];
    }

    private static void Backward(Index1D index, RepeatArguments arguments)
    {
        int first = (index / arguments.Row * arguments.Steps * arguments.Row) + (index % arguments.Row);
        var sum = arguments.Keep == 0 ? 0f : arguments.InputGradient[index];
        for (var step = 0; step < arguments.Steps; step++)
        {
            sum += arguments.OutputGradient[first + (step * arguments.Row)];
        }

        arguments.InputGradient[index] = sum;
    }

    private static unsafe void ForwardHost(in RepeatArguments arguments, in Slice slice)
    {
        var source = slice.FirstImage(arguments.Input, arguments.Row);
        var target = slice.FirstImage(arguments.Output, arguments.Steps * arguments.Row);
        for (var row = 0; row < slice.Count * arguments.Steps; row++, target += arguments.Row)
        {
            new ReadOnlySpan<float>(source + ((nint)(row / arguments.Steps) * arguments.Row), arguments.Row)
                .CopyTo(new Span<float>(target, arguments.Row));
        }
    }

    private static unsafe void BackwardHost(in RepeatArguments arguments, in Slice slice)
    {
        var source = slice.FirstImage(arguments.OutputGradient, arguments.Steps * arguments.Row);
        var target = slice.FirstImage(arguments.InputGradient, arguments.Row);
        for (var sample = 0; sample < slice.Count; sample++, target += arguments.Row)
        {
            var sums = new Span<float>(target, arguments.Row);
            if (arguments.Keep == 0)
            {
                sums.Clear();
            }

            for (var step = 0; step < arguments.Steps; step++, source += arguments.Row)
            {
                TensorPrimitives.Add(sums, new ReadOnlySpan<float>(source, arguments.Row), sums);
            }
        }
    }
}

/// <summary>The call that adds a repetition to a graph.</summary>
public static class RepeatCall
{
    /// <summary>The same numbers at every step: (batch, 1, width, channels) becomes (batch, steps, width, channels).</summary>
    /// <exception cref="ShapeException">The input has more than one step already, there are no steps, or they are too many.</exception>
    public static Tensor Repeat(this Tensor input, int steps)
    {
        if (input.Shape.Height != 1)
        {
            throw new ShapeException($"Repeat: '{input.Name}' {input.Shape} is not (batch, 1, width, channels)");
        }

        return new Repeat(input, (input.Shape with { Height = steps }).Checked($"Repeat of '{input.Name}' {input.Shape}")).Output;
    }
}
