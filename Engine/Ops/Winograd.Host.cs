using System.Runtime.CompilerServices;

namespace Estampa.Engine;

/// <summary>
/// Convolution with a 3x3 kernel and stride 1 by Winograd's F(2x2, 3x3): 16 products for a tile of 2x2 outputs instead of 36.
/// With d a tile of 4x4 inputs that overlaps its neighbours by two and g the kernel, y = A' [(G g G') (B' d B)] A, element by element in
/// brackets and summed over input channels, which is one matrix product for each of the 16 places of a tile. After A. Lavin and S. Gray,
/// "Fast Algorithms for Convolutional Neural Networks" (2015), arXiv:1509.09308, section 4.1. Tiles are taken in blocks whose transforms
/// stay in a core's second-level cache.
/// </summary>
internal static unsafe partial class Winograd
{
    /// <summary>Places of a transformed tile.</summary>
    private const int Places = 16;

    /// <summary>Floats between two places beyond their numbers: 16 streams then do not fall on one set of the first-level cache.</summary>
    private const int Gap = 16;

    /// <summary>
    /// Floats of both transforms of a block of tiles: a part of a core's second-level cache. At 64 to 64 channels a block is 72 tiles:
    /// eight images of 6x6 outputs, two of 11x11.
    /// </summary>
    private const int CacheFloats = 147456;

    private const int Wide = 16;
    private const int LeastChannels = 32;

    /// <summary>Whether this way is faster: whole vectors of channels, and few outputs of tiles that lie outside the image.</summary>
    public static bool Fits(in ConvSizes s) => s.Kernel == 3 && s.Stride == 1
        && s.InputChannels % Wide == 0 && s.OutputChannels % Wide == 0
        && s.InputChannels >= LeastChannels && s.OutputChannels >= LeastChannels
        && HasFullTiles(s.OutputHeight, s.OutputWidth) && HasFullTiles(s.InputHeight, s.InputWidth);

    /// <summary>Floats of packed weights, of either direction.</summary>
    public static int PackedCount(in ConvSizes s) => checked(Places * PlaceStep(s.InputChannels, s.OutputChannels));

