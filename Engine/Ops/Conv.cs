using ILGPU;

namespace Estampa.Engine;

/// <summary>The sizes of a convolution, as kernels take them.</summary>
public struct ConvSizes
{
    public int Batch;
    public int InputHeight;
    public int InputWidth;
    public int InputChannels;
    public int OutputHeight;
    public int OutputWidth;
    public int OutputChannels;
    public int Kernel;
    public int Stride;
    public int Padding;
}

/// <summary>What the convolution's kernels read and write; a kernel leaves what is not its own alone.</summary>
public struct ConvArguments
{
    public ArrayView<float> Input;
    public ArrayView<float> Weight;
    public ArrayView<float> Bias;
    public ArrayView<float> Output;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> InputGradient;
    public ArrayView<float> WeightGradient;
    public ArrayView<float> BiasGradient;

    /// <summary>Working memory of the routes that need some.</summary>
    public ArrayView<float> Working;
    public ConvSizes Sizes;

    /// <summary>1 where the gradient is added to what is there, 0 where it is stored; the bias gradient has its own.</summary>
    public int Keep;
    public int KeepBias;
}

/// <summary>
/// Two-dimensional convolution with a square kernel, a stride and zero padding:
/// y[b, h, w, o] = bias[o] + sum over i, j, c of x[b, h s + i - p, w s + j - p, c] weight[i, j, c, o].
/// Weights lie as (kernel, kernel, input, output) here and (output, input, kernel, kernel) in files.
/// </summary>
public sealed class Conv : Op
{
    internal static readonly Kernel<ConvArguments> ForwardKernel = new("conv.forward", Forward, ConvHost.Forward)
    {
        Devices = ConvGrouped.Forward,
    };

    internal static readonly Kernel<ConvArguments> InputKernel = new("conv.inputGradient", InputGradient, ConvHost.InputGradient)
    {
        Devices = ConvGrouped.InputGradient,
    };

    internal static readonly Kernel<ConvArguments> WeightKernel = new("conv.weightGradient", WeightGradient, ConvHost.WeightGradient)
    {
        Devices = ConvGrouped.WeightGradient,
    };

    /// <summary>To few channels: the same kernels but for groups of threads.</summary>
    internal static readonly Kernel<ConvArguments> FewForwardKernel = new("conv.few.forward", Forward, ConvHost.Forward)
    {
        Devices = new() { Grouped = ConvFewGrouped.Forward },
    };

    internal static readonly Kernel<ConvArguments> FewWeightKernel = new("conv.few.weightGradient", WeightGradient, ConvHost.WeightGradient)
    {
        Devices = new() { Grouped = ConvFewGrouped.WeightGradient },
    };

    private readonly ConvLaunches launches;

    internal Conv(string name, Tensor input, Tensor weight, Tensor bias, ConvSizes sizes)
        : base(name, new Shape(sizes.Batch, sizes.OutputHeight, sizes.OutputWidth, sizes.OutputChannels), input, weight, bias)
    {
        var arguments = new ConvArguments { Sizes = sizes };
        var isFew = ConvFewGrouped.Fits(sizes);
        var forwardParts = isFew ? ConvFewForward.Working(arguments) : Products.Working<ConvForward, ConvArguments>(arguments);
        var weightParts = isFew
            ? Products.Working<ConvFewWeightGradient, ConvArguments>(arguments)
            : Products.Working<ConvWeightGradient, ConvArguments>(arguments);
        launches = new ConvLaunches(this, sizes)
        {
            ForwardKernel = isFew ? FewForwardKernel : ForwardKernel,
            InputKernel = InputKernel,
            WeightKernel = isFew ? FewWeightKernel : WeightKernel,
            ForwardWorking = new Scratch(ConvHost.ForwardWorking(sizes), grouped: forwardParts),
            PackedWeights = new Scratch(ConvHost.ForwardWorking(sizes), lasts: true, forwardParts),
            InputWorking = new Scratch(
                ConvHost.InputWorking(sizes), grouped: Products.Working<ConvInputGradient, ConvArguments>(arguments)),
            WeightWorking = new Scratch(ConvHost.WeightWorking(sizes), grouped: weightParts),
        };
    }

    public override long Flops => launches.Flops;

    public override void Forward(Recording recording) => launches.Forward(recording);

    public override void Backward(Recording recording) => launches.Backward(recording);

