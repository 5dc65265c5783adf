using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Estampa.Engine;

/// <content>The weights' side: kernels into their 16 places, and the weights' gradient out of them.</content>
internal static unsafe partial class Winograd
{
    private const int Taps = 9;

    /// <summary>Input channels of an outer product between two looks ahead: whole tiles of six and of four.</summary>
    private const int RowsAtOnce = 12;

    /// <summary>Tiles of a sum of weight gradients that pay for clearing and reading its 16 places.</summary>
    private const int LeastTiles = 40;

    /// <summary>Whether this way is faster for the weight gradient, summed over <paramref name="images"/> images at a time.</summary>
    public static bool FitsWeightGradient(in ConvSizes s, int images) =>
        Fits(s) && images * Tiles(s.OutputHeight, s.OutputWidth) >= LeastTiles;

    /// <summary>G g G' of the weights as the tiles of <see cref="Forward"/> read them: <see cref="PackedCount"/> floats.</summary>
    public static void PackForward(in ConvSizes s, float* weight, float* packed) =>
        PackPlaces(weight, s.InputChannels, s.OutputChannels, packed);

    /// <summary>The same of the kernel turned by half a circle, with input and output channels exchanged.</summary>
    public static void PackInputGradient(in ConvSizes s, float* weight, float* packed)
    {
        var size = s.InputChannels * s.OutputChannels;
        var turned = HostScratch.Floats(3, Taps * size);
        for (var tap = 0; tap < Taps; tap++)
        {
            Tile.Transpose(weight + (tap * size), s.InputChannels, s.OutputChannels, turned + ((Taps - 1 - tap) * size));
        }

        PackPlaces(turned, s.OutputChannels, s.InputChannels, packed);
    }

