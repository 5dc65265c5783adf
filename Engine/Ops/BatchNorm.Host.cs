using System.Runtime.Intrinsics;

namespace Estampa.Engine;

/// <summary>
/// Batch normalisation on the processor: a thread takes a chunk of pixels, which stays in its cache, and runs down it one vector of
/// channels at a time; channels beyond the last whole vector go one by one.
/// </summary>
internal static unsafe class BatchNormHost<TActivation>
    where TActivation : struct, IActivation
{
    private const int Chunk = BatchNorm<TActivation>.Chunk;

    public static readonly HostRoute<BatchNormArguments> ChunkStatistics = Route(
        RunStatistics<Lanes512, Vector512<float>>, RunStatistics<Lanes256, Vector256<float>>, RunStatistics<Lanes128, Vector128<float>>);

    public static readonly HostRoute<BatchNormArguments> Forward = Route(
        RunForward<Lanes512, Vector512<float>>, RunForward<Lanes256, Vector256<float>>, RunForward<Lanes128, Vector128<float>>);

    public static readonly HostRoute<BatchNormArguments> ChunkGradients = Route(
        RunGradients<Lanes512, Vector512<float>>, RunGradients<Lanes256, Vector256<float>>, RunGradients<Lanes128, Vector128<float>>);

    public static readonly HostRoute<BatchNormArguments> InputGradient = Route(
        RunInput<Lanes512, Vector512<float>>, RunInput<Lanes256, Vector256<float>>, RunInput<Lanes128, Vector128<float>>);

    private static HostRoute<BatchNormArguments> Route(
        HostBody<BatchNormArguments> wide, HostBody<BatchNormArguments> middle, HostBody<BatchNormArguments> narrow) =>
        new(arguments => (arguments.Pixels + Chunk - 1) / Chunk, 1, Tile.Choose(wide, middle, narrow));

    private static void RunStatistics<TLanes, TVector>(in BatchNormArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        for (var chunk = first; chunk < end; chunk++)
        {
            var channel = 0;
            for (; channel + TLanes.Count <= arguments.Channels; channel += TLanes.Count)
            {
                StatisticsColumn<TLanes, TVector>(arguments, chunk, channel);
            }

            for (; channel < arguments.Channels; channel++)
            {
                StatisticsColumn<Lane, float>(arguments, chunk, channel);
            }
        }
    }

    private static void RunForward<TLanes, TVector>(in BatchNormArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        for (var chunk = first; chunk < end; chunk++)
        {
            var channel = 0;
            for (; channel + TLanes.Count <= arguments.Channels; channel += TLanes.Count)
            {
                ForwardColumn<TLanes, TVector>(arguments, chunk, channel);
            }

            for (; channel < arguments.Channels; channel++)
            {
                ForwardColumn<Lane, float>(arguments, chunk, channel);
            }
        }
    }

    private static void RunGradients<TLanes, TVector>(in BatchNormArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        for (var chunk = first; chunk < end; chunk++)
        {
            var channel = 0;
            for (; channel + TLanes.Count <= arguments.Channels; channel += TLanes.Count)
            {
                GradientsColumn<TLanes, TVector>(arguments, chunk, channel);
            }

            for (; channel < arguments.Channels; channel++)
            {
                GradientsColumn<Lane, float>(arguments, chunk, channel);
            }
        }
    }

    private static void RunInput<TLanes, TVector>(in BatchNormArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        for (var chunk = first; chunk < end; chunk++)
        {
            var channel = 0;
            for (; channel + TLanes.Count <= arguments.Channels; channel += TLanes.Count)
            {
                InputColumn<TLanes, TVector>(arguments, chunk, channel);
            }

            for (; channel < arguments.Channels; channel++)
            {
                InputColumn<Lane, float>(arguments, chunk, channel);
            }
        }
    }

    private static void StatisticsColumn<TLanes, TVector>(in BatchNormArguments arguments, int chunk, int channel)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var rows = Rows(arguments, chunk);
        float* input = HostMemory.Address(arguments.Input) + Start(arguments, chunk, channel), x = input;
        TVector sum = TLanes.Zero, squares = TLanes.Zero;
        for (var row = 0; row < rows; row++, x += arguments.Channels)
        {
            sum = TLanes.Add(sum, TLanes.Load(x));
        }

        var mean = TLanes.Multiply(sum, TLanes.Broadcast(1f / rows));
        x = input;
        for (var row = 0; row < rows; row++, x += arguments.Channels)
        {
            var distance = TLanes.Subtract(TLanes.Load(x), mean);
            squares = TLanes.MultiplyAdd(distance, distance, squares);
        }

        Interleave<TLanes, TVector>(mean, squares, arguments, chunk, channel);
    }

    private static void ForwardColumn<TLanes, TVector>(in BatchNormArguments arguments, int chunk, int channel)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var (factor, offset) = Line<TLanes, TVector>(arguments, channel);
        float* x = HostMemory.Address(arguments.Input) + Start(arguments, chunk, channel);
        var y = HostMemory.Address(arguments.Output) + Start(arguments, chunk, channel);
        for (var row = Rows(arguments, chunk); row > 0; row--, x += arguments.Channels, y += arguments.Channels)
        {
            TLanes.Store(TActivation.Apply<TLanes, TVector>(TLanes.MultiplyAdd(TLanes.Load(x), factor, offset)), y);
        }
    }

    private static void GradientsColumn<TLanes, TVector>(in BatchNormArguments arguments, int chunk, int channel)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var (factor, offset) = Line<TLanes, TVector>(arguments, channel);
        var statistics = HostMemory.Address(arguments.Statistics) + channel;
        var mean = TLanes.Load(statistics);
        var x = HostMemory.Address(arguments.Input) + Start(arguments, chunk, channel);
        var g = HostMemory.Address(arguments.OutputGradient) + Start(arguments, chunk, channel);
        TVector sum = TLanes.Zero, product = TLanes.Zero;
        for (var row = Rows(arguments, chunk); row > 0; row--, x += arguments.Channels, g += arguments.Channels)
        {
            var input = TLanes.Load(x);
            var slope = TActivation.Slope<TLanes, TVector>(TLanes.MultiplyAdd(input, factor, offset));
            var gradient = TLanes.Multiply(TLanes.Load(g), slope);
            sum = TLanes.Add(sum, gradient);
            product = TLanes.MultiplyAdd(gradient, TLanes.Subtract(input, mean), product);
        }

        product = TLanes.Multiply(product, TLanes.Load(statistics + arguments.Channels));
        Interleave<TLanes, TVector>(sum, product, arguments, chunk, channel);
    }

    /// <summary>
    /// factor (g - (sum + n product) / pixels), where n = (x - mean) deviation, as factor g - tilt x - constant.
    /// </summary>
    private static void InputColumn<TLanes, TVector>(in BatchNormArguments arguments, int chunk, int channel)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        float* tilts = stackalloc float[TLanes.Count], constants = stackalloc float[TLanes.Count];
        var statistics = HostMemory.Address(arguments.Statistics) + channel;
        var totals = HostMemory.Address(arguments.Chunks) + (2 * (((arguments.Pixels + Chunk - 1) / Chunk * arguments.Channels) + channel));
        for (var lane = 0; lane < TLanes.Count; lane++)
        {
            var deviation = statistics[lane + arguments.Channels];
            var scale = HostMemory.Address(arguments.Scale)[channel + lane] * deviation;
            tilts[lane] = scale * deviation * totals[(2 * lane) + 1] / arguments.Pixels;
            constants[lane] = (scale * totals[2 * lane] / arguments.Pixels) - (tilts[lane] * statistics[lane]);
        }

        var (factor, offset) = Line<TLanes, TVector>(arguments, channel);
        TVector tilt = TLanes.Subtract(TLanes.Zero, TLanes.Load(tilts)), constant = TLanes.Load(constants);
        var x = HostMemory.Address(arguments.Input) + Start(arguments, chunk, channel);
        var g = HostMemory.Address(arguments.OutputGradient) + Start(arguments, chunk, channel);
        var target = HostMemory.Address(arguments.InputGradient) + Start(arguments, chunk, channel);
        var step = arguments.Channels;
        for (var row = Rows(arguments, chunk); row > 0; row--, x += step, g += step, target += step)
        {
            var input = TLanes.Load(x);
            var slope = TActivation.Slope<TLanes, TVector>(TLanes.MultiplyAdd(input, factor, offset));
            var gradient = TLanes.Multiply(TLanes.Load(g), slope);
            var result = TLanes.MultiplyAdd(factor, gradient, TLanes.Subtract(TLanes.Multiply(tilt, input), constant));
            TLanes.Store(arguments.Keep == 0 ? result : TLanes.Add(result, TLanes.Load(target)), target);
        }
    }

    private static int Rows(in BatchNormArguments arguments, int chunk) => Math.Min(Chunk, arguments.Pixels - (chunk * Chunk));

    private static nint Start(in BatchNormArguments arguments, int chunk, int channel) =>
        ((nint)chunk * Chunk * arguments.Channels) + channel;

    /// <summary>Normalisation, scale and shift as one line a channel: x factor + offset.</summary>
    private static (TVector Factor, TVector Offset) Line<TLanes, TVector>(in BatchNormArguments arguments, int channel)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var statistics = HostMemory.Address(arguments.Statistics) + channel;
        var factor = TLanes.Multiply(
            TLanes.Load(HostMemory.Address(arguments.Scale) + channel), TLanes.Load(statistics + arguments.Channels));
        var shift = TLanes.Load(HostMemory.Address(arguments.Shift) + channel);
        return (factor, TLanes.Subtract(shift, TLanes.Multiply(TLanes.Load(statistics), factor)));
    }

    private static void Interleave<TLanes, TVector>(TVector first, TVector second, in BatchNormArguments arguments, int chunk, int channel)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        float* firsts = stackalloc float[TLanes.Count], seconds = stackalloc float[TLanes.Count];
        TLanes.Store(first, firsts);
        TLanes.Store(second, seconds);
        var target = HostMemory.Address(arguments.Chunks) + (2 * (((nint)chunk * arguments.Channels) + channel));
        for (var lane = 0; lane < TLanes.Count; lane++)
        {
            target[2 * lane] = firsts[lane];
            target[(2 * lane) + 1] = seconds[lane];
        }
    }
}