    private static void Forward(Index1D index, ConvArguments arguments)
    {
        var s = arguments.Sizes;
        var channel = index % s.OutputChannels;
        var pixel = index / s.OutputChannels;
        var top = (pixel / s.OutputWidth % s.OutputHeight * s.Stride) - s.Padding;
        var left = (pixel % s.OutputWidth * s.Stride) - s.Padding;
        var image = pixel / (s.OutputWidth * s.OutputHeight) * s.InputHeight * s.InputWidth;
        int firstRow = top < 0 ? -top : 0, endRow = top + s.Kernel > s.InputHeight ? s.InputHeight - top : s.Kernel;
        int firstColumn = left < 0 ? -left : 0, endColumn = left + s.Kernel > s.InputWidth ? s.InputWidth - left : s.Kernel;

        var sum = arguments.Bias[channel];
        for (var i = firstRow; i < endRow; i++)
        {
            for (var j = firstColumn; j < endColumn; j++)
            {
                var x = (image + ((top + i) * s.InputWidth) + left + j) * s.InputChannels;
                var w = (((i * s.Kernel) + j) * s.InputChannels * s.OutputChannels) + channel;
                for (var c = 0; c < s.InputChannels; c++)
                {
                    sum += arguments.Input[x + c] * arguments.Weight[w + (c * s.OutputChannels)];
                }
            }
        }

        arguments.Output[index] = sum;
    }

    /// <summary>One call an input element: it gathers from every output pixel whose window covers it.</summary>
    private static void InputGradient(Index1D index, ConvArguments arguments)
    {
        var s = arguments.Sizes;
        var channel = index % s.InputChannels;
        var pixel = index / s.InputChannels;
        var row = (pixel / s.InputWidth % s.InputHeight) + s.Padding;
        var column = (pixel % s.InputWidth) + s.Padding;
        var image = pixel / (s.InputWidth * s.InputHeight) * s.OutputHeight * s.OutputWidth;
        int firstRow = row < s.Kernel ? 0 : ((row - s.Kernel) / s.Stride) + 1, lastRow = row / s.Stride;
        int firstColumn = column < s.Kernel ? 0 : ((column - s.Kernel) / s.Stride) + 1, lastColumn = column / s.Stride;
        lastRow = lastRow < s.OutputHeight ? lastRow : s.OutputHeight - 1;
        lastColumn = lastColumn < s.OutputWidth ? lastColumn : s.OutputWidth - 1;

        var sum = 0f;
        for (var h = firstRow; h <= lastRow; h++)
        {
            for (var w = firstColumn; w <= lastColumn; w++)
            {
                var tap = ((row - (h * s.Stride)) * s.Kernel) + column - (w * s.Stride);
                var y = (image + (h * s.OutputWidth) + w) * s.OutputChannels;
                var k = ((tap * s.InputChannels) + channel) * s.OutputChannels;
                for (var o = 0; o < s.OutputChannels; o++)
                {
                    sum += arguments.OutputGradient[y + o] * arguments.Weight[k + o];
                }
            }
        }

        arguments.InputGradient[index] = arguments.Keep == 0 ? sum : arguments.InputGradient[index] + sum;
    }

    /// <summary>One call a weight, then one a bias: each sums over all pixels of the batch.</summary>
    private static void WeightGradient(Index1D index, ConvArguments arguments)
    {
        var s = arguments.Sizes;
        var weights = s.Kernel * s.Kernel * s.InputChannels * s.OutputChannels;
        var sum = 0f;
        if (index >= weights)
        {
            var bias = index - weights;
            for (var pixel = 0; pixel < s.Batch * s.OutputHeight * s.OutputWidth; pixel++)
            {
                sum += arguments.OutputGradient[(pixel * s.OutputChannels) + bias];
            }

            arguments.BiasGradient[bias] = arguments.KeepBias == 0 ? sum : arguments.BiasGradient[bias] + sum;
            return;
        }

        var o = index % s.OutputChannels;
        var c = index / s.OutputChannels % s.InputChannels;
        var tap = index / (s.OutputChannels * s.InputChannels);
        int top = (tap / s.Kernel) - s.Padding, left = (tap % s.Kernel) - s.Padding;
        int firstRow = top < 0 ? (s.Stride - 1 - top) / s.Stride : 0, firstColumn = left < 0 ? (s.Stride - 1 - left) / s.Stride : 0;
        int endRow = top < s.InputHeight ? ((s.InputHeight - 1 - top) / s.Stride) + 1 : 0;
        int endColumn = left < s.InputWidth ? ((s.InputWidth - 1 - left) / s.Stride) + 1 : 0;
        endRow = endRow < s.OutputHeight ? endRow : s.OutputHeight;
        endColumn = endColumn < s.OutputWidth ? endColumn : s.OutputWidth;
        for (var b = 0; b < s.Batch; b++)
        {
            for (var h = firstRow; h < endRow; h++)
            {
                var x = (((((b * s.InputHeight) + (h * s.Stride) + top) * s.InputWidth) + left) * s.InputChannels) + c;
                var y = (((b * s.OutputHeight) + h) * s.OutputWidth * s.OutputChannels) + o;
                for (var w = firstColumn; w < endColumn; w++)
                {
                    sum += arguments.Input[x + (w * s.Stride * s.InputChannels)] * arguments.OutputGradient[y + (w * s.OutputChannels)];
                }
            }
        }

        arguments.WeightGradient[index] = arguments.Keep == 0 ? sum : arguments.WeightGradient[index] + sum;
    }
}

