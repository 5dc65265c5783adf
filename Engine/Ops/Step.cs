using System.Numerics.Tensors;
using ILGPU;

namespace Estampa.Engine;

/// <summary>What the kernels of a step read and write.</summary>
public struct StepArguments
{
    public ArrayView<float> Input;
    public ArrayView<float> Output;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> InputGradient;
    public int Batch;
    public int Steps;

    /// <summary>Which step, from 0.</summary>
    public int Place;

    /// <summary>Numbers of a step.</summary>
    public int Row;
    public int Keep;
}

/// <summary>One step of every sequence: the last state of a recurrent layer, say.</summary>
public sealed class Step : Op
{
    internal static readonly Kernel<StepArguments> ForwardKernel = new(
        "step.forward", Forward, new ImageRoute<StepArguments>(arguments => arguments.Batch, ForwardHost));

    internal static readonly Kernel<StepArguments> BackwardKernel = new(
        "step.backward", Backward, new ImageRoute<StepArguments>(arguments => arguments.Batch, BackwardHost));

    private readonly int place;

    internal Step(Tensor input, int place)
        : base($"step {place} of {input.Name}", input.Shape with { Height = 1 }, input)
    {
        this.place = place;
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

    private StepArguments Sizes() => new()
    {
        Batch = Output.Shape.Batch,
        Steps = Inputs[0].Shape.Height,
        Place = place,
        Row = Output.Shape.Sample,
    };

    private static void Forward(Index1D index, StepArguments arguments)
    {
        int sample = index / arguments.Row, element = index % arguments.Row;
        arguments.Output[index] = arguments.Input[(((sample * arguments.Steps) + arguments.Place) * arguments.Row) + element];
    }

    /// <summary>The other steps get zeros, unless another op has written a gradient there.</summary>
    private static void Backward(Index1D index, StepArguments arguments)
    {
        int row = index / arguments.Row, element = index % arguments.Row;
        var gradient = arguments.Keep == 0 ? 0f : arguments.InputGradient[index];
        if (row % arguments.Steps == arguments.Place)
        {
            gradient += arguments.OutputGradient[(row / arguments.Steps * arguments.Row) + element];
        }

        arguments.InputGradient[index] = gradient;
    }

    private static unsafe void ForwardHost(in StepArguments arguments, in Slice slice)
    {
        var sequence = arguments.Steps * arguments.Row;
        var source = slice.FirstImage(arguments.Input, sequence) + ((nint)arguments.Place * arguments.Row);
        var target = slice.FirstImage(arguments.Output, arguments.Row);
        for (var sample = 0; sample < slice.Count; sample++, source += sequence, target += arguments.Row)
        {
            new ReadOnlySpan<float>(source, arguments.Row).CopyTo(new Span<float>(target, arguments.Row));
        }
    }

    private static unsafe void BackwardHost(in StepArguments arguments, in Slice slice)
    {
        var sequence = arguments.Steps * arguments.Row;
        var source = slice.FirstImage(arguments.OutputGradient, arguments.Row);
        var target = slice.FirstImage(arguments.InputGradient, sequence);
        if (arguments.Keep == 0)
        {
            new Span<float>(target, slice.Count * sequence).Clear();
        }

        target += (nint)arguments.Place * arguments.Row;
        for (var sample = 0; sample < slice.Count; sample++, source += arguments.Row, target += sequence)
        {
            var sums = new Span<float>(target, arguments.Row);
            TensorPrimitives.Add(sums, new ReadOnlySpan<float>(source, arguments.Row), sums);
        }
    }
}

/// <summary>The call that takes a step out of sequences.</summary>
public static class StepCall
{
    /// <summary>
    /// One step of every sequence, <c>states.Step(^1)</c> the last: (batch, steps, width, channels) becomes (batch, 1, width, channels).
    /// </summary>
    /// <exception cref="ShapeException">The sequences have no such step.</exception>
    public static Tensor Step(this Tensor input, Index index)
    {
        var place = index.GetOffset(input.Shape.Height);
        if (place < 0 || place >= input.Shape.Height)
        {
            throw new ShapeException($"Step: '{input.Name}' {input.Shape} has {input.Shape.Height} steps, and none at {index}");
        }

        return new Step(input, place).Output;
    }
}
