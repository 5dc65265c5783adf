using System.Numerics.Tensors;
using ILGPU;

namespace Estampa.Engine;

/// <summary>What the unfolding kernels read and write.</summary>
public struct UnfoldArguments
{
    public ArrayView<float> Input;
    public ArrayView<float> Output;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> InputGradient;
    public int Batch;
    public int InputSteps;
    public int OutputSteps;
    public int Width;
    public int Channels;

    /// <summary>Frames of a window.</summary>
    public int Kernel;

    /// <summary>Frames of zeros before the first.</summary>
    public int Padding;

    /// <summary>Steps from a frame of a window to the next.</summary>
    public int Dilation;
    public int Keep;
}

/// <summary>
/// Every window over time as one step: frame j of the window that step t shows is input step t + j * dilation - padding, the oldest first,
/// and zeros where that is before the first. It is the im2col of a one-dimensional convolution, and of images a sliding stack.
/// </summary>
public sealed class Unfold : Op
{
    internal static readonly Kernel<UnfoldArguments> ForwardKernel = new(
        "unfold.forward", Forward, new ImageRoute<UnfoldArguments>(arguments => arguments.Batch, ForwardHost));

    internal static readonly Kernel<UnfoldArguments> BackwardKernel = new(
        "unfold.backward", Backward, new ImageRoute<UnfoldArguments>(arguments => arguments.Batch, BackwardHost));

    private readonly (int Kernel, int Padding, int Dilation) window;

