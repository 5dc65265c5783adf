using ILGPU;
using ILGPU.Algorithms;

namespace Estampa.Engine;

/// <summary>What the kernels of batch normalisation read and write; statistics are one number a channel.</summary>
public struct BatchNormArguments
{
    public ArrayView<float> Input;
    public ArrayView<float> Output;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> InputGradient;
    public ArrayView<float> Scale;
    public ArrayView<float> Shift;
    public ArrayView<float> ScaleGradient;
    public ArrayView<float> ShiftGradient;
    public ArrayView<float> RunningMean;
    public ArrayView<float> RunningVariance;

    /// <summary>Mean, then 1 / sqrt(variance + epsilon), of each channel.</summary>
    public ArrayView<float> Statistics;

    /// <summary>Two rows of one number a channel for each image.</summary>
    public ArrayView<float> Sums;
    public int Batch;

    /// <summary>Pixels of one image.</summary>
    public int Area;
    public int Channels;
    public float Epsilon;
    public float Momentum;
    public int Keep;
    public int KeepScale;
    public int KeepShift;
}

/// <summary>
/// Batch normalisation with the activation that follows it (Ioffe and Szegedy 2015, arXiv:1502.03167), PyTorch's semantics:
/// y = f(scale (x - mean) / sqrt(variance + epsilon) + shift) over batch, height and width of each channel. Training uses the batch's
/// mean and biased variance and moves the running ones by <c>momentum</c> (the running variance is the unbiased one); evaluation uses
/// the running ones.
/// </summary>
public sealed class BatchNorm<TActivation> : Op
    where TActivation : struct, IActivation
{
    internal static readonly Kernel<BatchNormArguments> ImageStatisticsKernel =
        new("batchNorm.imageStatistics", ImageStatistics, BatchNormHost<TActivation>.ImageStatistics)
        {
            Devices = new() { Grouped = BatchNormGrouped<TActivation>.ImageStatistics },
        };

    internal static readonly Kernel<BatchNormArguments> StatisticsKernel =
        new("batchNorm.statistics", Statistics, BatchNormHost<TActivation>.Statistics)
        {
            Devices = new() { Grouped = BatchNormGrouped<TActivation>.Statistics },
        };

    internal static readonly Kernel<BatchNormArguments> ForwardKernel =
        new($"batchNorm.{TActivation.Name}.forward", Forward, BatchNormHost<TActivation>.Forward);

    internal static readonly Kernel<BatchNormArguments> EvaluateKernel =
        new($"batchNorm.{TActivation.Name}.evaluate", Evaluate, BatchNormHost<TActivation>.Evaluate);

    internal static readonly Kernel<BatchNormArguments> ImageGradientsKernel =
        new($"batchNorm.{TActivation.Name}.imageGradients", ImageGradients, BatchNormHost<TActivation>.ImageGradients)
        {
            Devices = new() { Grouped = BatchNormGrouped<TActivation>.ImageGradients },
        };

    internal static readonly Kernel<BatchNormArguments> ParameterKernel =
        new("batchNorm.parameterGradient", ParameterGradient, BatchNormHost<TActivation>.ParameterGradient)
        {
            Devices = new() { Grouped = BatchNormGrouped<TActivation>.ParameterGradient },
        };

    internal static readonly Kernel<BatchNormArguments> InputKernel =
        new($"batchNorm.{TActivation.Name}.inputGradient", InputGradient, BatchNormHost<TActivation>.InputGradient);

    private readonly Scratch statistics;
    private readonly Scratch sums;
    private readonly Scratch gradientSums;
    private readonly float epsilon;
    private readonly float momentum;

    internal BatchNorm(string name, Tensor[] inputs, float epsilon, float momentum)
        : base(name, inputs[0].Shape, inputs)
    {
        this.epsilon = epsilon;
        this.momentum = momentum;
        var (batch, channels) = (Output.Shape.Batch, Output.Shape.Channels);
        statistics = new Scratch(2 * channels);
        sums = new Scratch(checked(2 * batch * channels));
        gradientSums = new Scratch(checked(2 * (batch + 1) * channels));
    }

    public override bool CanRemake => true;

    public override void Forward(Recording recording)
    {
        var arguments = Arguments(recording);
        if (recording.Training)
        {
            // Its variance would be 0 of nothing, and rounding would decide what follows; PyTorch refuses it too.
            if (Output.Shape.Count == Output.Shape.Channels)
            {
                throw new ShapeException($"BatchNorm '{Name}' of {Output.Shape}: training needs more than one value a channel");
            }

            arguments.Statistics = recording.Scratch(statistics);
            arguments.Sums = recording.Scratch(sums);
            recording.Launch(ImageStatisticsKernel, arguments, sums.Count / 2);
            recording.Launch(StatisticsKernel, arguments, Output.Shape.Channels);
        }

        arguments.Output = recording.Value(Output);
        recording.Launch(recording.Training ? ForwardKernel : EvaluateKernel, arguments, Output.Shape.Count);
    }

    public override void Remake(Recording recording)
    {
        var arguments = Arguments(recording);
        arguments.Statistics = recording.Scratch(statistics);
        arguments.Output = recording.Value(Output);
        recording.Launch(ForwardKernel, arguments, Output.Shape.Count);
    }

    public override void Backward(Recording recording)
    {
        var arguments = Arguments(recording);
        arguments.Statistics = recording.Scratch(statistics);
        arguments.Sums = recording.Scratch(gradientSums);
        arguments.OutputGradient = recording.OutputGradient(Output);
        arguments.ScaleGradient = recording.InputGradient(Inputs[1], out arguments.KeepScale);
        arguments.ShiftGradient = recording.InputGradient(Inputs[2], out arguments.KeepShift);
        recording.Launch(ImageGradientsKernel, arguments, sums.Count / 2);
        recording.Launch(ParameterKernel, arguments, Output.Shape.Channels);
        if (Inputs[0].IsDifferentiable)
        {
            arguments.InputGradient = recording.InputGradient(Inputs[0], out arguments.Keep);
            recording.Launch(InputKernel, arguments, Output.Shape.Count);
        }
    }

    private BatchNormArguments Arguments(Recording recording) => new()
    {
        Input = recording.Value(Inputs[0]),
        Scale = recording.Value(Inputs[1]),
        Shift = recording.Value(Inputs[2]),
        RunningMean = recording.Value(Inputs[3]),
        RunningVariance = recording.Value(Inputs[4]),
        Batch = Output.Shape.Batch,
        Area = Output.Shape.Height * Output.Shape.Width,
        Channels = Output.Shape.Channels,
        Epsilon = epsilon,
        Momentum = momentum,
    };

    /// <summary>One call an image and channel: the image's mean and its sum of squared distances from it.</summary>
    private static void ImageStatistics(Index1D index, BatchNormArguments arguments)
    {
        var channel = index % arguments.Channels;
        var image = index / arguments.Channels;
        int first = ((image * arguments.Area) * arguments.Channels) + channel;
        var sum = 0f;
        for (var pixel = 0; pixel < arguments.Area; pixel++)
        {
            sum += arguments.Input[first + (pixel * arguments.Channels)];
        }

        var mean = sum / arguments.Area;
        var squares = 0f;
        for (var pixel = 0; pixel < arguments.Area; pixel++)
        {
            var distance = arguments.Input[first + (pixel * arguments.Channels)] - mean;
            squares += distance * distance;
        }

        int place = (2 * image * arguments.Channels) + channel;
        arguments.Sums[place] = mean;
        arguments.Sums[place + arguments.Channels] = squares;
    }

    /// <summary>One call a channel: combines the images in order (Chan et al. 1979) and moves the running statistics.</summary>
    private static void Statistics(Index1D channel, BatchNormArguments arguments)
    {
        float mean = 0f, squares = 0f;
        for (var image = 0; image < arguments.Batch; image++)
        {
            int place = (2 * image * arguments.Channels) + channel;
            var distance = arguments.Sums[place] - mean;
            var share = 1f / (image + 1);
            mean += distance * share;
            squares += arguments.Sums[place + arguments.Channels] + (distance * distance * image * share * arguments.Area);
        }

        var pixels = arguments.Batch * arguments.Area;
        arguments.Statistics[channel] = mean;
        arguments.Statistics[channel + arguments.Channels] = 1f / XMath.Sqrt((squares / pixels) + arguments.Epsilon);
        var unbiased = pixels > 1 ? squares / (pixels - 1) : 0f;
        arguments.RunningMean[channel] += arguments.Momentum * (mean - arguments.RunningMean[channel]);
        arguments.RunningVariance[channel] += arguments.Momentum * (unbiased - arguments.RunningVariance[channel]);
    }

    private static void Forward(Index1D index, BatchNormArguments arguments)
    {
        var channel = index % arguments.Channels;
        var distance = arguments.Input[index] - arguments.Statistics[channel];
        var normal = distance * arguments.Statistics[channel + arguments.Channels];
        arguments.Output[index] = TActivation.Apply((normal * arguments.Scale[channel]) + arguments.Shift[channel]);
    }

    private static void Evaluate(Index1D index, BatchNormArguments arguments)
    {
        var channel = index % arguments.Channels;
        var distance = arguments.Input[index] - arguments.RunningMean[channel];
        var normal = distance / XMath.Sqrt(arguments.RunningVariance[channel] + arguments.Epsilon);
        arguments.Output[index] = TActivation.Apply((normal * arguments.Scale[channel]) + arguments.Shift[channel]);
    }

    /// <summary>
    /// One call an image and channel: the sums of g and g n, where g is the gradient before the activation, n the normalised input.
    /// </summary>
    private static void ImageGradients(Index1D index, BatchNormArguments arguments)
    {
        var channel = index % arguments.Channels;
        var image = index / arguments.Channels;
        int first = ((image * arguments.Area) * arguments.Channels) + channel;
        float sum = 0f, product = 0f;
        for (var pixel = 0; pixel < arguments.Area; pixel++)
        {
            var element = first + (pixel * arguments.Channels);
            var normal = (arguments.Input[element] - arguments.Statistics[channel]) * arguments.Statistics[channel + arguments.Channels];
            var slope = TActivation.Slope((normal * arguments.Scale[channel]) + arguments.Shift[channel]);
            var gradient = arguments.OutputGradient[element] * slope;
            sum += gradient;
            product += gradient * normal;
        }

        int place = (2 * image * arguments.Channels) + channel;
        arguments.Sums[place] = sum;
        arguments.Sums[place + arguments.Channels] = product;
    }

    /// <summary>One call a channel: adds the images; the totals also go behind them, for the input gradient.</summary>
    private static void ParameterGradient(Index1D channel, BatchNormArguments arguments)
    {
        float sum = 0f, product = 0f;
        for (var image = 0; image < arguments.Batch; image++)
        {
            int place = (2 * image * arguments.Channels) + channel;
            sum += arguments.Sums[place];
            product += arguments.Sums[place + arguments.Channels];
        }

        int totals = (2 * arguments.Batch * arguments.Channels) + channel;
        arguments.Sums[totals] = sum;
        arguments.Sums[totals + arguments.Channels] = product;
        arguments.ShiftGradient[channel] = arguments.KeepShift == 0 ? sum : arguments.ShiftGradient[channel] + sum;
        arguments.ScaleGradient[channel] = arguments.KeepScale == 0 ? product : arguments.ScaleGradient[channel] + product;
    }

    private static void InputGradient(Index1D index, BatchNormArguments arguments)
    {
        var channel = index % arguments.Channels;
        int totals = (2 * arguments.Batch * arguments.Channels) + channel;
        var deviation = arguments.Statistics[channel + arguments.Channels];
        var normal = (arguments.Input[index] - arguments.Statistics[channel]) * deviation;
        var slope = TActivation.Slope((normal * arguments.Scale[channel]) + arguments.Shift[channel]);
        var gradient = arguments.OutputGradient[index] * slope;
        var product = normal * arguments.Sums[totals + arguments.Channels];
        var mean = (arguments.Sums[totals] + product) / (arguments.Batch * arguments.Area);
        var result = arguments.Scale[channel] * deviation * (gradient - mean);
        arguments.InputGradient[index] = arguments.Keep == 0 ? result : arguments.InputGradient[index] + result;
    }
}