    /// <summary>The output of some images.</summary>
    /// <param name="s">Sizes; the batch is not read.</param>
    /// <param name="packed">From <see cref="PackForward"/>.</param>
    /// <param name="bias">One number an output channel.</param>
    /// <param name="input">The first image.</param>
    /// <param name="output">Its output.</param>
    /// <param name="images">How many.</param>
    public static void Forward<TLanes, TVector>(in ConvSizes s, float* packed, float* bias, float* input, float* output, int images)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        Convolve<TLanes, TVector>(Outward(s), packed, bias, input, output, images, add: false);
    }

    /// <summary>The input gradient of some images: the convolution of the output gradient with the turned kernel.</summary>
    /// <param name="s">Sizes; the batch is not read.</param>
    /// <param name="packed">From <see cref="PackInputGradient"/>.</param>
    /// <param name="gradient">The first image's output gradient.</param>
    /// <param name="target">Its input gradient.</param>
    /// <param name="images">How many.</param>
    /// <param name="add">Adds to the target instead of storing.</param>
    public static void InputGradient<TLanes, TVector>(in ConvSizes s, float* packed, float* gradient, float* target, int images, bool add)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        Convolve<TLanes, TVector>(Outward(ConvHost.Turned(s)), packed, null, gradient, target, images, add);
    }

    private static WinogradSides Outward(in ConvSizes s) => new()
    {
        SourceHeight = s.InputHeight,
        SourceWidth = s.InputWidth,
        SourceChannels = s.InputChannels,
        TargetHeight = s.OutputHeight,
        TargetWidth = s.OutputWidth,
        TargetChannels = s.OutputChannels,
        Border = s.Padding,
    };

    private static bool HasFullTiles(int height, int width) => 9 * height * width * 2 >= Places * Tiles(height, width) * 3;

    private static int Tiles(int height, int width) => ((height + 1) / 2) * ((width + 1) / 2);

    private static int BlockTiles(int inputs, int outputs) =>
        Math.Clamp(CacheFloats / (Places * (inputs + outputs)) / Tile.Rows, 1, 64) * Tile.Rows;

    private static int PlaceStep(int rows, int columns) => checked((rows * columns) + Gap);

    private static void Convolve<TLanes, TVector>(
        in WinogradSides sides, float* packed, float* bias, float* source, float* target, int images, bool add)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int block = BlockTiles(sides.SourceChannels, sides.TargetChannels), tiles = images * sides.TilesAcross * sides.TilesDown;
        int sourceStep = PlaceStep(block, sides.SourceChannels), targetStep = PlaceStep(block, sides.TargetChannels);
        float* transformed = HostScratch.Floats(0, Places * sourceStep), products = HostScratch.Floats(1, Places * targetStep);
        for (var first = 0; first < tiles; first += block)
        {
            var count = Math.Min(block, tiles - first);
            TransformSource<TLanes, TVector>(sides, source, first, count, transformed, sourceStep);
            var calls = Places * Tile.Blocks(sides.TargetChannels) * ((count + Tile.Rows - 1) / Tile.Rows);
            var near = new Nearing(
                calls, sides.SourceEnd(source, first + count - 1), sides.SourceEnd(source, Math.Min(first + (2 * count), tiles) - 1),
                sides.TargetStart(target, first), sides.TargetStart(target, first + count - 1 + sides.TilesAcross));
            for (var place = 0; place < Places; place++)
            {
                Multiply<TLanes, TVector>(
                    transformed + (place * sourceStep), sides.SourceChannels, count,
                    packed + (place * PlaceStep(sides.SourceChannels, sides.TargetChannels)), sides.TargetChannels,
                    products + (place * targetStep), ref near);
            }

            TransformTarget<TLanes, TVector>(sides, products, targetStep, first, count, bias, target, add);
        }
    }

    /// <summary>
    /// products[row, :] = sum over k of rows[row, k] weights[k, :]. Rows come in sixes: those beyond the last, which the buffers have room
    /// for, give numbers that nobody reads.
    /// </summary>
    private static void Multiply<TLanes, TVector>(
        float* rows, int inner, int count, float* packed, int columns, float* products, ref Nearing near)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var offset = 0;
        var taps = new Taps { Count = 1, Channels = inner, Offsets = &offset };
        float** sources = stackalloc float*[Tile.Rows], targets = stackalloc float*[Tile.Rows];
        for (var column = 0; column < columns;)
        {
            var vectors = Tile.BlockVectors(columns - column);
            for (var row = 0; row < count; row += Tile.Rows)
            {
                for (var r = 0; r < Tile.Rows; r++)
                {
                    sources[r] = rows + ((row + r) * inner);
                    targets[r] = products + ((row + r) * columns) + column;
                }

                near.Fetch();
                Tile.Gather<TLanes, TVector>(taps, vectors, packed, sources, targets, null, add: false);
            }

            packed += inner * vectors * TLanes.Count;
            column += vectors * TLanes.Count;
        }
    }

    /// <summary>B' d B of tiles <paramref name="first"/> and following, counted over lines of tiles and images.</summary>
    private static void TransformSource<TLanes, TVector>(
        in WinogradSides sides, float* source, int first, int count, float* transformed, nint step)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var nothing = stackalloc float[TLanes.Count];
        TLanes.Store(TLanes.Zero, nothing);
        int channels = sides.SourceChannels, across = sides.TilesAcross;
        for (int tile = first, end = first + count, part; tile < end; tile += part)
        {
            int line = tile / across, column = tile % across;
            part = Math.Min(across - column, end - tile);
            var image = source + ((nint)(line / sides.TilesDown) * sides.SourceHeight * sides.SourceWidth * channels);
            var top = (2 * (line % sides.TilesDown)) - sides.Border;
            for (var channel = 0; channel < channels; channel += TLanes.Count)
            {
                var lines = new WinogradLines { Left = (2 * column) - sides.Border, Width = sides.SourceWidth, Count = part };
                (lines.Line0, lines.Step0) = LineOf(sides, image + channel, top, nothing);
                (lines.Line1, lines.Step1) = LineOf(sides, image + channel, top + 1, nothing);
                (lines.Line2, lines.Step2) = LineOf(sides, image + channel, top + 2, nothing);
                (lines.Line3, lines.Step3) = LineOf(sides, image + channel, top + 3, nothing);
                TransformLine<TLanes, TVector>(lines, transformed + ((tile - first) * channels) + channel, channels, step);
            }
        }
    }

    /// <summary>A line of an image and its step from pixel to pixel; outside the image zeros, again and again.</summary>
    private static (nint Line, int Step) LineOf(in WinogradSides sides, float* image, int row, float* nothing) =>
        (uint)row < (uint)sides.SourceHeight
            ? ((nint)(image + ((nint)row * sides.SourceWidth * sides.SourceChannels)), sides.SourceChannels)
            : ((nint)nothing, 0);

    /// <summary>
    /// One vector of channels along a line of tiles. Each column of four pixels is transformed once, although two tiles see it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransformLine<TLanes, TVector>(in WinogradLines lines, float* target, int channels, nint step)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        float* line0 = (float*)lines.Line0, line1 = (float*)lines.Line1, line2 = (float*)lines.Line2, line3 = (float*)lines.Line3;
        int step0 = lines.Step0, step1 = lines.Step1, step2 = lines.Step2, step3 = lines.Step3, width = lines.Width, x = lines.Left;
        TVector a0 = TLanes.Zero, a1 = TLanes.Zero, a2 = TLanes.Zero, a3 = TLanes.Zero;
        TVector b0 = TLanes.Zero, b1 = TLanes.Zero, b2 = TLanes.Zero, b3 = TLanes.Zero;

        // The first round only fills the two columns that the first tile shares with the one before.
        for (var tile = -1; tile < lines.Count; tile++, x += 2)
        {
            TVector c0 = TLanes.Zero, c1 = TLanes.Zero, c2 = TLanes.Zero, c3 = TLanes.Zero;
            TVector d0 = TLanes.Zero, d1 = TLanes.Zero, d2 = TLanes.Zero, d3 = TLanes.Zero;
            if ((uint)x < (uint)width)
            {
                TVector p1 = TLanes.Load(line1 + (x * step1)), p2 = TLanes.Load(line2 + (x * step2));
                c0 = TLanes.Subtract(TLanes.Load(line0 + (x * step0)), p2);
                c1 = TLanes.Add(p1, p2);
                c2 = TLanes.Subtract(p2, p1);
                c3 = TLanes.Subtract(p1, TLanes.Load(line3 + (x * step3)));
            }

            if ((uint)(x + 1) < (uint)width)
            {
                TVector p1 = TLanes.Load(line1 + ((x + 1) * step1)), p2 = TLanes.Load(line2 + ((x + 1) * step2));
                d0 = TLanes.Subtract(TLanes.Load(line0 + ((x + 1) * step0)), p2);
                d1 = TLanes.Add(p1, p2);
                d2 = TLanes.Subtract(p2, p1);
                d3 = TLanes.Subtract(p1, TLanes.Load(line3 + ((x + 1) * step3)));
            }

            if (tile >= 0)
            {
                var place = target + ((nint)tile * channels);
                StoreFour<TLanes, TVector>(place, step, a0, b0, c0, d0);
                StoreFour<TLanes, TVector>(place + (4 * step), step, a1, b1, c1, d1);
                StoreFour<TLanes, TVector>(place + (8 * step), step, a2, b2, c2, d2);
                StoreFour<TLanes, TVector>(place + (12 * step), step, a3, b3, c3, d3);
            }

            (a0, a1, a2, a3) = (c0, c1, c2, c3);
            (b0, b1, b2, b3) = (d0, d1, d2, d3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFour<TLanes, TVector>(float* place, nint step, TVector a, TVector b, TVector c, TVector d)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TLanes.Store(TLanes.Subtract(a, c), place);
        TLanes.Store(TLanes.Add(b, c), place + step);
        TLanes.Store(TLanes.Subtract(c, b), place + (2 * step));
        TLanes.Store(TLanes.Subtract(b, d), place + (3 * step));
    }

    /// <summary>A' m A of a block of tiles, with the bias, into the pixels of the image that they cover.</summary>
    private static void TransformTarget<TLanes, TVector>(
        in WinogradSides sides, float* products, nint step, int first, int count, float* bias, float* target, bool add)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        float* nothing = stackalloc float[TLanes.Count], nowhere = stackalloc float[TLanes.Count];
        TLanes.Store(TLanes.Zero, nothing);
        TLanes.Store(TLanes.Zero, nowhere);
        int channels = sides.TargetChannels, across = sides.TilesAcross;
        for (int tile = first, end = first + count, part; tile < end; tile += part)
        {
            int line = tile / across, column = tile % across, top = 2 * (line % sides.TilesDown);
            part = Math.Min(across - column, end - tile);
            var pixel = ((((nint)(line / sides.TilesDown) * sides.TargetHeight) + top) * sides.TargetWidth) + (2 * column);
            var isWhole = top + 1 < sides.TargetHeight;
            for (var channel = 0; channel < channels; channel += TLanes.Count)
            {
                var upper = target + (pixel * channels) + channel;
                UntransformLine<TLanes, TVector>(
                    products + ((tile - first) * channels) + channel, step, channels, part, bias is null ? nothing : bias + channel, upper,
                    isWhole ? upper + (sides.TargetWidth * channels) : nowhere, isWhole ? channels : 0,
                    sides.TargetWidth - (2 * column), add);
            }
        }
    }

    /// <summary>One vector of channels along a line of tiles, into two lines of the image; the lower may be none, its step 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UntransformLine<TLanes, TVector>(
        float* products, nint step, int channels, int tiles, float* bias, float* upper, float* lower, int lowerStep, int width, bool add)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var start = TLanes.Load(bias);
        for (var tile = 0; tile < tiles; tile++, products += channels, upper += 2 * channels, lower += 2 * lowerStep)
        {
            // Place (1, 1) counts once in each of the four outputs, so the bias goes there.
            TVector m1 = TLanes.Load(products + (4 * step)), m2 = TLanes.Load(products + (8 * step));
            var upper0 = TLanes.Add(TLanes.Add(TLanes.Load(products), m1), m2);
            var lower0 = TLanes.Subtract(TLanes.Subtract(m1, m2), TLanes.Load(products + (12 * step)));
            (m1, m2) = (TLanes.Add(TLanes.Load(products + (5 * step)), start), TLanes.Load(products + (9 * step)));
            var upper1 = TLanes.Add(TLanes.Add(TLanes.Load(products + step), m1), m2);
            var lower1 = TLanes.Subtract(TLanes.Subtract(m1, m2), TLanes.Load(products + (13 * step)));
            (m1, m2) = (TLanes.Load(products + (6 * step)), TLanes.Load(products + (10 * step)));
            var upper2 = TLanes.Add(TLanes.Add(TLanes.Load(products + (2 * step)), m1), m2);
            var lower2 = TLanes.Subtract(TLanes.Subtract(m1, m2), TLanes.Load(products + (14 * step)));
            (m1, m2) = (TLanes.Load(products + (7 * step)), TLanes.Load(products + (11 * step)));
            var upper3 = TLanes.Add(TLanes.Add(TLanes.Load(products + (3 * step)), m1), m2);
            var lower3 = TLanes.Subtract(TLanes.Subtract(m1, m2), TLanes.Load(products + (15 * step)));

            Put<TLanes, TVector>(TLanes.Add(TLanes.Add(upper0, upper1), upper2), upper, add);
            Put<TLanes, TVector>(TLanes.Add(TLanes.Add(lower0, lower1), lower2), lower, add);
            if ((2 * tile) + 1 < width)
            {
                Put<TLanes, TVector>(TLanes.Subtract(TLanes.Subtract(upper1, upper2), upper3), upper + channels, add);
                Put<TLanes, TVector>(TLanes.Subtract(TLanes.Subtract(lower1, lower2), lower3), lower + lowerStep, add);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<TLanes, TVector>(TVector vector, float* target, bool add)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Store(add ? TLanes.Add(vector, TLanes.Load(target)) : vector, target);
}
