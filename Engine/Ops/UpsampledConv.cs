using ILGPU;

namespace Estampa.Engine;

/// <summary>
/// A 3x3 convolution (stride 1, padding 1) of images resized to twice their rows and columns, or one fewer, where resized row r shows
/// row r / 2. The resized images are never stored: y[b, h, w, o] = bias[o] + sum over i, j, c of
/// x[b, (h + i - 1) / 2, (w + j - 1) / 2, c] weight[i, j, c, o], over the rows and columns that the resized image has. Parameters are
/// those of <see cref="Conv"/>, and <see cref="ConvCall.Conv"/> makes the op by itself.
/// </summary>
public sealed class UpsampledConv : Op
{
    internal static readonly Kernel<ConvArguments> ForwardKernel = new("upsampledConv.forward", Forward, UpsampledConvHost.Forward)
    {
        Devices = UpsampledConvGrouped.Forward,
    };

    internal static readonly Kernel<ConvArguments> InputKernel = new(
        "upsampledConv.inputGradient", InputGradient, UpsampledConvHost.InputGradient)
    {
        Devices = UpsampledConvGrouped.InputGradient,
    };

    internal static readonly Kernel<ConvArguments> WeightKernel = new(
        "upsampledConv.weightGradient", WeightGradient, UpsampledConvHost.WeightGradient)
    {
        Devices = UpsampledConvGrouped.WeightGradient,
    };

    /// <summary>Side of the kernel.</summary>
    private const int Side = 3;

    private readonly ConvLaunches launches;

    /// <param name="name">The layer.</param>
    /// <param name="input">Images before they are resized.</param>
    /// <param name="weight">(3, 3, input, output).</param>
    /// <param name="bias">One number an output channel.</param>
    /// <param name="sizes">Input sizes before, output sizes after resizing.</param>
    internal UpsampledConv(string name, Tensor input, Tensor weight, Tensor bias, ConvSizes sizes)
        : base(name, new Shape(sizes.Batch, sizes.OutputHeight, sizes.OutputWidth, sizes.OutputChannels), input, weight, bias)
    {
        var arguments = new ConvArguments { Sizes = sizes };
        var forwardParts = Products.Working<ConvForward, ConvArguments>(arguments);
        launches = new ConvLaunches(this, sizes)
        {
            ForwardKernel = ForwardKernel,
            InputKernel = InputKernel,
            WeightKernel = WeightKernel,
            ForwardWorking = new Scratch(UpsampledConvHost.ForwardWorking(sizes), grouped: forwardParts),
            PackedWeights = new Scratch(UpsampledConvHost.ForwardWorking(sizes), lasts: true, forwardParts),
            InputWorking = new Scratch(
                UpsampledConvHost.InputWorking(sizes), grouped: Products.Working<UpsampledConvInputGradient, ConvArguments>(arguments)),
            WeightWorking = new Scratch(
                UpsampledConvHost.WeightWorking(sizes), grouped: Products.Working<ConvWeightGradient, ConvArguments>(arguments)),
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
        var row = pixel / s.OutputWidth % s.OutputHeight;
        var column = pixel % s.OutputWidth;
        var image = pixel / (s.OutputWidth * s.OutputHeight) * s.InputHeight;
        int firstRow = row == 0 ? 1 : 0, endRow = row + 1 < s.OutputHeight ? Side : Side - 1;
        int firstColumn = column == 0 ? 1 : 0, endColumn = column + 1 < s.OutputWidth ? Side : Side - 1;

        var sum = arguments.Bias[channel];
        for (var i = firstRow; i < endRow; i++)
        {
            for (var j = firstColumn; j < endColumn; j++)
            {
                var x = (((image + ((row + i - 1) / 2)) * s.InputWidth) + ((column + j - 1) / 2)) * s.InputChannels;
                var w = (((i * Side) + j) * s.InputChannels * s.OutputChannels) + channel;
                for (var c = 0; c < s.InputChannels; c++)
                {
                    sum += arguments.Input[x + c] * arguments.Weight[w + (c * s.OutputChannels)];
                }
            }
        }

        arguments.Output[index] = sum;
    }

    /// <summary>One call an input element: it shows in up to 2x2 resized pixels, each of which up to 3x3 output pixels cover.</summary>
    private static void InputGradient(Index1D index, ConvArguments arguments)
    {
        var s = arguments.Sizes;
        var channel = index % s.InputChannels;
        var pixel = index / s.InputChannels;
        var row = pixel / s.InputWidth % s.InputHeight * 2;
        var column = pixel % s.InputWidth * 2;
        var image = pixel / (s.InputWidth * s.InputHeight) * s.OutputHeight;
        int endRow = row + 2 < s.OutputHeight ? row + 2 : s.OutputHeight;
        int endColumn = column + 2 < s.OutputWidth ? column + 2 : s.OutputWidth;

        var sum = 0f;
        for (var resizedRow = row; resizedRow < endRow; resizedRow++)
        {
            var firstLine = resizedRow == 0 ? 0 : resizedRow - 1;
            var endLine = resizedRow + 2 < s.OutputHeight ? resizedRow + 2 : s.OutputHeight;
            for (var resizedColumn = column; resizedColumn < endColumn; resizedColumn++)
            {
                int firstPlace = resizedColumn == 0 ? 0 : resizedColumn - 1;
                int endPlace = resizedColumn + 2 < s.OutputWidth ? resizedColumn + 2 : s.OutputWidth;
                for (var h = firstLine; h < endLine; h++)
                {
                    for (var w = firstPlace; w < endPlace; w++)
                    {
                        var tap = ((resizedRow + 1 - h) * Side) + resizedColumn + 1 - w;
                        var y = (((image + h) * s.OutputWidth) + w) * s.OutputChannels;
                        var k = ((tap * s.InputChannels) + channel) * s.OutputChannels;
                        for (var o = 0; o < s.OutputChannels; o++)
                        {
                            sum += arguments.OutputGradient[y + o] * arguments.Weight[k + o];
                        }
                    }
                }
            }
        }

        arguments.InputGradient[index] = arguments.Keep == 0 ? sum : arguments.InputGradient[index] + sum;
    }

    /// <summary>One call a weight, then one a bias: each sums over all pixels of the batch.</summary>
    private static void WeightGradient(Index1D index, ConvArguments arguments)
    {
        var s = arguments.Sizes;
        var weights = Side * Side * s.InputChannels * s.OutputChannels;
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
        int i = tap / Side, j = tap % Side;
        int firstRow = i == 0 ? 1 : 0, endRow = i == Side - 1 ? s.OutputHeight - 1 : s.OutputHeight;
        int firstColumn = j == 0 ? 1 : 0, endColumn = j == Side - 1 ? s.OutputWidth - 1 : s.OutputWidth;
        for (var b = 0; b < s.Batch; b++)
        {
            for (var h = firstRow; h < endRow; h++)
            {
                var x = ((b * s.InputHeight) + ((h + i - 1) / 2)) * s.InputWidth;
                var y = (((b * s.OutputHeight) + h) * s.OutputWidth * s.OutputChannels) + o;
                for (var w = firstColumn; w < endColumn; w++)
                {
                    sum += arguments.Input[((x + ((w + j - 1) / 2)) * s.InputChannels) + c]
                        * arguments.OutputGradient[y + (w * s.OutputChannels)];
                }
            }
        }

        arguments.WeightGradient[index] = arguments.Keep == 0 ? sum : arguments.WeightGradient[index] + sum;
    }
}
