using System.Runtime.Intrinsics;

namespace Estampa.Engine;

/// <summary>
/// Batch normalisation on the processor, image by image. What comes from memory is read pixel by pixel, in order; sums are taken down
/// one vector of channels at a time, over an image that the launch before has just written and that is still in the cache.
/// </summary>
internal static unsafe class BatchNormHost<TActivation>
    where TActivation : struct, IActivation
{
    public static readonly ImageRoute<BatchNormArguments> ImageStatistics = Route(
        RunStatistics<Lanes512, Vector512<float>>, RunStatistics<Lanes256, Vector256<float>>, RunStatistics<Lanes128, Vector128<float>>);

    public static readonly ImageRoute<BatchNormArguments> Forward = Route(
        RunForward<Lanes512, Vector512<float>>, RunForward<Lanes256, Vector256<float>>, RunForward<Lanes128, Vector128<float>>);

    public static readonly ImageRoute<BatchNormArguments> Evaluate = Route(
        RunEvaluate<Lanes512, Vector512<float>>, RunEvaluate<Lanes256, Vector256<float>>, RunEvaluate<Lanes128, Vector128<float>>);

    public static readonly ImageRoute<BatchNormArguments> ImageGradients = Route(
        RunGradients<Lanes512, Vector512<float>>, RunGradients<Lanes256, Vector256<float>>, RunGradients<Lanes128, Vector128<float>>);

    public static readonly ImageRoute<BatchNormArguments> InputGradient = Route(
        RunInput<Lanes512, Vector512<float>>, RunInput<Lanes256, Vector256<float>>, RunInput<Lanes128, Vector128<float>>);

    public static readonly HostRoute<BatchNormArguments> Statistics = Columns(
        RunCombine<Lanes512, Vector512<float>>, RunCombine<Lanes256, Vector256<float>>, RunCombine<Lanes128, Vector128<float>>);

    public static readonly HostRoute<BatchNormArguments> ParameterGradient = Columns(
        RunTotals<Lanes512, Vector512<float>>, RunTotals<Lanes256, Vector256<float>>, RunTotals<Lanes128, Vector128<float>>);

    private static ImageRoute<BatchNormArguments> Route(
        ImageBody<BatchNormArguments> wide, ImageBody<BatchNormArguments> middle, ImageBody<BatchNormArguments> narrow) =>
        new(arguments => arguments.Batch, Tile.Choose(wide, middle, narrow));

    /// <summary>Work of a few microseconds over all channels, for one thread.</summary>
    private static HostRoute<BatchNormArguments> Columns(
        HostBody<BatchNormArguments> wide, HostBody<BatchNormArguments> middle, HostBody<BatchNormArguments> narrow) =>
        new(arguments => arguments.Channels, int.MaxValue / 2, Tile.Choose(wide, middle, narrow));

    private static void RunStatistics<TLanes, TVector>(in BatchNormArguments arguments, in Slice slice)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int channels = arguments.Channels, sample = arguments.Area * channels;
        var input = slice.Images(arguments.Input, sample);
        for (var image = slice.First; image < slice.End; image++)
        {
            var sums = HostMemory.Address(arguments.Sums) + (2 * (nint)image * channels);
            var channel = 0;
            for (; channel + TLanes.Count <= channels; channel += TLanes.Count)
            {
                StatisticsColumn<TLanes, TVector>(input + ((nint)image * sample) + channel, arguments.Area, channels, sums + channel);
            }

            for (; channel < channels; channel++)
            {
                StatisticsColumn<Lane, float>(input + ((nint)image * sample) + channel, arguments.Area, channels, sums + channel);
            }
        }
    }

    private static void StatisticsColumn<TLanes, TVector>(float* input, int area, int channels, float* sums)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector sum = TLanes.Zero, squares = TLanes.Zero;
        var x = input;
        for (var pixel = 0; pixel < area; pixel++, x += channels)
        {
            sum = TLanes.Add(sum, TLanes.Load(x));
        }

        var mean = TLanes.Multiply(sum, TLanes.Broadcast(1f / area));
        x = input;
        for (var pixel = 0; pixel < area; pixel++, x += channels)
        {
            var distance = TLanes.Subtract(TLanes.Load(x), mean);
            squares = TLanes.MultiplyAdd(distance, distance, squares);
        }

        TLanes.Store(mean, sums);
        TLanes.Store(squares, sums + channels);
    }

    private static void RunCombine<TLanes, TVector>(in BatchNormArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var channel = first;
        for (; channel + TLanes.Count <= end; channel += TLanes.Count)
        {
            CombineColumn<TLanes, TVector>(arguments, channel);
        }

        for (; channel < end; channel++)
        {
            CombineColumn<Lane, float>(arguments, channel);
        }
    }

    private static void CombineColumn<TLanes, TVector>(in BatchNormArguments arguments, int channel)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int channels = arguments.Channels, pixels = arguments.Batch * arguments.Area;
        TVector mean = TLanes.Zero, squares = TLanes.Zero;
        var sums = HostMemory.Address(arguments.Sums) + channel;
        for (var image = 0; image < arguments.Batch; image++, sums += 2 * channels)
        {
            var share = 1f / (image + 1);
            var distance = TLanes.Subtract(TLanes.Load(sums), mean);
            mean = TLanes.MultiplyAdd(distance, TLanes.Broadcast(share), mean);
            var between = TLanes.Multiply(TLanes.Multiply(distance, distance), TLanes.Broadcast(image * share * arguments.Area));
            squares = TLanes.Add(squares, TLanes.Add(TLanes.Load(sums + channels), between));
        }

        var statistics = HostMemory.Address(arguments.Statistics) + channel;
        TLanes.Store(mean, statistics);
        var variance = TLanes.Multiply(squares, TLanes.Broadcast(1f / pixels));
        TLanes.Store(Deviation<TLanes, TVector>(variance, arguments.Epsilon), statistics + channels);
        var unbiased = TLanes.Multiply(squares, TLanes.Broadcast(pixels > 1 ? 1f / (pixels - 1) : 0f));
        Move<TLanes, TVector>(HostMemory.Address(arguments.RunningMean) + channel, mean, arguments.Momentum);
        Move<TLanes, TVector>(HostMemory.Address(arguments.RunningVariance) + channel, unbiased, arguments.Momentum);
    }

    private static void Move<TLanes, TVector>(float* running, TVector value, float momentum)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var old = TLanes.Load(running);
        TLanes.Store(TLanes.MultiplyAdd(TLanes.Broadcast(momentum), TLanes.Subtract(value, old), old), running);
    }

    private static void RunForward<TLanes, TVector>(in BatchNormArguments arguments, in Slice slice)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var statistics = HostMemory.Address(arguments.Statistics);
        var line = HostScratch.Floats(2, 2 * arguments.Channels);
        Line<TLanes, TVector>(arguments, statistics, statistics + arguments.Channels, line);
        Apply<TLanes, TVector>(arguments, slice, line);
    }

    private static void RunEvaluate<TLanes, TVector>(in BatchNormArguments arguments, in Slice slice)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var channels = arguments.Channels;
        var line = HostScratch.Floats(2, 3 * channels);
        float* deviations = line + (2 * channels), variances = HostMemory.Address(arguments.RunningVariance);
        var channel = 0;
        for (; channel + TLanes.Count <= channels; channel += TLanes.Count)
        {
            var deviation = Deviation<TLanes, TVector>(TLanes.Load(variances + channel), arguments.Epsilon);
            TLanes.Store(deviation, deviations + channel);
        }

        for (; channel < channels; channel++)
        {
            deviations[channel] = Deviation<Lane, float>(variances[channel], arguments.Epsilon);
        }

        Line<TLanes, TVector>(arguments, HostMemory.Address(arguments.RunningMean), deviations, line);
        Apply<TLanes, TVector>(arguments, slice, line);
    }

    private static void Apply<TLanes, TVector>(in BatchNormArguments arguments, in Slice slice, float* line)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int channels = arguments.Channels, sample = arguments.Area * channels, whole = channels / TLanes.Count * TLanes.Count;
        float* x = slice.FirstImage(arguments.Input, sample), y = slice.FirstImage(arguments.Output, sample);
        for (var pixel = slice.Count * arguments.Area; pixel > 0; pixel--, x += channels, y += channels)
        {
            for (var channel = 0; channel < whole; channel += TLanes.Count)
            {
                TVector factor = TLanes.Load(line + channel), offset = TLanes.Load(line + channels + channel);
                var value = TLanes.MultiplyAdd(TLanes.Load(x + channel), factor, offset);
                TLanes.Store(TActivation.Apply<TLanes, TVector>(value), y + channel);
            }

            for (var channel = whole; channel < channels; channel++)
            {
                var value = Lane.MultiplyAdd(x[channel], line[channel], line[channels + channel]);
                y[channel] = TActivation.Apply<Lane, float>(value);
            }
        }
    }

    private static void RunGradients<TLanes, TVector>(in BatchNormArguments arguments, in Slice slice)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int channels = arguments.Channels, sample = arguments.Area * channels;
        float* input = slice.Images(arguments.Input, sample), gradient = slice.Images(arguments.OutputGradient, sample);
        var statistics = HostMemory.Address(arguments.Statistics);
        var line = HostScratch.Floats(2, 2 * channels);
        Line<TLanes, TVector>(arguments, statistics, statistics + channels, line);
        for (var image = slice.First; image < slice.End; image++)
        {
            float* x = input + ((nint)image * sample), g = gradient + ((nint)image * sample);
            var sums = HostMemory.Address(arguments.Sums) + (2 * (nint)image * channels);
            var channel = 0;
            for (; channel + TLanes.Count <= channels; channel += TLanes.Count)
            {
                GradientsColumn<TLanes, TVector>(
                    x + channel, g + channel, arguments.Area, channels, line + channel, statistics + channel, sums + channel);
            }

            for (; channel < channels; channel++)
            {
                GradientsColumn<Lane, float>(
                    x + channel, g + channel, arguments.Area, channels, line + channel, statistics + channel, sums + channel);
            }
        }
    }

    private static void GradientsColumn<TLanes, TVector>(
        float* x, float* g, int area, int channels, float* line, float* statistics, float* sums)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector factor = TLanes.Load(line), offset = TLanes.Load(line + channels), mean = TLanes.Load(statistics);
        TVector sum = TLanes.Zero, product = TLanes.Zero;
        for (var pixel = area; pixel > 0; pixel--, x += channels, g += channels)
        {
            var input = TLanes.Load(x);
            var slope = TActivation.Slope<TLanes, TVector>(TLanes.MultiplyAdd(input, factor, offset));
            var gradient = TLanes.Multiply(TLanes.Load(g), slope);
            sum = TLanes.Add(sum, gradient);
            product = TLanes.MultiplyAdd(gradient, TLanes.Subtract(input, mean), product);
        }

        TLanes.Store(sum, sums);
        TLanes.Store(TLanes.Multiply(product, TLanes.Load(statistics + channels)), sums + channels);
    }

    private static void RunTotals<TLanes, TVector>(in BatchNormArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var (channels, size) = (arguments.Channels, 2 * arguments.Channels);
        var sums = HostMemory.Address(arguments.Sums);
        var totals = sums + ((nint)arguments.Batch * size);
        new Span<float>(totals, size).Clear();
        Tile.AddRows<TLanes, TVector>(sums, arguments.Batch, size, size, totals);
        for (var channel = first; channel < end; channel++)
        {
            arguments.ShiftGradient[channel] = (arguments.KeepShift == 0 ? 0f : arguments.ShiftGradient[channel]) + totals[channel];
            arguments.ScaleGradient[channel] =
                (arguments.KeepScale == 0 ? 0f : arguments.ScaleGradient[channel]) + totals[channels + channel];
        }
    }

    /// <summary>
    /// factor (g - (sum + n product) / pixels), where n = (x - mean) deviation, as factor g - tilt x - constant.
    /// </summary>
    private static void RunInput<TLanes, TVector>(in BatchNormArguments arguments, in Slice slice)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int channels = arguments.Channels, sample = arguments.Area * channels, whole = channels / TLanes.Count * TLanes.Count;
        float* statistics = HostMemory.Address(arguments.Statistics), scales = HostMemory.Address(arguments.Scale);
        var totals = HostMemory.Address(arguments.Sums) + (2 * (nint)arguments.Batch * channels);
        var line = HostScratch.Floats(2, 4 * channels);
        Line<TLanes, TVector>(arguments, statistics, statistics + channels, line);
        float* tilts = line + (2 * channels), constants = line + (3 * channels);
        var share = 1f / ((float)arguments.Batch * arguments.Area);
        for (var channel = 0; channel < channels; channel++)
        {
            var (deviation, scale) = (statistics[channels + channel], scales[channel] * statistics[channels + channel]);
            tilts[channel] = -scale * deviation * totals[channels + channel] * share;
            constants[channel] = -((scale * totals[channel] * share) + (tilts[channel] * statistics[channel]));
        }

        float* x = slice.FirstImage(arguments.Input, sample), g = slice.FirstImage(arguments.OutputGradient, sample);
        var target = slice.FirstImage(arguments.InputGradient, sample);
        for (var pixel = slice.Count * arguments.Area; pixel > 0; pixel--, x += channels, g += channels, target += channels)
        {
            for (var channel = 0; channel < whole; channel += TLanes.Count)
            {
                InputVector<TLanes, TVector>(x + channel, g + channel, line + channel, channels, target + channel, arguments.Keep);
            }

            for (var channel = whole; channel < channels; channel++)
            {
                InputVector<Lane, float>(x + channel, g + channel, line + channel, channels, target + channel, arguments.Keep);
            }
        }
    }

    private static void InputVector<TLanes, TVector>(float* x, float* g, float* line, int channels, float* target, int keep)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector input = TLanes.Load(x), factor = TLanes.Load(line);
        var slope = TActivation.Slope<TLanes, TVector>(TLanes.MultiplyAdd(input, factor, TLanes.Load(line + channels)));
        var gradient = TLanes.Multiply(TLanes.Load(g), slope);
        var mean = TLanes.MultiplyAdd(TLanes.Load(line + (2 * channels)), input, TLanes.Load(line + (3 * channels)));
        var result = TLanes.MultiplyAdd(factor, gradient, mean);
        TLanes.Store(keep == 0 ? result : TLanes.Add(result, TLanes.Load(target)), target);
    }

    /// <summary>Normalisation, scale and shift as one line a channel, x factor + offset: all factors, then all offsets.</summary>
    private static void Line<TLanes, TVector>(in BatchNormArguments arguments, float* means, float* deviations, float* line)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        float* scales = HostMemory.Address(arguments.Scale), shifts = HostMemory.Address(arguments.Shift);
        var (channels, channel) = (arguments.Channels, 0);
        for (; channel + TLanes.Count <= channels; channel += TLanes.Count)
        {
            var factor = TLanes.Multiply(TLanes.Load(scales + channel), TLanes.Load(deviations + channel));
            TLanes.Store(factor, line + channel);
            var offset = TLanes.Subtract(TLanes.Load(shifts + channel), TLanes.Multiply(TLanes.Load(means + channel), factor));
            TLanes.Store(offset, line + channels + channel);
        }

        for (; channel < channels; channel++)
        {
            line[channel] = scales[channel] * deviations[channel];
            line[channels + channel] = shifts[channel] - (means[channel] * line[channel]);
        }
    }

    private static TVector Deviation<TLanes, TVector>(TVector variance, float epsilon)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct =>
        TLanes.Divide(TLanes.Broadcast(1f), TLanes.Sqrt(TLanes.Add(variance, TLanes.Broadcast(epsilon))));
}
