using System.Runtime.Intrinsics;

namespace Estampa.Engine;

/// <summary>Layer normalisation on the processor: rows by vectors, image by image; parameters by vectors of neighbouring places.</summary>
internal static unsafe class LayerNormHost
{
    public static readonly ImageRoute<LayerNormArguments> Forward = new(
        arguments => arguments.Batch,
        Tile.Choose<ImageBody<LayerNormArguments>>(
            RunForward<Lanes512, Vector512<float>>, RunForward<Lanes256, Vector256<float>>, RunForward<Lanes128, Vector128<float>>));

    public static readonly ImageRoute<LayerNormArguments> InputGradient = new(
        arguments => arguments.Batch,
        Tile.Choose<ImageBody<LayerNormArguments>>(
            RunInput<Lanes512, Vector512<float>>, RunInput<Lanes256, Vector256<float>>, RunInput<Lanes128, Vector128<float>>));

    /// <summary>A part is whole cache lines of each row.</summary>
    public static readonly HostRoute<LayerNormArguments> ParameterGradient = new(
        arguments => arguments.Width,
        16,
        Tile.Choose<HostBody<LayerNormArguments>>(
            RunPlaces<Lanes512, Vector512<float>>, RunPlaces<Lanes256, Vector256<float>>, RunPlaces<Lanes128, Vector128<float>>));

