using System.Numerics.Tensors;

namespace Estampa.Engine;

/// <summary>Batch normalisation on the processor: a thread takes a chunk of pixels and runs over rows of channels.</summary>
internal static unsafe class BatchNormHost<TActivation>
    where TActivation : struct, IActivation
{
    private const int Chunk = BatchNorm<TActivation>.Chunk;

    public static readonly HostRoute<BatchNormArguments> ChunkStatistics = new(Chunks, 1, RunChunkStatistics);
    public static readonly HostRoute<BatchNormArguments> Forward = new(Chunks, 1, RunForward);
    public static readonly HostRoute<BatchNormArguments> ChunkGradients = new(Chunks, 1, RunChunkGradients);
    public static readonly HostRoute<BatchNormArguments> InputGradient = new(Chunks, 1, RunInputGradient);

    private static int Chunks(BatchNormArguments arguments) => (arguments.Pixels + Chunk - 1) / Chunk;

    private static void RunChunkStatistics(in BatchNormArguments arguments, int first, int end)
    {
        var channels = arguments.Channels;
        Span<float> means = Room(0, channels), squares = Room(1, channels), distances = Room(2, channels);
        for (var chunk = first; chunk < end; chunk++)
        {
            var rows = Math.Min(Chunk, arguments.Pixels - (chunk * Chunk));
            var input = HostMemory.Address(arguments.Input) + ((nint)chunk * Chunk * channels);
            means.Clear();
            squares.Clear();
            for (var row = 0; row < rows; row++)
            {
                TensorPrimitives.Add(means, new ReadOnlySpan<float>(input + (row * channels), channels), means);
            }

            TensorPrimitives.Divide(means, rows, means);
            for (var row = 0; row < rows; row++)
            {
                TensorPrimitives.Subtract(new ReadOnlySpan<float>(input + (row * channels), channels), means, distances);
                TensorPrimitives.MultiplyAdd(distances, distances, squares, squares);
            }

            Interleave(means, squares, HostMemory.Address(arguments.Chunks) + ((nint)chunk * 2 * channels));
        }
    }

    private static void RunForward(in BatchNormArguments arguments, int first, int end)
    {
        var channels = arguments.Channels;
        Span<float> factors = Room(0, channels), offsets = Room(1, channels);
        Line(arguments, factors, offsets);
        for (var pixel = first * Chunk; pixel < Math.Min(end * Chunk, arguments.Pixels); pixel++)
        {
            var input = new ReadOnlySpan<float>(HostMemory.Address(arguments.Input) + ((nint)pixel * channels), channels);
            var output = new Span<float>(HostMemory.Address(arguments.Output) + ((nint)pixel * channels), channels);
            TensorPrimitives.MultiplyAdd(input, factors, offsets, output);
            TActivation.Apply(output, output);
        }
    }

    private static void RunChunkGradients(in BatchNormArguments arguments, int first, int end)
    {
        var channels = arguments.Channels;
        Span<float> factors = Room(0, channels), offsets = Room(1, channels), sums = Room(2, 2 * channels);
        var products = sums[channels..];
        sums = sums[..channels];
        Line(arguments, factors, offsets);
        var statistics = new ReadOnlySpan<float>(HostMemory.Address(arguments.Statistics), 2 * channels);
        for (var chunk = first; chunk < end; chunk++)
        {
            sums.Clear();
            products.Clear();
            for (var pixel = chunk * Chunk; pixel < Math.Min((chunk + 1) * Chunk, arguments.Pixels); pixel++)
            {
                var input = HostMemory.Address(arguments.Input) + ((nint)pixel * channels);
                var gradients = HostMemory.Address(arguments.OutputGradient) + ((nint)pixel * channels);
                for (var c = 0; c < channels; c++)
                {
                    var gradient = gradients[c] * TActivation.Slope((input[c] * factors[c]) + offsets[c]);
                    sums[c] += gradient;
                    products[c] += gradient * (input[c] - statistics[c]);
                }
            }

            TensorPrimitives.Multiply(products, statistics[channels..], products);
            Interleave(sums, products, HostMemory.Address(arguments.Chunks) + ((nint)chunk * 2 * channels));
        }
    }

    private static void RunInputGradient(in BatchNormArguments arguments, int first, int end)
    {
        var channels = arguments.Channels;
        Span<float> factors = Room(0, channels), offsets = Room(1, channels), slopes = Room(2, 2 * channels);
        var constants = slopes[channels..];
        slopes = slopes[..channels];
        Line(arguments, factors, offsets);

        // The result is factor (g - (sum + n product) / pixels); with n = (x - mean) deviation that is factor g - slope x - constant.
        var statistics = HostMemory.Address(arguments.Statistics);
        var totals = HostMemory.Address(arguments.Chunks) + ((nint)Chunks(arguments) * 2 * channels);
        for (var c = 0; c < channels; c++)
        {
            slopes[c] = factors[c] * statistics[c + channels] * totals[(2 * c) + 1] / arguments.Pixels;
            constants[c] = (factors[c] * totals[2 * c] / arguments.Pixels) - (slopes[c] * statistics[c]);
        }

        for (var pixel = first * Chunk; pixel < Math.Min(end * Chunk, arguments.Pixels); pixel++)
        {
            var input = HostMemory.Address(arguments.Input) + ((nint)pixel * channels);
            var gradients = HostMemory.Address(arguments.OutputGradient) + ((nint)pixel * channels);
            var target = HostMemory.Address(arguments.InputGradient) + ((nint)pixel * channels);
            for (var c = 0; c < channels; c++)
            {
                var gradient = gradients[c] * TActivation.Slope((input[c] * factors[c]) + offsets[c]);
                var result = (factors[c] * gradient) - (slopes[c] * input[c]) - constants[c];
                target[c] = arguments.Keep == 0 ? result : target[c] + result;
            }
        }
    }

    /// <summary>Normalisation, scale and shift as one line a channel: x factor + offset.</summary>
    private static void Line(in BatchNormArguments arguments, Span<float> factors, Span<float> offsets)
    {
        float* statistics = HostMemory.Address(arguments.Statistics), scale = HostMemory.Address(arguments.Scale);
        var shift = HostMemory.Address(arguments.Shift);
        for (var c = 0; c < factors.Length; c++)
        {
            factors[c] = scale[c] * statistics[c + factors.Length];
            offsets[c] = shift[c] - (statistics[c] * factors[c]);
        }
    }

    private static void Interleave(ReadOnlySpan<float> first, ReadOnlySpan<float> second, float* target)
    {
        for (var c = 0; c < first.Length; c++)
        {
            target[2 * c] = first[c];
            target[(2 * c) + 1] = second[c];
        }
    }

    private static Span<float> Room(int slot, int count) => new(HostScratch.Floats(slot, count), count);
}