/// <summary>The call that adds batch normalisation to a graph.</summary>
public static class BatchNormCall
{
    /// <summary>Normalises each channel over batch, height and width, then applies the activation.</summary>
    /// <param name="input">Images (batch, height, width, channels) or rows (batch, channels).</param>
    /// <param name="name">Parameters are name.weight, name.bias, name.running_mean and name.running_var.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="momentum">Share of the batch in the running statistics.</param>
    /// <exception cref="ArgumentException">Epsilon is negative or not finite, or momentum not within 0 and 1.</exception>
    public static Tensor BatchNorm<TActivation>(this Tensor input, string name, float epsilon = 1e-5f, float momentum = 0.1f)
        where TActivation : struct, IActivation
    {
        ArgumentNullException.ThrowIfNull(input);
        if (!(epsilon >= 0 && float.IsFinite(epsilon) && momentum is >= 0 and <= 1))
        {
            throw new ArgumentException($"BatchNorm '{name}' of {input.Shape}: epsilon {epsilon} must be finite and 0 or more, momentum"
                + $" {momentum} a share of 0 to 1");
        }

        var plain = Layout.Plain(input.Shape.Channels);
        var graph = input.Graph;
        return graph.Whole($"BatchNorm '{name}' of {input.Shape}", () => new BatchNorm<TActivation>(
            name,
            [
                input,
                graph.Parameter($"{name}.weight", plain, Initial.Constant(1f)),
                graph.Parameter($"{name}.bias", plain, Initial.Constant(0f)),
                graph.Parameter($"{name}.running_mean", plain, Initial.Constant(0f), trained: false),
                graph.Parameter($"{name}.running_var", plain, Initial.Constant(1f), trained: false),
            ],
            epsilon,
            momentum).Output);
    }
}
