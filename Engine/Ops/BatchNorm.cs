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

    /// <summary>Two numbers a chunk and channel.</summary>
    public ArrayView<float> Chunks;
    public int Pixels;
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
    /// <summary>Pixels of one chunk: statistics are taken a chunk at a time, then combined in order (Chan et al. 1979).</summary>
    internal const int Chunk = 256;

    internal static readonly Kernel<BatchNormArguments> ChunkStatisticsKernel =
        new("batchNorm.chunkStatistics", ChunkStatistics, BatchNormHost<TActivation>.ChunkStatistics);

    internal static readonly Kernel<BatchNormArguments> StatisticsKernel = new("batchNorm.statistics", Statistics);

    internal static readonly Kernel<BatchNormArguments> RunningKernel = new("batchNorm.running", Running);

    internal static readonly Kernel<BatchNormArguments> ForwardKernel =
        new($"batchNorm.{TActivation.Name}.forward", Forward, BatchNormHost<TActivation>.Forward);

    internal static readonly Kernel<BatchNormArguments> ChunkGradientsKernel =
        new($"batchNorm.{TActivation.Name}.chunkGradients", ChunkGradients, BatchNormHost<TActivation>.ChunkGradients);

    internal static readonly Kernel<BatchNormArguments> ParameterKernel = new("batchNorm.parameterGradient", ParameterGradient);

    internal static readonly Kernel<BatchNormArguments> InputKernel =
        new($"batchNorm.{TActivation.Name}.inputGradient", InputGradient, BatchNormHost<TActivation>.InputGradient);

    private readonly Scratch statistics;
    private readonly Scratch chunks;
    private readonly Scratch gradientChunks;
    private readonly float epsilon;
    private readonly float momentum;

    internal BatchNorm(string name, Tensor[] inputs, float epsilon, float momentum)
        : base(name, inputs[0].Shape, inputs)
    {
        this.epsilon = epsilon;
        this.momentum = momentum;
        var channels = Output.Shape.Channels;
        var count = (Output.Shape.Pixels + Chunk - 1) / Chunk;
        statistics = new Scratch(2 * channels, Lifetime.Kept);
        chunks = new Scratch(checked(2 * count * channels), Lifetime.Forward);
        gradientChunks = new Scratch(checked(2 * (count + 1) * channels), Lifetime.Backward);
    }

    public override IEnumerable<Scratch> Scratches => [statistics, chunks, gradientChunks];

    public override void Forward(Recording recording)
    {
        var arguments = Arguments(recording, chunks);
        arguments.Output = recording.Value(Output);
        if (recording.Training)
        {
            recording.Launch(ChunkStatisticsKernel, arguments, chunks.Count / 2);
            recording.Launch(StatisticsKernel, arguments, Output.Shape.Channels);
        }
        else
        {
            recording.Launch(RunningKernel, arguments, Output.Shape.Channels);
        }

        recording.Launch(ForwardKernel, arguments, Output.Shape.Count);
    }

    public override void Backward(Recording recording)
    {
        var arguments = Arguments(recording, gradientChunks);
        arguments.OutputGradient = recording.OutputGradient(Output);
        arguments.ScaleGradient = recording.InputGradient(Inputs[1], out arguments.KeepScale);
        arguments.ShiftGradient = recording.InputGradient(Inputs[2], out arguments.KeepShift);
        recording.Launch(ChunkGradientsKernel, arguments, chunks.Count / 2);
        recording.Launch(ParameterKernel, arguments, Output.Shape.Channels);
        if (Inputs[0].IsDifferentiable)
        {
            arguments.InputGradient = recording.InputGradient(Inputs[0], out arguments.Keep);
            recording.Launch(InputKernel, arguments, Output.Shape.Count);
        }
    }

    private BatchNormArguments Arguments(Recording recording, Scratch working) => new()
    {
        Input = recording.Value(Inputs[0]),
        Scale = recording.Value(Inputs[1]),
        Shift = recording.Value(Inputs[2]),
        RunningMean = recording.Value(Inputs[3]),
        RunningVariance = recording.Value(Inputs[4]),
        Statistics = recording.Scratch(statistics),
        Chunks = recording.Scratch(working),
        Pixels = Output.Shape.Pixels,
        Channels = Output.Shape.Channels,
        Epsilon = epsilon,
        Momentum = momentum,
    };

    /// <summary>One call a chunk and channel: the chunk's mean and its sum of squared distances from it.</summary>
    private static void ChunkStatistics(Index1D index, BatchNormArguments arguments)
    {
        var channel = index % arguments.Channels;
        int first = index / arguments.Channels * Chunk;
        var end = first + Chunk < arguments.Pixels ? first + Chunk : arguments.Pixels;
        var sum = 0f;
        for (var pixel = first; pixel < end; pixel++)
        {
            sum += arguments.Input[(pixel * arguments.Channels) + channel];
        }

        var mean = sum / (end - first);
        var squares = 0f;
        for (var pixel = first; pixel < end; pixel++)
        {
            var distance = arguments.Input[(pixel * arguments.Channels) + channel] - mean;
            squares += distance * distance;
        }

        arguments.Chunks[2 * index] = mean;
        arguments.Chunks[(2 * index) + 1] = squares;
    }

    /// <summary>One call a channel: combines the chunks and moves the running statistics.</summary>
    private static void Statistics(Index1D channel, BatchNormArguments arguments)
    {
        float mean = 0f, squares = 0f;
        for (var first = 0; first < arguments.Pixels; first += Chunk)
        {
            var count = first + Chunk < arguments.Pixels ? Chunk : arguments.Pixels - first;
            var place = 2 * ((first / Chunk * arguments.Channels) + channel);
            var distance = arguments.Chunks[place] - mean;
            var share = (float)count / (first + count);
            mean += distance * share;
            squares += arguments.Chunks[place + 1] + (distance * distance * first * share);
        }

        var pixels = arguments.Pixels;
        arguments.Statistics[channel] = mean;
        arguments.Statistics[channel + arguments.Channels] = 1f / XMath.Sqrt((squares / pixels) + arguments.Epsilon);
        var unbiased = pixels > 1 ? squares / (pixels - 1) : 0f;
        arguments.RunningMean[channel] += arguments.Momentum * (mean - arguments.RunningMean[channel]);
        arguments.RunningVariance[channel] += arguments.Momentum * (unbiased - arguments.RunningVariance[channel]);
    }

    private static void Running(Index1D channel, BatchNormArguments arguments)
    {
        arguments.Statistics[channel] = arguments.RunningMean[channel];
        arguments.Statistics[channel + arguments.Channels] = 1f / XMath.Sqrt(arguments.RunningVariance[channel] + arguments.Epsilon);
    }

    private static void Forward(Index1D index, BatchNormArguments arguments)
    {
        var channel = index % arguments.Channels;
        var distance = arguments.Input[index] - arguments.Statistics[channel];
        var normal = distance * arguments.Statistics[channel + arguments.Channels];
        arguments.Output[index] = TActivation.Apply((normal * arguments.Scale[channel]) + arguments.Shift[channel]);
    }

    /// <summary>
    /// One call a chunk and channel: the sums of g and g n, where g is the gradient before the activation, n the normalised input.
    /// </summary>
    private static void ChunkGradients(Index1D index, BatchNormArguments arguments)
    {
        var channel = index % arguments.Channels;
        int first = index / arguments.Channels * Chunk;
        var end = first + Chunk < arguments.Pixels ? first + Chunk : arguments.Pixels;
        float sum = 0f, product = 0f;
        for (var pixel = first; pixel < end; pixel++)
        {
            var place = (pixel * arguments.Channels) + channel;
            var normal = (arguments.Input[place] - arguments.Statistics[channel]) * arguments.Statistics[channel + arguments.Channels];
            var slope = TActivation.Slope((normal * arguments.Scale[channel]) + arguments.Shift[channel]);
            var gradient = arguments.OutputGradient[place] * slope;
            sum += gradient;
            product += gradient * normal;
        }

        arguments.Chunks[2 * index] = sum;
        arguments.Chunks[(2 * index) + 1] = product;
    }

    /// <summary>One call a channel: adds the chunks; the totals also go behind them, for the input gradient.</summary>
    private static void ParameterGradient(Index1D channel, BatchNormArguments arguments)
    {
        float sum = 0f, product = 0f;
        var chunks = (arguments.Pixels + Chunk - 1) / Chunk;
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            var place = 2 * ((chunk * arguments.Channels) + channel);
            sum += arguments.Chunks[place];
            product += arguments.Chunks[place + 1];
        }

        var totals = 2 * ((chunks * arguments.Channels) + channel);
        arguments.Chunks[totals] = sum;
        arguments.Chunks[totals + 1] = product;
        arguments.ShiftGradient[channel] = arguments.KeepShift == 0 ? sum : arguments.ShiftGradient[channel] + sum;
        arguments.ScaleGradient[channel] = arguments.KeepScale == 0 ? product : arguments.ScaleGradient[channel] + product;
    }

    private static void InputGradient(Index1D index, BatchNormArguments arguments)
    {
        var channel = index % arguments.Channels;
        var totals = 2 * (((arguments.Pixels + Chunk - 1) / Chunk * arguments.Channels) + channel);
        var deviation = arguments.Statistics[channel + arguments.Channels];
        var normal = (arguments.Input[index] - arguments.Statistics[channel]) * deviation;
        var slope = TActivation.Slope((normal * arguments.Scale[channel]) + arguments.Shift[channel]);
        var gradient = arguments.OutputGradient[index] * slope;
        var mean = (arguments.Chunks[totals] + (normal * arguments.Chunks[totals + 1])) / arguments.Pixels;
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
    public static Tensor BatchNorm<TActivation>(this Tensor input, string name, float epsilon = 1e-5f, float momentum = 0.1f)
        where TActivation : struct, IActivation
    {
        var plain = Layout.Plain(input.Shape.Channels);
        var graph = input.Graph;
        return new BatchNorm<TActivation>(
            name,
            [
                input,
                graph.Parameter($"{name}.weight", plain, Initial.Constant(1f)),
                graph.Parameter($"{name}.bias", plain, Initial.Constant(0f)),
                graph.Parameter($"{name}.running_mean", plain, Initial.Constant(0f), trained: false),
                graph.Parameter($"{name}.running_var", plain, Initial.Constant(1f), trained: false),
            ],
            epsilon,
            momentum).Output;
    }
}
