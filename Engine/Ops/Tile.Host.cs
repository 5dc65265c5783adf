using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Estampa.Engine;

/// <summary>
/// Where the pixels of a gathering product lie: Width pixels a line, Lines lines an image (0 where there is one image only), and the steps
/// in source and target.
/// </summary>
internal struct Places
{
    public int Width;
    public int Lines;
    public int Image;
    public int TargetImage;
    public int Line;
    public int Pixel;
    public int TargetLine;
    public int TargetPixel;
}

/// <content>What surrounds the tiles: packing weights, borders, tails, and the loops over pixels and channels.</content>
internal static unsafe partial class Tile
{
    /// <summary>The version of a host kernel for this processor's vectors.</summary>
    public static T Choose<T>(T wide, T middle, T narrow) =>
        Vector512.IsHardwareAccelerated ? wide : Vector256.IsHardwareAccelerated ? middle : narrow;

    /// <summary>
    /// How many vectors the next block of columns has: the widest tile that the rest fills, its last vector perhaps in part.
    /// </summary>
    public static int BlockVectors(int columns)
    {
        var vectors = (columns + VectorCount - 1) / VectorCount;
        return vectors >= 4 && VectorCount != 8 ? 4 : vectors >= 2 ? 2 : 1;
    }

    /// <summary>How many blocks of columns there are.</summary>
    public static int Blocks(int columns)
    {
        var blocks = 0;
        for (; columns > 0; columns -= BlockVectors(columns) * VectorCount)
        {
            blocks++;
        }

        return blocks;
    }

    /// <summary>Copies an image into a larger zero one, <paramref name="border"/> pixels from its top and left.</summary>
    public static void CopyInto(
        float* image, int height, int width, int channels, float* target, int targetHeight, int targetWidth, int targetChannels, int border)
    {
        int line = targetWidth * targetChannels, inside = width * targetChannels, before = border * targetChannels;
        new Span<float>(target, border * line).Clear();
        new Span<float>(target + ((border + height) * line), (targetHeight - border - height) * line).Clear();
        for (var row = 0; row < height; row++)
        {
            var source = image + ((nint)row * width * channels);
            var place = target + ((nint)(row + border) * line) + before;
            new Span<float>(place - before, before).Clear();
            new Span<float>(place + inside, line - before - inside).Clear();
            if (channels == targetChannels)
            {
                new ReadOnlySpan<float>(source, width * channels).CopyTo(new Span<float>(place, width * channels));
                continue;
            }

            for (var column = 0; column < width; column++, source += channels, place += targetChannels)
            {
                new ReadOnlySpan<float>(source, channels).CopyTo(new Span<float>(place, channels));
                new Span<float>(place + channels, targetChannels - channels).Clear();
            }
        }
    }

    /// <summary>sums[c] += the sum of rows[., c] over all rows, in their order.</summary>
    public static void AddRows<TLanes, TVector>(float* rows, int count, int step, int channels, float* sums)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var channel = 0;
        for (; channel + TLanes.Count <= channels; channel += TLanes.Count)
        {
            AddColumn<TLanes, TVector>(rows + channel, count, step, sums + channel);
        }