    private static void RunForward<TLanes, TVector>(in LayerNormArguments arguments, in Slice slice)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int width = arguments.Width, rows = arguments.Rows / arguments.Batch, whole = width / TLanes.Count * TLanes.Count;
        var input = slice.FirstImage(arguments.Input, rows * width);
        var output = slice.FirstImage(arguments.Output, rows * width);
        float* scales = HostMemory.Address(arguments.Scale), shifts = HostMemory.Address(arguments.Shift);
        var statistics = HostMemory.Address(arguments.Statistics) + (2 * (nint)slice.First * rows);
        for (var row = 0; row < slice.Count * rows; row++, input += width, output += width, statistics += 2)
        {
            var sum = Total<TLanes, TVector>(input, 0, whole) + Total<Lane, float>(input, whole, width);
            var mean = sum / width;
            var squares = Squares<TLanes, TVector>(input, 0, whole, mean) + Squares<Lane, float>(input, whole, width, mean);
            var deviation = 1f / MathF.Sqrt((squares / width) + arguments.Epsilon);
            (statistics[0], statistics[1]) = (mean, deviation);
            Write<TLanes, TVector>(input, output, scales, shifts, 0, whole, mean, deviation);
            Write<Lane, float>(input, output, scales, shifts, whole, width, mean, deviation);
        }
    }

    private static float Total<TLanes, TVector>(float* input, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var sum = TLanes.Zero;
        for (var place = first; place < end; place += TLanes.Count)
        {
            sum = TLanes.Add(sum, TLanes.Load(input + place));
        }

        return TLanes.Sum(sum);
    }

    private static float Squares<TLanes, TVector>(float* input, int first, int end, float mean)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var squares = TLanes.Zero;
        for (var place = first; place < end; place += TLanes.Count)
        {
            var distance = TLanes.Subtract(TLanes.Load(input + place), TLanes.Broadcast(mean));
            squares = TLanes.MultiplyAdd(distance, distance, squares);
        }

        return TLanes.Sum(squares);
    }

    private static void Write<TLanes, TVector>(
        float* input, float* output, float* scales, float* shifts, int first, int end, float mean, float deviation)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector means = TLanes.Broadcast(mean), deviations = TLanes.Broadcast(deviation);
        for (var place = first; place < end; place += TLanes.Count)
        {
            var normal = TLanes.Multiply(TLanes.Subtract(TLanes.Load(input + place), means), deviations);
            TLanes.Store(TLanes.MultiplyAdd(normal, TLanes.Load(scales + place), TLanes.Load(shifts + place)), output + place);
        }
    }

    private static void RunInput<TLanes, TVector>(in LayerNormArguments arguments, in Slice slice)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int width = arguments.Width, rows = arguments.Rows / arguments.Batch, whole = width / TLanes.Count * TLanes.Count;
        var input = slice.FirstImage(arguments.Input, rows * width);
        var gradient = slice.FirstImage(arguments.OutputGradient, rows * width);
        var target = slice.FirstImage(arguments.InputGradient, rows * width);
        var scales = HostMemory.Address(arguments.Scale);
        var statistics = HostMemory.Address(arguments.Statistics) + (2 * (nint)slice.First * rows);
        for (var row = 0; row < slice.Count * rows; row++, input += width, gradient += width, target += width, statistics += 2)
        {
            var (sum, product) = (0f, 0f);
            Sums<TLanes, TVector>(input, gradient, scales, 0, whole, statistics, ref sum, ref product);
            Sums<Lane, float>(input, gradient, scales, whole, width, statistics, ref sum, ref product);
            (sum, product) = (sum / width, product / width);
            Spread<TLanes, TVector>(input, gradient, scales, target, 0, whole, statistics, sum, product, arguments.Keep);
            Spread<Lane, float>(input, gradient, scales, target, whole, width, statistics, sum, product, arguments.Keep);
        }
    }

    private static void Sums<TLanes, TVector>(
        float* input, float* gradient, float* scales, int first, int end, float* statistics, ref float sum, ref float product)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector mean = TLanes.Broadcast(statistics[0]), deviation = TLanes.Broadcast(statistics[1]);
        TVector sums = TLanes.Zero, products = TLanes.Zero;
        for (var place = first; place < end; place += TLanes.Count)
        {
            var scaled = TLanes.Multiply(TLanes.Load(gradient + place), TLanes.Load(scales + place));
            var normal = TLanes.Multiply(TLanes.Subtract(TLanes.Load(input + place), mean), deviation);
            sums = TLanes.Add(sums, scaled);
            products = TLanes.MultiplyAdd(scaled, normal, products);
        }

        sum += TLanes.Sum(sums);
        product += TLanes.Sum(products);
    }

    private static void Spread<TLanes, TVector>(
        float* input, float* gradient, float* scales, float* target, int first, int end, float* statistics, float sum, float product,
        int keep)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector mean = TLanes.Broadcast(statistics[0]), deviation = TLanes.Broadcast(statistics[1]);
        TVector sums = TLanes.Broadcast(sum), products = TLanes.Broadcast(product);
        for (var place = first; place < end; place += TLanes.Count)
        {
            var scaled = TLanes.Multiply(TLanes.Load(gradient + place), TLanes.Load(scales + place));
            var normal = TLanes.Multiply(TLanes.Subtract(TLanes.Load(input + place), mean), deviation);
            var rest = TLanes.Subtract(TLanes.Subtract(scaled, sums), TLanes.Multiply(normal, products));
            var old = keep == 0 ? TLanes.Zero : TLanes.Load(target + place);
            TLanes.Store(TLanes.MultiplyAdd(deviation, rest, old), target + place);
        }
    }

    private static void RunPlaces<TLanes, TVector>(in LayerNormArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var whole = first + ((end - first) / TLanes.Count * TLanes.Count);
        Column<TLanes, TVector>(arguments, first, whole);
        Column<Lane, float>(arguments, whole, end);
    }

    private static void Column<TLanes, TVector>(in LayerNormArguments arguments, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        for (var place = first; place < end; place += TLanes.Count)
        {
            float* input = HostMemory.Address(arguments.Input) + place, gradient = HostMemory.Address(arguments.OutputGradient) + place;
            var statistics = HostMemory.Address(arguments.Statistics);
            TVector sum = TLanes.Zero, product = TLanes.Zero;
            for (var row = 0; row < arguments.Rows; row++, input += arguments.Width, gradient += arguments.Width, statistics += 2)
            {
                var distance = TLanes.Subtract(TLanes.Load(input), TLanes.Broadcast(statistics[0]));
                sum = TLanes.Add(sum, TLanes.Load(gradient));
                product = TLanes.MultiplyAdd(
                    TLanes.Load(gradient), TLanes.Multiply(distance, TLanes.Broadcast(statistics[1])), product);
            }

            var shifts = HostMemory.Address(arguments.ShiftGradient) + place;
            var scales = HostMemory.Address(arguments.ScaleGradient) + place;
            TLanes.Store(arguments.KeepShift == 0 ? sum : TLanes.Add(TLanes.Load(shifts), sum), shifts);
            TLanes.Store(arguments.KeepScale == 0 ? product : TLanes.Add(TLanes.Load(scales), product), scales);
        }
    }
}
