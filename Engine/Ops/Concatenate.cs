using ILGPU;

namespace Estampa.Engine;

/// <summary>What the kernels of concatenation read and write: one input and its channels of the output.</summary>
public struct ConcatenateArguments
{
    public ArrayView<float> Input;
    public ArrayView<float> Output;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> InputGradient;
    public int Batch;

    /// <summary>Pixels of an image.</summary>
    public int Pixels;
    public int Channels;
    public int OutputChannels;

    /// <summary>The input's first channel in the output.</summary>
    public int Offset;
    public int Keep;
}

/// <summary>Tensors side by side along their channels; a launch for each.</summary>
public sealed class Concatenate : Op
{
    internal static readonly Kernel<ConcatenateArguments> ForwardKernel = new(
        "concatenate.forward", Forward, new ImageRoute<ConcatenateArguments>(arguments => arguments.Batch, ForwardHost));

    internal static readonly Kernel<ConcatenateArguments> BackwardKernel = new(
        "concatenate.backward", Backward, new ImageRoute<ConcatenateArguments>(arguments => arguments.Batch, BackwardHost));

    internal Concatenate(Tensor[] inputs, Shape output)
        : base($"concatenation of {string.Join(", ", inputs.Select(input => input.Name))}", output, inputs)
    {
    }

    public override bool CanRemake => true;

    public override void Forward(Recording recording)
    {
        foreach (var (input, offset) in Places())
        {
            var arguments = Sizes(input, offset) with { Input = recording.Value(input), Output = recording.Value(Output) };
            recording.Launch(ForwardKernel, arguments, input.Shape.Count);
        }
    }

    public override void Remake(Recording recording) => Forward(recording);

    public override void Backward(Recording recording)
    {
        foreach (var (input, offset) in Places().Where(place => place.Input.IsDifferentiable))
        {
            var arguments = Sizes(input, offset) with { OutputGradient = recording.OutputGradient(Output) };
            arguments.InputGradient = recording.InputGradient(input, out arguments.Keep);
            recording.Launch(BackwardKernel, arguments, input.Shape.Count);
        }
    }

    private IEnumerable<(Tensor Input, int Offset)> Places()
    {
        var offset = 0;
        foreach (var input in Inputs)
        {
            yield return (input, offset);
            offset += input.Shape.Channels;
        }
    }

    private ConcatenateArguments Sizes(Tensor input, int offset) => new()
    {
        Batch = input.Shape.Batch,
        Pixels = input.Shape.Height * input.Shape.Width,
        Channels = input.Shape.Channels,
        OutputChannels = Output.Shape.Channels,
        Offset = offset,
    };

    private static void Forward(Index1D index, ConcatenateArguments arguments)
    {
        int pixel = index / arguments.Channels, channel = index % arguments.Channels;
        arguments.Output[(pixel * arguments.OutputChannels) + arguments.Offset + channel] = arguments.Input[index];
    }

    private static void Backward(Index1D index, ConcatenateArguments arguments)
    {
        int pixel = index / arguments.Channels, channel = index % arguments.Channels;
        var gradient = arguments.OutputGradient[(pixel * arguments.OutputChannels) + arguments.Offset + channel];
        arguments.InputGradient[index] = arguments.Keep == 0 ? gradient : arguments.InputGradient[index] + gradient;
    }

    private static unsafe void ForwardHost(in ConcatenateArguments arguments, in Slice slice)
    {
        var input = slice.FirstImage(arguments.Input, arguments.Pixels * arguments.Channels);
        var target = slice.FirstImage(arguments.Output, arguments.Pixels * arguments.OutputChannels) + arguments.Offset;
        for (var pixel = 0; pixel < slice.Count * arguments.Pixels; pixel++)
        {
            new ReadOnlySpan<float>(input, arguments.Channels).CopyTo(new Span<float>(target, arguments.Channels));
            input += arguments.Channels;
            target += arguments.OutputChannels;
        }
    }

    private static unsafe void BackwardHost(in ConcatenateArguments arguments, in Slice slice)
    {
        var target = slice.FirstImage(arguments.InputGradient, arguments.Pixels * arguments.Channels);
        var source = slice.FirstImage(arguments.OutputGradient, arguments.Pixels * arguments.OutputChannels) + arguments.Offset;
        for (var pixel = 0; pixel < slice.Count * arguments.Pixels; pixel++)
        {
            var gradients = new ReadOnlySpan<float>(source, arguments.Channels);
            var sums = new Span<float>(target, arguments.Channels);
            if (arguments.Keep == 0)
            {
                gradients.CopyTo(sums);
            }
            else
            {
                System.Numerics.Tensors.TensorPrimitives.Add(sums, gradients, sums);
            }

            target += arguments.Channels;
            source += arguments.OutputChannels;
        }
    }
}

/// <summary>The call that adds a concatenation to a graph.</summary>
public static class ConcatenateCall
{
    /// <summary>
    /// This tensor's channels, then those of the others in order: (batch, height, width, sum of channels). Rows are (batch, channels).
    /// </summary>
    /// <exception cref="ShapeException">There are no others, a batch, height or width is another, or the result is too large.</exception>
    public static Tensor Concatenate(this Tensor first, params Tensor[] others)
    {
        if (others.Length == 0)
        {
            throw new ShapeException($"Concatenate: '{first.Name}' {first.Shape} alone; it takes two tensors or more");
        }

        foreach (var other in others)
        {
            if (other.Shape with { Channels = first.Shape.Channels } != first.Shape)
            {
                throw new ShapeException($"Concatenate: '{first.Name}' is {first.Shape}, '{other.Name}' is {other.Shape};"
                    + " they may differ in channels only");
            }
        }

        Tensor[] inputs = [first, .. others];
        var count = inputs.Sum(input => (long)input.Shape.Count);
        if (count > int.MaxValue)
        {
            throw new ShapeException(
                $"Concatenate: {inputs.Length} tensors as '{first.Name}' {first.Shape} have more than 2^31 - 1 elements");
        }

        return new Concatenate(inputs, first.Shape with { Channels = inputs.Sum(input => input.Shape.Channels) }).Output;
    }
}