    internal Unfold(Tensor input, Shape output, (int Kernel, int Padding, int Dilation) window)
        : base($"windows of {input.Name}", output, input)
    {
        this.window = window;
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

    private UnfoldArguments Sizes() => new()
    {
        Batch = Output.Shape.Batch,
        InputSteps = Inputs[0].Shape.Height,
        OutputSteps = Output.Shape.Height,
        Width = Output.Shape.Width,
        Channels = Inputs[0].Shape.Channels,
        Kernel = window.Kernel,
        Padding = window.Padding,
        Dilation = window.Dilation,
    };

    /// <summary>
    /// The first frame as which a window shows a step, counted with the padding: those of earlier frames would begin behind the last
    /// window.
    /// </summary>
    private static int FirstFrame(int padded, int windows, int dilation) => padded < windows ? 0 : ((padded - windows) / dilation) + 1;

    /// <summary>The frame behind the last as which a window shows the step: windows of later ones would begin before the first.</summary>
    private static int EndFrame(int padded, int kernel, int dilation)
    {
        int end = (padded / dilation) + 1;
        return end < kernel ? end : kernel;
    }

    private static void Forward(Index1D index, UnfoldArguments arguments)
    {
        int all = arguments.Kernel * arguments.Channels, pixel = index / all, place = index % all;
        int line = pixel / arguments.Width;
        int step = (line % arguments.OutputSteps) + (place / arguments.Channels * arguments.Dilation) - arguments.Padding;
        var number = 0f;
        if (step >= 0)
        {
            int row = (line / arguments.OutputSteps * arguments.InputSteps) + step;
            number = arguments.Input[
                (((row * arguments.Width) + (pixel % arguments.Width)) * arguments.Channels) + (place % arguments.Channels)];
        }

        arguments.Output[index] = number;
    }

    private static void Backward(Index1D index, UnfoldArguments arguments)
    {
        int channel = index % arguments.Channels, pixel = index / arguments.Channels, line = pixel / arguments.Width;
        int padded = (line % arguments.InputSteps) + arguments.Padding, sample = line / arguments.InputSteps;
        int end = EndFrame(padded, arguments.Kernel, arguments.Dilation);
        var sum = arguments.Keep == 0 ? 0f : arguments.InputGradient[index];
        for (var frame = FirstFrame(padded, arguments.OutputSteps, arguments.Dilation); frame < end; frame++)
        {
            int row = (sample * arguments.OutputSteps) + padded - (frame * arguments.Dilation);
            int window = (row * arguments.Width) + (pixel % arguments.Width);
            sum += arguments.OutputGradient[(((window * arguments.Kernel) + frame) * arguments.Channels) + channel];
        }

        arguments.InputGradient[index] = sum;
    }

    private static unsafe void ForwardHost(in UnfoldArguments arguments, in Slice slice)
    {
        int channels = arguments.Channels, row = arguments.Width * channels, inputSample = arguments.InputSteps * row;
        var target = slice.FirstImage(arguments.Output, arguments.OutputSteps * arguments.Kernel * row);
        var first = slice.FirstImage(arguments.Input, inputSample);
        for (var line = 0; line < slice.Count * arguments.OutputSteps; line++)
        {
            var input = first + ((nint)(line / arguments.OutputSteps) * inputSample);
            for (var place = 0; place < arguments.Width * arguments.Kernel; place++, target += channels)
            {
                int column = place / arguments.Kernel, frame = place % arguments.Kernel;
                var step = (line % arguments.OutputSteps) + (frame * arguments.Dilation) - arguments.Padding;
                var result = new Span<float>(target, channels);
                if (step < 0)
                {
                    result.Clear();
                }
                else
                {
                    new ReadOnlySpan<float>(input + ((nint)step * row) + (column * channels), channels).CopyTo(result);
                }
            }
        }
    }

    private static unsafe void BackwardHost(in UnfoldArguments arguments, in Slice slice)
    {
        int channels = arguments.Channels, row = arguments.Width * channels;
        int outputSample = arguments.OutputSteps * arguments.Kernel * row;
        var target = slice.FirstImage(arguments.InputGradient, arguments.InputSteps * row);
        var first = slice.FirstImage(arguments.OutputGradient, outputSample);
        for (var line = 0; line < slice.Count * arguments.InputSteps; line++)
        {
            var gradients = first + ((nint)(line / arguments.InputSteps) * outputSample);
            var padded = (line % arguments.InputSteps) + arguments.Padding;
            var start = FirstFrame(padded, arguments.OutputSteps, arguments.Dilation);
            var end = EndFrame(padded, arguments.Kernel, arguments.Dilation);
            for (var column = 0; column < arguments.Width; column++, target += channels)
            {
                var sums = new Span<float>(target, channels);
                if (arguments.Keep == 0)
                {
                    sums.Clear();
                }

                for (var frame = start; frame < end; frame++)
                {
                    var window = ((nint)(padded - (frame * arguments.Dilation)) * arguments.Width) + column;
                    var source = gradients + (((window * arguments.Kernel) + frame) * channels);
                    TensorPrimitives.Add(sums, new ReadOnlySpan<float>(source, channels), sums);
                }
            }
        }
    }
}

/// <summary>The call that adds windows over time to a graph.</summary>
public static class UnfoldCall
{
    /// <summary>
    /// Windows over time: (batch, steps, width, channels) becomes (batch, windows, width, kernel * channels), with
    /// windows = steps + padding - (kernel - 1) * dilation. Frame j of a window, the oldest first, has the channels from j * channels on.
    /// A padding of (kernel - 1) * dilation keeps the number of steps, and no step sees a later one.
    /// </summary>
    /// <param name="input">Sequences.</param>
    /// <param name="kernel">Frames of a window.</param>
    /// <param name="padding">Frames of zeros before the first step.</param>
    /// <param name="dilation">Steps from a frame of a window to the next.</param>
    /// <exception cref="ShapeException">A window is longer than a sequence with its padding, or a number is out of its range.</exception>
    public static Tensor Unfold(this Tensor input, int kernel, int padding = 0, int dilation = 1)
    {
        var windows = input.Shape.Height + (long)padding - ((kernel - 1L) * dilation);
        var channels = (long)kernel * input.Shape.Channels;
        var frames = input.Shape.Height + (long)padding;
        if (kernel < 1 || padding < 0 || dilation < 1 || windows < 1 || Math.Max(frames, channels) > int.MaxValue)
        {
            throw new ShapeException($"Unfold: '{input.Name}' {input.Shape} has no windows of {kernel} frames,"
                + $" padding {padding}, dilation {dilation}");
        }

        var output = input.Shape with { Height = (int)windows, Channels = (int)channels };
        return new Unfold(input, output.Checked($"Unfold of '{input.Name}' {input.Shape}"), (kernel, padding, dilation)).Output;
    }
}
