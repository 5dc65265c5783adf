using System.Numerics.Tensors;
using ILGPU;

namespace Estampa.Engine;

/// <summary>The mean of each window, padding counted as zeros (PyTorch's AvgPool2d with count_include_pad).</summary>
public sealed class AveragePool : Op
{
    internal static readonly Kernel<PoolArguments> ForwardKernel = new(
        "averagePool.forward", Forward, new ImageRoute<PoolArguments>(arguments => arguments.Batch, ForwardHost));

    internal static readonly Kernel<PoolArguments> BackwardKernel = new(
        "averagePool.backward", Backward, new ImageRoute<PoolArguments>(arguments => arguments.Batch, BackwardHost));

    private readonly PoolArguments sizes;

    internal AveragePool(Tensor input, PoolArguments sizes)
        : base($"average pool of {input.Name}", PoolCall.OutputOf(sizes), input)
    {
        this.sizes = sizes;
    }

    public override void Forward(Recording recording) => recording.Launch(
        ForwardKernel,
        sizes with { Input = recording.Value(Inputs[0]), Output = recording.Value(Output) },
        Output.Shape.Count);

    public override void Backward(Recording recording)
    {
        var arguments = sizes with { OutputGradient = recording.OutputGradient(Output) };
        arguments.InputGradient = recording.InputGradient(Inputs[0], out arguments.Keep);
        recording.Launch(BackwardKernel, arguments, Inputs[0].Shape.Count);
    }

    private static float Factor(PoolArguments arguments) => 1f / (arguments.Kernel * arguments.Kernel);

    private static void Forward(Index1D index, PoolArguments arguments)
    {
        int channel = index % arguments.Channels;
        int pixel = index / arguments.Channels;
        int line = pixel / arguments.OutputWidth;
        int windowRow = line % arguments.OutputHeight, windowColumn = pixel % arguments.OutputWidth;
        int image = line / arguments.OutputHeight * arguments.InputHeight;
        int firstColumn = PoolWindow.Start(arguments, windowColumn);
        int endRow = PoolWindow.End(arguments, windowRow, arguments.InputHeight);
        int endColumn = PoolWindow.End(arguments, windowColumn, arguments.InputWidth);

        var sum = 0f;
        for (var r = PoolWindow.Start(arguments, windowRow); r < endRow; r++)
        {
            for (var c = firstColumn; c < endColumn; c++)
            {
                sum += arguments.Input[((((image + r) * arguments.InputWidth) + c) * arguments.Channels) + channel];
            }
        }

        arguments.Output[index] = sum * Factor(arguments);
    }

    private static void Backward(Index1D index, PoolArguments arguments)
    {
        int channel = index % arguments.Channels;
        int pixel = index / arguments.Channels;
        int line = pixel / arguments.InputWidth;
        int row = line % arguments.InputHeight, column = pixel % arguments.InputWidth;
        int image = line / arguments.InputHeight * arguments.OutputHeight;
        int firstColumn = PoolWindow.First(arguments, column);
        int endRow = PoolWindow.Behind(arguments, row, arguments.OutputHeight);
        int endColumn = PoolWindow.Behind(arguments, column, arguments.OutputWidth);
        var sum = 0f;
        for (var r = PoolWindow.First(arguments, row); r < endRow; r++)
        {
            for (var c = firstColumn; c < endColumn; c++)
            {
                sum += arguments.OutputGradient[((((image + r) * arguments.OutputWidth) + c) * arguments.Channels) + channel];
            }
        }

        sum *= Factor(arguments);
        arguments.InputGradient[index] = arguments.Keep == 0 ? sum : arguments.InputGradient[index] + sum;
    }

    private static unsafe void ForwardHost(in PoolArguments arguments, in Slice slice)
    {
        var channels = arguments.Channels;
        var factor = Factor(arguments);
        var input = slice.FirstImage(arguments.Input, arguments.InputSample);
        var target = slice.FirstImage(arguments.Output, arguments.OutputSample);
        for (var line = 0; line < slice.Count * arguments.OutputHeight; line++)
        {
            var image = input + ((nint)(line / arguments.OutputHeight) * arguments.InputSample);
            int firstRow = PoolWindow.Start(arguments, line % arguments.OutputHeight);
            int endRow = PoolWindow.End(arguments, line % arguments.OutputHeight, arguments.InputHeight);
            for (var column = 0; column < arguments.OutputWidth; column++, target += channels)
            {
                int firstColumn = PoolWindow.Start(arguments, column);
                int endColumn = PoolWindow.End(arguments, column, arguments.InputWidth);
                var sums = new Span<float>(target, channels);
                sums.Clear();
                for (var r = firstRow; r < endRow; r++)
                {
                    for (var c = firstColumn; c < endColumn; c++)
                    {
                        var source = image + (((r * arguments.InputWidth) + c) * channels);
                        TensorPrimitives.Add(sums, new ReadOnlySpan<float>(source, channels), sums);
                    }
                }

                TensorPrimitives.Multiply(sums, factor, sums);
            }
        }
    }

    /// <summary>One thread owns an image's gradient, so here the windows give instead of the elements gathering.</summary>
    private static unsafe void BackwardHost(in PoolArguments arguments, in Slice slice)
    {
        var channels = arguments.Channels;
        var factor = Factor(arguments);
        var gradient = slice.FirstImage(arguments.OutputGradient, arguments.OutputSample);
        var target = slice.FirstImage(arguments.InputGradient, arguments.InputSample);
        if (arguments.Keep == 0)
        {
            new Span<float>(target, slice.Count * arguments.InputSample).Clear();
        }

        for (var line = 0; line < slice.Count * arguments.OutputHeight; line++)
        {
            var image = target + ((nint)(line / arguments.OutputHeight) * arguments.InputSample);
            int firstRow = PoolWindow.Start(arguments, line % arguments.OutputHeight);
            int endRow = PoolWindow.End(arguments, line % arguments.OutputHeight, arguments.InputHeight);
            for (var column = 0; column < arguments.OutputWidth; column++, gradient += channels)
            {
                int firstColumn = PoolWindow.Start(arguments, column);
                int endColumn = PoolWindow.End(arguments, column, arguments.InputWidth);
                var share = new ReadOnlySpan<float>(gradient, channels);
                for (var r = firstRow; r < endRow; r++)
                {
                    for (var c = firstColumn; c < endColumn; c++)
                    {
                        var sums = new Span<float>(image + (((r * arguments.InputWidth) + c) * channels), channels);
                        TensorPrimitives.MultiplyAdd(share, factor, sums, sums);
                    }
                }
            }
        }
    }
}
