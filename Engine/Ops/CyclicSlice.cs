using ILGPU;

namespace Estampa.Engine;

/// <summary>What the kernels of cyclic slicing read and write.</summary>
public struct CyclicSliceArguments
{
    public ArrayView<float> Input;
    public ArrayView<float> Output;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> InputGradient;

    /// <summary>Images of the input.</summary>
    public int Batch;

    /// <summary>Height and width.</summary>
    public int Side;
    public int Channels;
    public int Keep;
}

/// <summary>
/// Each image turned counter-clockwise by 0, 90, 180 and 270 degrees (cyclic slicing; Dieleman, De Fauw and Kavukcuoglu 2016,
/// arXiv:1602.02660): sample 4 b + t of the output is numpy.rot90 of image b, t times. <see cref="CyclicPool"/> is what ends it.
/// </summary>
public sealed class CyclicSlice : Op
{
    internal const int Turns = 4;

    // No image routes: a chain cuts all its tensors at the same images, and here the output has more of them than the input.
    internal static readonly Kernel<CyclicSliceArguments> ForwardKernel = new(
        "cyclicSlice.forward", Forward, new HostRoute<CyclicSliceArguments>(arguments => arguments.Batch, 4, ForwardHost));

    internal static readonly Kernel<CyclicSliceArguments> BackwardKernel = new(
        "cyclicSlice.backward", Backward, new HostRoute<CyclicSliceArguments>(arguments => arguments.Batch, 4, BackwardHost));

    internal CyclicSlice(Tensor input, Shape output)
        : base($"turns of {input.Name}", output, input)
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

    private CyclicSliceArguments Sizes() => new()
    {
        Batch = Inputs[0].Shape.Batch,
        Side = Inputs[0].Shape.Height,
        Channels = Inputs[0].Shape.Channels,
    };

    /// <summary>Which pixel of an image its turned copy shows at (row, column).</summary>
    internal static int Source(int turn, int row, int column, int side)
    {
        var last = side - 1;
        return turn == 0 ? (row * side) + column
            : turn == 1 ? (column * side) + last - row
            : turn == 2 ? ((last - row) * side) + last - column
            : ((last - column) * side) + row;
    }

    private static void Forward(Index1D index, CyclicSliceArguments arguments)
    {
        int side = arguments.Side, channel = index % arguments.Channels;
        int pixel = index / arguments.Channels;
        int copy = pixel / (side * side);
        var source = Source(copy % Turns, pixel / side % side, pixel % side, side);
        arguments.Output[index] =
            arguments.Input[(((copy / Turns * side * side) + source) * arguments.Channels) + channel];
    }

    /// <summary>Turned by t, a pixel stands where the copy turned by 4 - t shows it.</summary>
    private static void Backward(Index1D index, CyclicSliceArguments arguments)
    {
        int side = arguments.Side, channel = index % arguments.Channels;
        int pixel = index / arguments.Channels;
        int image = pixel / (side * side);
        var sum = 0f;
        for (var turn = 0; turn < Turns; turn++)
        {
            var place = Source((Turns - turn) % Turns, pixel / side % side, pixel % side, side);
            sum += arguments.OutputGradient[(((((image * Turns) + turn) * side * side) + place) * arguments.Channels) + channel];
        }

        arguments.InputGradient[index] = arguments.Keep == 0 ? sum : arguments.InputGradient[index] + sum;
    }

    private static unsafe void ForwardHost(in CyclicSliceArguments arguments, int first, int end)
    {
        int side = arguments.Side, channels = arguments.Channels, pixels = side * side;
        for (var copy = first * Turns; copy < end * Turns; copy++)
        {
            var image = HostMemory.Address(arguments.Input) + ((nint)(copy / Turns) * pixels * channels);
            var target = HostMemory.Address(arguments.Output) + ((nint)copy * pixels * channels);
            for (var row = 0; row < side; row++)
            {
                for (var column = 0; column < side; column++)
                {
                    var source = image + (Source(copy % Turns, row, column, side) * channels);
                    for (var channel = 0; channel < channels; channel++)
                    {
                        *target++ = source[channel];
                    }
                }
            }
        }
    }

    private static unsafe void BackwardHost(in CyclicSliceArguments arguments, int first, int end)
    {
        int side = arguments.Side, channels = arguments.Channels, pixels = side * side;
        for (var image = first; image < end; image++)
        {
            var gradients = HostMemory.Address(arguments.OutputGradient) + ((nint)image * Turns * pixels * channels);
            var target = HostMemory.Address(arguments.InputGradient) + ((nint)image * pixels * channels);
            for (var row = 0; row < side; row++)
            {
                for (var column = 0; column < side; column++)
                {
                    var once = gradients + ((pixels + Source(3, row, column, side)) * channels);
                    var twice = gradients + (((2 * pixels) + Source(2, row, column, side)) * channels);
                    var thrice = gradients + (((3 * pixels) + Source(1, row, column, side)) * channels);
                    var place = ((row * side) + column) * channels;
                    for (var channel = 0; channel < channels; channel++, place++)
                    {
                        var sum = gradients[place] + once[channel] + twice[channel] + thrice[channel];
                        target[place] = arguments.Keep == 0 ? sum : target[place] + sum;
                    }
                }
            }
        }
    }
}

/// <summary>The call that adds the turned copies of images to a graph.</summary>
public static class CyclicSliceCall
{
    /// <summary>
    /// Four copies of each image that follow each other, turned counter-clockwise by 0, 90, 180 and 270 degrees:
    /// (batch, side, side, channels) becomes (4 batch, side, side, channels).
    /// </summary>
    /// <exception cref="ShapeException">The images are not square, or too many.</exception>
    public static Tensor CyclicSlice(this Tensor input)
    {
        if (input.Shape.Height != input.Shape.Width)
        {
            throw new ShapeException($"CyclicSlice: '{input.Name}' is {input.Shape}, and only square images keep their shape when turned");
        }

        if ((long)Engine.CyclicSlice.Turns * input.Shape.Count > int.MaxValue)
        {
            throw new ShapeException($"CyclicSlice: four copies of '{input.Name}' {input.Shape} have more than 2^31 - 1 elements");
        }

        return new CyclicSlice(input, input.Shape with { Batch = Engine.CyclicSlice.Turns * input.Shape.Batch }).Output;
    }
}