        for (; channel < channels; channel++)
        {
            AddColumn<Lane, float>(rows + channel, count, step, sums + channel);
        }
    }

    /// <summary>The gathering product for every pixel and every output channel.</summary>
    /// <param name="taps">Taps of a pixel.</param>
    /// <param name="places">Where pixels lie.</param>
    /// <param name="pixels">How many there are.</param>
    /// <param name="packed">Weights from <see cref="Pack"/>: rows are (tap, channel).</param>
    /// <param name="bias">Packed bias, null for none.</param>
    /// <param name="source">The first pixel's base.</param>
    /// <param name="target">The first pixel's output.</param>
    /// <param name="channels">Output channels.</param>
    /// <param name="add">Adds to the target.</param>
    public static void GatherAll<TLanes, TVector>(
        in Taps taps, in Places places, int pixels, float* packed, float* bias, float* source, float* target, int channels, bool add)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        if (pixels > 0 && places.Lines == 0 && IsFew(taps.Channels, channels) && taps.Count * taps.Channels <= SpreadRows)
        {
            Spread<TLanes, TVector>(taps, places, pixels / places.Width, packed, bias, source, target, channels, add);
            return;
        }

        float** sources = stackalloc float*[Rows], targets = stackalloc float*[Rows], ends = stackalloc float*[Rows];
        var spare = HostScratch.Floats(2, Rows * 4 * TLanes.Count);
        for (var column = 0; column < channels;)
        {
            var vectors = BlockVectors(channels - column);
            var width = vectors * TLanes.Count;
            var whole = column + width <= channels;
            var walk = new Walk(source, target + column);
            for (var pixel = 0; pixel < pixels; pixel += Rows)
            {
                var count = Math.Min(Rows, pixels - pixel);
                for (var r = 0; r < Rows; r++)
                {
                    if (r < count)
                    {
                        sources[r] = walk.Source;
                        ends[r] = walk.Target;
                        walk.Step(places);
                    }
                    else
                    {
                        // A tile beyond the last pixel repeats it and writes into spare room.
                        sources[r] = sources[r - 1];
                    }

                    targets[r] = whole && r < count ? ends[r] : spare + (r * width);
                }

                Gather<TLanes, TVector>(taps, vectors, packed, sources, targets, bias is null ? null : bias + column, add && whole);
                for (var r = 0; r < count && !whole; r++)
                {
                    for (var k = 0; k < channels - column; k++)
                    {
                        ends[r][k] = add ? ends[r][k] + targets[r][k] : targets[r][k];
                    }
                }
            }

            packed += (taps.Numbers is null ? taps.Count : taps.Packed) * taps.Channels * width;
            column += width;
        }
    }

    /// <summary>The gathering product for a few output channels, as dot products over the input channels (a multiple of 16).</summary>
    /// <param name="taps">Taps of a pixel.</param>
    /// <param name="places">Where pixels lie.</param>
    /// <param name="pixels">How many there are.</param>
    /// <param name="source">The first pixel's base.</param>
    /// <param name="weights">[output channel][tap][channel].</param>
    /// <param name="bias">One number an output channel.</param>
    /// <param name="channels">Output channels.</param>
    /// <param name="target">[pixel][output channel].</param>
    public static void Dots<TLanes, TVector>(
        in Taps taps, in Places places, int pixels, float* source, float* weights, float* bias, int channels, float* target)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        const int AtOnce = 4;
        var from = stackalloc float*[AtOnce];
        var sums = stackalloc float[AtOnce];
        for (var pixel = 0; pixel < pixels; pixel += AtOnce)
        {
            for (var r = 0; r < AtOnce; r++)
            {
                // Beyond the last pixel the last one is repeated, and its result left.
                var p = Math.Min(pixel + r, pixels - 1);
                from[r] = source + ((nint)(p / places.Width) * places.Line) + (p % places.Width * places.Pixel);
            }

            var weight = weights;
            for (var channel = 0; channel < channels; channel++)
            {
                TVector t0 = TLanes.Zero, t1 = TLanes.Zero, t2 = TLanes.Zero, t3 = TLanes.Zero;
                for (var tap = 0; tap < taps.Count; tap++)
                {
                    var offset = taps.Offsets[tap];
                    float* x0 = from[0] + offset, x1 = from[1] + offset, x2 = from[2] + offset, x3 = from[3] + offset;
                    for (var c = 0; c < taps.Channels; c += TLanes.Count, weight += TLanes.Count)
                    {
                        var w = TLanes.Load(weight);
                        t0 = TLanes.MultiplyAdd(TLanes.Load(x0 + c), w, t0);
                        t1 = TLanes.MultiplyAdd(TLanes.Load(x1 + c), w, t1);
                        t2 = TLanes.MultiplyAdd(TLanes.Load(x2 + c), w, t2);
                        t3 = TLanes.MultiplyAdd(TLanes.Load(x3 + c), w, t3);
                    }
                }

                (sums[0], sums[1], sums[2], sums[3]) = (TLanes.Sum(t0), TLanes.Sum(t1), TLanes.Sum(t2), TLanes.Sum(t3));
                for (var r = 0; r < Math.Min(AtOnce, pixels - pixel); r++)
                {
                    target[((pixel + r) * channels) + channel] = sums[r] + bias[channel];
                }
            }
        }
    }

    /// <summary>Goes from pixel to pixel, line to line and image to image, in source and target.</summary>
    private struct Walk(float* source, float* target)
    {
        private float* line = source;
        private float* targetLine = target;
        private float* image = source;
        private float* targetImage = target;
        private int pixels;
        private int lines;

        public float* Source { get; private set; } = source;

        public float* Target { get; private set; } = target;

        public void Step(in Places places)
        {
            Source += places.Pixel;
            Target += places.TargetPixel;
            if (++pixels < places.Width)
            {
                return;
            }

            pixels = 0;
            line += places.Line;
            targetLine += places.TargetLine;
            if (++lines == places.Lines)
            {
                lines = 0;
                line = image += places.Image;
                targetLine = targetImage += places.TargetImage;
            }

            Source = line;
            Target = targetLine;
        }
    }

    private static void AddColumn<TLanes, TVector>(float* rows, int count, int step, float* sums)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var sum = TLanes.Load(sums);
        for (var row = 0; row < count; row++, rows += step)
        {
            sum = TLanes.Add(sum, TLanes.Load(rows));
        }

        TLanes.Store(sum, sums);
    }

    /// <summary>
    /// Asks for the 64 bytes at an address that is read soon. Processors follow a stream by themselves, but no further than a page of
    /// memory, and kernels that compute between reads leave them too little time.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ahead(float* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
    }

    private static int VectorCount => HostDevice.VectorBits / 32;
}