    /// <summary>
    /// Adds the weight and bias gradients of some images: G' [sum over tiles of (B' d B) (A y A')] G, the sum an outer product over
    /// channels for each place. The outer products are added up here, and turned into taps once, in <see cref="Fold"/>.
    /// </summary>
    /// <param name="s">Sizes; the batch is not read.</param>
    /// <param name="input">The first image.</param>
    /// <param name="gradient">Its output gradient.</param>
    /// <param name="images">How many.</param>
    /// <param name="sums">The group's sums: <see cref="PartialCount"/> floats, those of the bias behind those of the places.</param>
    public static void AddWeightGradient<TLanes, TVector>(
        in ConvSizes s, float* input, float* gradient, int images, float* sums)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var sides = Outward(s);
        int inputs = s.InputChannels, outputs = s.OutputChannels;
        int block = BlockTiles(inputs, outputs), tiles = images * sides.TilesAcross * sides.TilesDown;
        int leftStep = PlaceStep(block, inputs), rightStep = PlaceStep(block, outputs), sumStep = PlaceStep(inputs, outputs);
        float* left = HostScratch.Floats(0, Places * leftStep), right = HostScratch.Floats(1, Places * rightStep);
        for (var first = 0; first < tiles; first += block)
        {
            var count = Math.Min(block, tiles - first);
            TransformSource<TLanes, TVector>(sides, input, first, count, left, leftStep);
            TransformGradient<TLanes, TVector>(sides, gradient, first, count, right, rightStep);
            var pairs = new Pairs { Images = 1, Lines = 1, Pixels = count, LeftPixel = inputs, RightPixel = outputs };
            var last = Math.Min(first + (2 * count), tiles) - 1;
            var near = new Nearing(
                Places * ((inputs + RowsAtOnce - 1) / RowsAtOnce),
                sides.SourceEnd(input, first + count - 1), sides.SourceEnd(input, last),
                sides.TargetStart(gradient, first + count), sides.TargetStart(gradient, last + sides.TilesAcross));
            for (var place = 0; place < Places; place++)
            {
                float* lefts = left + (place * leftStep), rights = right + (place * rightStep), sum = sums + (place * sumStep);
                for (var row = 0; row < inputs; row += RowsAtOnce)
                {
                    near.Fetch();
                    Tile.Outer<TLanes, TVector>(
                        pairs, lefts + row, Math.Min(RowsAtOnce, inputs - row), rights, outputs, sum + (row * outputs), outputs);
                }
            }

            // Place (1, 1) of a tile is the sum of its pixels.
            Tile.AddRows<TLanes, TVector>(right + (5 * rightStep), count, outputs, outputs, sums + (Places * sumStep));
        }
    }

    /// <summary>Floats of one group's sums.</summary>
    public static int PartialCount(in ConvSizes s) => checked((Places * PlaceStep(s.InputChannels, s.OutputChannels)) + s.OutputChannels);

    /// <summary>The nine taps of one input channel's weights, from the places' sums added up over the groups in their order.</summary>
    /// <param name="s">Sizes.</param>
    /// <param name="partials">Sums of the groups, one behind the other.</param>
    /// <param name="groups">How many.</param>
    /// <param name="channel">The input channel.</param>
    /// <param name="taps">9 x outputs numbers.</param>
    public static void Fold<TLanes, TVector>(in ConvSizes s, float* partials, int groups, int channel, float* taps)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var (outputs, size, step) = (s.OutputChannels, PartialCount(s), PlaceStep(s.InputChannels, s.OutputChannels));
        var totals = HostScratch.Floats(0, Places * outputs);
        new Span<float>(totals, Places * outputs).Clear();
        new Span<float>(taps, Taps * outputs).Clear();
        for (var place = 0; place < Places; place++)
        {
            var row = partials + (place * (nint)step) + (channel * outputs);
            Tile.AddRows<TLanes, TVector>(row, groups, size, outputs, totals + (place * outputs));
        }

        for (nint number = 0; number < outputs; number += TLanes.Count)
        {
            AddTaps<TLanes, TVector>(totals + number, outputs, taps + number, outputs);
        }
    }

    /// <summary>For each place a matrix of rows by columns, packed for tiles.</summary>
    private static void PackPlaces(float* weight, int rows, int columns, float* packed)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            PackPlaces<Lanes512, Vector512<float>>(weight, rows, columns, packed);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            PackPlaces<Lanes256, Vector256<float>>(weight, rows, columns, packed);
        }
        else
        {
            PackPlaces<Lanes128, Vector128<float>>(weight, rows, columns, packed);
        }
    }

    private static void PackPlaces<TLanes, TVector>(float* weight, int rows, int columns, float* packed)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        nint step = PlaceStep(rows, columns);
        for (var column = 0; column < columns;)
        {
            var width = Tile.BlockVectors(columns - column) * TLanes.Count;
            for (var row = 0; row < rows; row++)
            {
                for (var part = 0; part < width; part += TLanes.Count, packed += TLanes.Count)
                {
                    PackVector<TLanes, TVector>(weight + (row * columns) + column + part, (nint)rows * columns, packed, step);
                }
            }

            column += width;
        }
    }

    /// <summary>The 16 places of one vector of kernels, whose nine taps lie a tap apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackVector<TLanes, TVector>(float* weight, nint tap, float* packed, nint step)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var half = TLanes.Broadcast(0.5f);
        TVector w0 = TLanes.Load(weight), w1 = TLanes.Load(weight + tap), w2 = TLanes.Load(weight + (2 * tap));
        TVector w3 = TLanes.Load(weight + (3 * tap)), w4 = TLanes.Load(weight + (4 * tap)), w5 = TLanes.Load(weight + (5 * tap));
        TVector w6 = TLanes.Load(weight + (6 * tap)), w7 = TLanes.Load(weight + (7 * tap)), w8 = TLanes.Load(weight + (8 * tap));
        PackRow<TLanes, TVector>(w0, w1, w2, packed, step);
        PackRow<TLanes, TVector>(w6, w7, w8, packed + (12 * step), step);
        TVector even0 = TLanes.Multiply(half, TLanes.Add(w0, w6)), odd0 = TLanes.Multiply(half, w3);
        TVector even1 = TLanes.Multiply(half, TLanes.Add(w1, w7)), odd1 = TLanes.Multiply(half, w4);
        TVector even2 = TLanes.Multiply(half, TLanes.Add(w2, w8)), odd2 = TLanes.Multiply(half, w5);
        PackRow<TLanes, TVector>(
            TLanes.Add(even0, odd0), TLanes.Add(even1, odd1), TLanes.Add(even2, odd2), packed + (4 * step), step);
        PackRow<TLanes, TVector>(
            TLanes.Subtract(even0, odd0), TLanes.Subtract(even1, odd1), TLanes.Subtract(even2, odd2), packed + (8 * step), step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PackRow<TLanes, TVector>(TVector a, TVector b, TVector c, float* packed, nint step)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var half = TLanes.Broadcast(0.5f);
        TVector even = TLanes.Multiply(half, TLanes.Add(a, c)), odd = TLanes.Multiply(half, b);
        TLanes.Store(a, packed);
        TLanes.Store(TLanes.Add(even, odd), packed + step);
        TLanes.Store(TLanes.Subtract(even, odd), packed + (2 * step));
        TLanes.Store(c, packed + (3 * step));
    }

    /// <summary>A y A' of a block of tiles, but for the sign of the last row and column, which <see cref="AddTaps"/> knows.</summary>
    private static void TransformGradient<TLanes, TVector>(
        in WinogradSides sides, float* gradient, int first, int count, float* transformed, nint step)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var nothing = stackalloc float[TLanes.Count];
        TLanes.Store(TLanes.Zero, nothing);
        int channels = sides.TargetChannels, across = sides.TilesAcross;
        for (int tile = first, end = first + count, part; tile < end; tile += part)
        {
            int line = tile / across, column = tile % across, top = 2 * (line % sides.TilesDown);
            part = Math.Min(across - column, end - tile);
            var pixel = ((((nint)(line / sides.TilesDown) * sides.TargetHeight) + top) * sides.TargetWidth) + (2 * column);
            var isWhole = top + 1 < sides.TargetHeight;
            for (var channel = 0; channel < channels; channel += TLanes.Count)
            {
                var upper = gradient + (pixel * channels) + channel;
                TransformGradientLine<TLanes, TVector>(
                    upper, isWhole ? upper + (sides.TargetWidth * channels) : nothing, isWhole ? channels : 0,
                    sides.TargetWidth - (2 * column), part, transformed + ((tile - first) * channels) + channel, channels, step);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransformGradientLine<TLanes, TVector>(
        float* upper, float* lower, int lowerStep, int width, int tiles, float* target, int channels, nint step)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        for (var tile = 0; tile < tiles; tile++, target += channels, upper += 2 * channels, lower += 2 * lowerStep)
        {
            TVector a = TLanes.Load(upper), c = TLanes.Load(lower), b = TLanes.Zero, d = TLanes.Zero;
            if ((2 * tile) + 1 < width)
            {
                b = TLanes.Load(upper + channels);
                d = TLanes.Load(lower + lowerStep);
            }

            StoreSums<TLanes, TVector>(a, b, target, step);
            StoreSums<TLanes, TVector>(TLanes.Add(a, c), TLanes.Add(b, d), target + (4 * step), step);
            StoreSums<TLanes, TVector>(TLanes.Subtract(a, c), TLanes.Subtract(b, d), target + (8 * step), step);
            StoreSums<TLanes, TVector>(c, d, target + (12 * step), step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreSums<TLanes, TVector>(TVector a, TVector b, float* target, nint step)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TLanes.Store(a, target);
        TLanes.Store(TLanes.Add(a, b), target + step);
        TLanes.Store(TLanes.Subtract(a, b), target + (2 * step));
        TLanes.Store(b, target + (3 * step));
    }

    /// <summary>Adds G' u G of one vector of places to its nine taps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTaps<TLanes, TVector>(float* sums, nint step, float* weights, nint tap)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var half = TLanes.Broadcast(0.5f);
        for (var column = 0; column < 3; column++, weights += tap)
        {
            TVector u0 = Column<TLanes, TVector>(sums, step, column), u1 = Column<TLanes, TVector>(sums + (4 * step), step, column);
            TVector u2 = Column<TLanes, TVector>(sums + (8 * step), step, column);
            var u3 = Column<TLanes, TVector>(sums + (12 * step), step, column);
            var even = TLanes.Multiply(half, TLanes.Add(u1, u2));
            Put<TLanes, TVector>(TLanes.Add(u0, even), weights, add: true);
            Put<TLanes, TVector>(TLanes.Multiply(half, TLanes.Subtract(u1, u2)), weights + (3 * tap), add: true);
            Put<TLanes, TVector>(TLanes.Subtract(even, u3), weights + (6 * tap), add: true);
        }
    }

    /// <summary>One of three columns of u G, for a row of places u whose last has the wrong sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Column<TLanes, TVector>(float* row, nint step, int column)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector u1 = TLanes.Load(row + step), u2 = TLanes.Load(row + (2 * step)), half = TLanes.Broadcast(0.5f);
        if (column == 1)
        {
            return TLanes.Multiply(half, TLanes.Subtract(u1, u2));
        }

        var even = TLanes.Multiply(half, TLanes.Add(u1, u2));
        return column == 0
            ? TLanes.Add(TLanes.Load(row), even)
            : TLanes.Subtract(even, TLanes.Load(row + (3 * step)));
    }
}