/// <summary>The call that adds a convolution to a graph.</summary>
public static class ConvCall
{
    /// <summary>
    /// A convolution of images (batch, height, width, channels) to <paramref name="channels"/> channels. Right behind an upsampling to
    /// twice the size, one of kernel 3, stride 1 and padding 1 reads the images as they were before it (<see cref="UpsampledConv"/>),
    /// unless its output channels are so few that dot products are faster.
    /// </summary>
    /// <param name="input">Images.</param>
    /// <param name="name">The layer; its parameters are name.weight and name.bias.</param>
    /// <param name="channels">Output channels.</param>
    /// <param name="kernel">Side of the square kernel, in pixels.</param>
    /// <param name="stride">Step of the window.</param>
    /// <param name="padding">Zeros on every side.</param>
    /// <param name="initial">First weights; PyTorch's default where null.</param>
    /// <exception cref="ShapeException">A setting is below its minimum, or the kernel is larger than the padded image.</exception>
    public static Tensor Conv(
        this Tensor input, string name, int channels, int kernel, int stride = 1, int padding = 0, InitialRule? initial = null)
    {
        var shape = input.Shape;
        if (channels < 1 || kernel < 1 || stride < 1 || padding < 0)
        {
            throw new ShapeException($"Conv '{name}' of {shape}: channels {channels}, kernel {kernel} and stride {stride} must be at least"
                + $" 1, padding {padding} at least 0");
        }

        long height = shape.Height + (2L * padding), width = shape.Width + (2L * padding);
        if (height < kernel || width < kernel)
        {
            throw new ShapeException($"Conv '{name}': a kernel of {kernel}x{kernel} does not fit input {shape} with padding {padding}");
        }

        // Room for what routes round up: channels to whole vectors, windows to whole strides.
        if (Shape.IsTooMany(height + kernel, width + kernel, Math.Max(shape.Channels, channels) + 16L)
            || Shape.IsTooMany(kernel + 2L, kernel + 2L, shape.Channels + 16L, channels + 16L)
            || Shape.IsTooMany(stride, stride, shape.Channels + 16L))
        {
            throw new ShapeException($"Conv '{name}' of {shape}: channels {channels}, kernel {kernel}, stride {stride} and padding"
                + $" {padding} make more than 2^31 - 1 elements");
        }

        return input.Graph.Whole($"Conv '{name}' of {shape}", () => Add(input, name, channels, kernel, stride, padding, initial));
    }

    private static Tensor Add(Tensor input, string name, int channels, int kernel, int stride, int padding, InitialRule? initial)
    {
        var shape = input.Shape;
        int fanIn = kernel * kernel * shape.Channels, fanOut = kernel * kernel * channels;
        var weights = initial?.Invoke(fanIn, fanOut) ?? Initial.PyTorch(fanIn);
        var weight = input.Graph.Parameter($"{name}.weight", Layout.Conv(shape.Channels, channels, kernel), weights);
        var bias = input.Graph.Parameter($"{name}.bias", Layout.Plain(channels), Initial.PyTorch(fanIn));
        var sizes = new ConvSizes
        {
            Batch = shape.Batch,
            InputHeight = shape.Height,
            InputWidth = shape.Width,
            InputChannels = shape.Channels,
            OutputHeight = ((shape.Height + (2 * padding) - kernel) / stride) + 1,
            OutputWidth = ((shape.Width + (2 * padding) - kernel) / stride) + 1,
            OutputChannels = channels,
            Kernel = kernel,
            Stride = stride,
            Padding = padding,
        };
        if (kernel == 3 && stride == 1 && padding == 1 && !ConvHost.IsNarrow(sizes)
            && input.Maker is Upsample { IsDoubling: true } resize && resize.Output == input)
        {
            var small = resize.Inputs[0];
            (sizes.InputHeight, sizes.InputWidth) = (small.Shape.Height, small.Shape.Width);
            return new UpsampledConv(name, small, weight, bias, sizes).Output;
        }

        return new Conv(name, input, weight, bias, sizes).Output;
    }
}
