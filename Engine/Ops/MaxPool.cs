using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using ILGPU;

namespace Estampa.Engine;

/// <summary>
/// The largest number of each window; where several are, the first in row-major order has the gradient, as in PyTorch. No index is
/// stored: the backward pass finds it by comparing input and output. A window that holds NaN gives NaN, and its gradient is undefined.
/// </summary>
public sealed class MaxPool : Op
{
    internal static readonly Kernel<PoolArguments> ForwardKernel = new(
        "maxPool.forward", Forward, new ImageRoute<PoolArguments>(arguments => arguments.Batch, ForwardHost));

    internal static readonly Kernel<PoolArguments> BackwardKernel = new(
        "maxPool.backward",
        Backward,
        new ImageRoute<PoolArguments>(
            arguments => arguments.Batch,
            Tile.Choose<ImageBody<PoolArguments>>(
                BackwardHost<Lanes512, Vector512<float>>,
                BackwardHost<Lanes256, Vector256<float>>,
                BackwardHost<Lanes128, Vector128<float>>)));

    private readonly PoolArguments sizes;

    internal MaxPool(Tensor input, PoolArguments sizes)
        : base($"max pool of {input.Name}", PoolCall.OutputOf(sizes), input)
    {
        this.sizes = sizes;
    }

    public override void Forward(Recording recording) => recording.Launch(
        ForwardKernel,
        sizes with { Input = recording.Value(Inputs[0]), Output = recording.Value(Output) },
        Output.Shape.Count);

    public override void Backward(Recording recording)
    {
        var arguments = sizes with
        {
            Input = recording.Value(Inputs[0]),
            Output = recording.Value(Output),
            OutputGradient = recording.OutputGradient(Output),
        };
        arguments.InputGradient = recording.InputGradient(Inputs[0], out arguments.Keep);
        recording.Launch(BackwardKernel, arguments, Inputs[0].Shape.Count);
    }

    private static void Forward(Index1D index, PoolArguments arguments)
    {
        int channel = index % arguments.Channels;
        int pixel = index / arguments.Channels;
        int line = pixel / arguments.OutputWidth;
        int windowRow = line % arguments.OutputHeight, windowColumn = pixel % arguments.OutputWidth;
        int image = line / arguments.OutputHeight * arguments.InputHeight;
        int firstRow = PoolWindow.Start(arguments, windowRow), firstColumn = PoolWindow.Start(arguments, windowColumn);
        int endRow = PoolWindow.End(arguments, windowRow, arguments.InputHeight);
        int endColumn = PoolWindow.End(arguments, windowColumn, arguments.InputWidth);

        var largest = arguments.Input[((((image + firstRow) * arguments.InputWidth) + firstColumn) * arguments.Channels) + channel];
        for (var r = firstRow; r < endRow; r++)
        {
            for (var c = firstColumn; c < endColumn; c++)
            {
                var value = arguments.Input[((((image + r) * arguments.InputWidth) + c) * arguments.Channels) + channel];
                largest = value > largest || float.IsNaN(value) ? value : largest;
            }
        }

        arguments.Output[index] = largest;
    }

    private static void Backward(Index1D index, PoolArguments arguments)
    {
        int channel = index % arguments.Channels;
        int pixel = index / arguments.Channels;
        int line = pixel / arguments.InputWidth;
        int row = line % arguments.InputHeight, column = pixel % arguments.InputWidth;
        int image = line / arguments.InputHeight;
        int endRow = PoolWindow.Behind(arguments, row, arguments.OutputHeight);
        int endColumn = PoolWindow.Behind(arguments, column, arguments.OutputWidth);
        var value = arguments.Input[index];
        var sum = 0f;
        for (var r = PoolWindow.First(arguments, row); r < endRow; r++)
        {
            for (var c = PoolWindow.First(arguments, column); c < endColumn; c++)
            {
                var window = (((((image * arguments.OutputHeight) + r) * arguments.OutputWidth) + c) * arguments.Channels) + channel;
                if (arguments.Output[window] == value && Before(arguments, index, r, c) == 0)
                {
                    sum += arguments.OutputGradient[window];
                }
            }
        }

        arguments.InputGradient[index] = arguments.Keep == 0 ? sum : arguments.InputGradient[index] + sum;
    }

