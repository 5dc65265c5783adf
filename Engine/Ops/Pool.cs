using ILGPU;

namespace Estampa.Engine;

/// <summary>What the kernels of pooling over windows read and write.</summary>
public struct PoolArguments
{
    public ArrayView<float> Input;
    public ArrayView<float> Output;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> InputGradient;
    public int Batch;
    public int InputHeight;
    public int InputWidth;
    public int OutputHeight;
    public int OutputWidth;
    public int Channels;

    /// <summary>Side of the window.</summary>
    public int Kernel;
    public int Stride;
    public int Padding;
    public int Keep;

    /// <summary>Numbers of one image before pooling.</summary>
    public readonly int InputSample => InputHeight * InputWidth * Channels;

    /// <summary>Numbers of one image after pooling.</summary>
    public readonly int OutputSample => OutputHeight * OutputWidth * Channels;
}

/// <summary>Which input rows (columns) a window covers, and which windows cover an input row (column). No window is empty.</summary>
internal static class PoolWindow
{
    public static int Start(PoolArguments arguments, int window)
    {
        var start = (window * arguments.Stride) - arguments.Padding;
        return start > 0 ? start : 0;
    }

    /// <summary>The row (column) behind the window's last.</summary>
    public static int End(PoolArguments arguments, int window, int side)
    {
        var end = (window * arguments.Stride) - arguments.Padding + arguments.Kernel;
        return end < side ? end : side;
    }

    public static int First(PoolArguments arguments, int place)
    {
        var behind = place + arguments.Padding - arguments.Kernel;
        return behind < 0 ? 0 : (behind / arguments.Stride) + 1;
    }

    /// <summary>The window behind the last that covers the place.</summary>
    public static int Behind(PoolArguments arguments, int place, int windows)
    {
        var behind = ((place + arguments.Padding) / arguments.Stride) + 1;
        return behind < windows ? behind : windows;
    }
}

/// <summary>
/// The calls that pool over square windows, as PyTorch's MaxPool2d and AvgPool2d do: (batch, height, width, channels) becomes
/// (batch, (height + 2 padding - kernel) / stride + 1, the width alike, channels), rounded down.
/// </summary>
public static class PoolCall
{
    /// <summary>Each window's largest number; padding counts as minus infinity.</summary>
    /// <param name="input">Images.</param>
    /// <param name="kernel">Side of the window.</param>
    /// <param name="stride">From window to window; the kernel where null.</param>
    /// <param name="padding">Pixels around the image, at most half the kernel.</param>
    /// <exception cref="ShapeException">A size is out of its range, or no window fits.</exception>
    public static Tensor MaxPool(this Tensor input, int kernel, int? stride = null, int padding = 0) =>
        new MaxPool(input, Sizes("MaxPool", input, kernel, stride ?? kernel, padding)).Output;

    /// <summary>Each window's mean; padding counts as zeros (PyTorch's count_include_pad).</summary>
    /// <param name="input">Images.</param>
    /// <param name="kernel">Side of the window.</param>
    /// <param name="stride">From window to window; the kernel where null.</param>
    /// <param name="padding">Pixels around the image, at most half the kernel.</param>
    /// <exception cref="ShapeException">A size is out of its range, or no window fits.</exception>
    public static Tensor AveragePool(this Tensor input, int kernel, int? stride = null, int padding = 0) =>
        new AveragePool(input, Sizes("AveragePool", input, kernel, stride ?? kernel, padding)).Output;

    internal static Shape OutputOf(PoolArguments sizes) =>
        new(sizes.Batch, sizes.OutputHeight, sizes.OutputWidth, sizes.Channels);

    private static PoolArguments Sizes(string who, Tensor images, int kernel, int stride, int padding)
    {
        var input = images.Shape;
        who = $"{who} of '{images.Name}' {input}";
        // A wider padding would make windows that cover nothing else.
        if (kernel < 1 || stride < 1 || padding < 0 || padding > kernel / 2)
        {
            throw new ShapeException($"{who}: kernel {kernel} and stride {stride} must be at least 1, padding {padding} from 0 to half"
                + " the kernel");
        }

        long height = input.Height + (2L * padding), width = input.Width + (2L * padding);
        if (height < kernel || width < kernel)
        {
            throw new ShapeException($"{who}: a window of {kernel}x{kernel} does not fit with padding {padding}");
        }

        if (Math.Max(height, width) > int.MaxValue || Shape.IsTooMany(kernel, kernel))
        {
            throw new ShapeException($"{who}: with kernel {kernel} and padding {padding} there are more than 2^31 - 1 pixels");
        }

        return new PoolArguments
        {
            Batch = input.Batch,
            InputHeight = input.Height,
            InputWidth = input.Width,
            OutputHeight = (((int)height - kernel) / stride) + 1,
            OutputWidth = (((int)width - kernel) / stride) + 1,
            Channels = input.Channels,
            Kernel = kernel,
            Stride = stride,
            Padding = padding,
        };
    }
}