    /// <summary>How many elements of the window (windowRow, windowColumn) equal this one and stand before it.</summary>
    private static int Before(PoolArguments arguments, int index, int windowRow, int windowColumn)
    {
        int channel = index % arguments.Channels;
        int pixel = index / arguments.Channels;
        int line = pixel / arguments.InputWidth;
        int row = line % arguments.InputHeight, column = pixel % arguments.InputWidth;
        int firstColumn = PoolWindow.Start(arguments, windowColumn);
        int lastEnd = PoolWindow.End(arguments, windowColumn, arguments.InputWidth);
        var value = arguments.Input[index];
        var count = 0;
        for (var r = PoolWindow.Start(arguments, windowRow); r <= row; r++)
        {
            var endColumn = r < row ? lastEnd : column;
            for (var c = firstColumn; c < endColumn; c++)
            {
                var place = ((((line - row + r) * arguments.InputWidth) + c) * arguments.Channels) + channel;
                count += arguments.Input[place] == value ? 1 : 0;
            }
        }

        return count;
    }

    private static unsafe void ForwardHost(in PoolArguments arguments, in Slice slice)
    {
        var channels = arguments.Channels;
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
                var largest = new Span<float>(target, channels);
                new ReadOnlySpan<float>(image + (((firstRow * arguments.InputWidth) + firstColumn) * channels), channels).CopyTo(largest);
                for (var r = firstRow; r < endRow; r++)
                {
                    for (var c = r == firstRow ? firstColumn + 1 : firstColumn; c < endColumn; c++)
                    {
                        var source = image + (((r * arguments.InputWidth) + c) * channels);
                        TensorPrimitives.Max(largest, new ReadOnlySpan<float>(source, channels), largest);
                    }
                }
            }
        }
    }

    /// <summary>One thread owns an image's gradient, so here the windows give instead of the elements gathering.</summary>
    private static unsafe void BackwardHost<TLanes, TVector>(in PoolArguments arguments, in Slice slice)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int channels = arguments.Channels, whole = channels / TLanes.Count * TLanes.Count;
        var input = slice.FirstImage(arguments.Input, arguments.InputSample);
        var output = slice.FirstImage(arguments.Output, arguments.OutputSample);
        var gradient = slice.FirstImage(arguments.OutputGradient, arguments.OutputSample);
        var target = slice.FirstImage(arguments.InputGradient, arguments.InputSample);
        if (arguments.Keep == 0)
        {
            new Span<float>(target, slice.Count * arguments.InputSample).Clear();
        }

        for (var line = 0; line < slice.Count * arguments.OutputHeight; line++)
        {
            var row = line % arguments.OutputHeight;
            var image = (nint)(line / arguments.OutputHeight) * arguments.InputSample;
            for (var column = 0; column < arguments.OutputWidth; column++, output += channels, gradient += channels)
            {
                Give<TLanes, TVector>(arguments, row, column, output, gradient, input + image, target + image, 0, whole);
                Give<Lane, float>(arguments, row, column, output, gradient, input + image, target + image, whole, channels);
            }
        }
    }

    /// <summary>Adds a window's gradient to the first element, in each channel, that is not below the largest.</summary>
    private static unsafe void Give<TLanes, TVector>(
        in PoolArguments arguments, int row, int column, float* output, float* gradient, float* input, float* target, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int firstRow = PoolWindow.Start(arguments, row), endRow = PoolWindow.End(arguments, row, arguments.InputHeight);
        int firstColumn = PoolWindow.Start(arguments, column), endColumn = PoolWindow.End(arguments, column, arguments.InputWidth);
        for (var channel = first; channel < end; channel += TLanes.Count)
        {
            TVector largest = TLanes.Load(output + channel), rest = TLanes.Load(gradient + channel);
            for (var r = firstRow; r < endRow; r++)
            {
                for (var c = firstColumn; c < endColumn; c++)
                {
                    var place = (((r * arguments.InputWidth) + c) * arguments.Channels) + channel;

                    // Above 0 where the element is smaller; two infinities leave NaN, which is not, so they are equal as they should.
                    var below = TLanes.Subtract(largest, TLanes.Load(input + place));
                    TLanes.Store(TLanes.Add(TLanes.Load(target + place), TLanes.WherePositive(below, TLanes.Zero, rest)), target + place);
                    rest = TLanes.WherePositive(below, rest, TLanes.Zero);
                }
            }
        }
    }
}
