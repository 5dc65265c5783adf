using System.Runtime.CompilerServices;

namespace Estampa.Engine;

/// <summary>A convolution of stride 1 from many channels to few, over one image without a border.</summary>
internal struct Collecting
{
    public int Height;
    public int Width;
    public int Many;
    public int TargetHeight;
    public int TargetWidth;
    public int Few;
    public int Kernel;

    /// <summary>Lines and pixels that the first window begins before the image; an input gradient's may be negative.</summary>
    public int Padding;
}

/// <content>
/// From many channels to few, as dot products over the many: the taps of one line of the kernel lie one after another both in the image
/// and in the weights. Only what lies inside the image is read, so that it need not be copied with a border.
/// </content>
internal static unsafe partial class Tile
{
    private const int DotPixels = 8;

    /// <summary>target[pixel, few] = bias[few] + sum over taps and many of source[pixel + tap, many] * weights[few, tap, many].</summary>
    /// <param name="sizes">Sizes of image, target and kernel.</param>
    /// <param name="source">The image, (height, width, many).</param>
    /// <param name="weights">(few, kernel, kernel, many).</param>
    /// <param name="bias">One number a few channel, null for none.</param>
    /// <param name="target">(target height, target width, few).</param>
    /// <param name="add">Adds to the target.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Collect<TLanes, TVector>(in Collecting sizes, float* source, float* weights, float* bias, float* target, bool add)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var sums = stackalloc float[DotPixels];
        int kernel = sizes.Kernel, many = sizes.Many, line = sizes.Width * many;
        var firstWhole = Math.Clamp(sizes.Padding, 0, sizes.TargetWidth);
        var endWhole = Math.Clamp(sizes.Width + sizes.Padding - kernel + 1, firstWhole, sizes.TargetWidth);
        for (var h = 0; h < sizes.TargetHeight; h++)
        {
            int top = h - sizes.Padding, firstRow = Math.Max(0, -top), rows = Math.Min(kernel, sizes.Height - top) - firstRow;
            for (var w = 0; w < sizes.TargetWidth;)
            {
                int left = w - sizes.Padding, firstColumn = Math.Max(0, -left);
                var columns = Math.Min(kernel, sizes.Width - left) - firstColumn;
                var pixels = w >= firstWhole && w + DotPixels <= endWhole ? DotPixels : 1;
                var from = source + ((nint)(top + firstRow) * line) + ((left + firstColumn) * many);
                if (pixels == DotPixels)
                {
                    AheadLine(from + ((nint)rows * line), DotPixels * many);
                }

                for (var few = 0; few < sizes.Few; few++)
                {
                    var weight = weights + ((((few * kernel) + firstRow) * kernel) + firstColumn) * many;
                    if (pixels == DotPixels)
                    {
                        Dots8<TLanes, TVector>(from, line, many, weight, kernel * many, rows, columns * many, sums);
                    }
                    else
                    {
                        sums[0] = Dot<TLanes, TVector>(from, line, weight, kernel * many, rows, columns * many);
                    }

                    var place = target + (((h * sizes.TargetWidth) + w) * sizes.Few) + few;
                    var start = bias is null ? 0f : bias[few];
                    for (var r = 0; r < pixels; r++, place += sizes.Few)
                    {
                        *place = add ? *place + sums[r] + start : sums[r] + start;
                    }
                }

                w += pixels;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dots8<TLanes, TVector>(
        float* source, nint line, nint pixel, float* weights, nint weightLine, int lines, nint count, float* sums)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector t0 = TLanes.Zero, t1 = TLanes.Zero, t2 = TLanes.Zero, t3 = TLanes.Zero;
        TVector t4 = TLanes.Zero, t5 = TLanes.Zero, t6 = TLanes.Zero, t7 = TLanes.Zero;
        for (var row = 0; row < lines; row++, source += line, weights += weightLine)
        {
            float* p0 = source, p1 = p0 + pixel, p2 = p1 + pixel, p3 = p2 + pixel;
            float* p4 = p3 + pixel, p5 = p4 + pixel, p6 = p5 + pixel, p7 = p6 + pixel;
            for (nint c = 0; c < count; c += TLanes.Count)
            {
                var w = TLanes.Load(weights + c);
                t0 = TLanes.MultiplyAdd(TLanes.Load(p0 + c), w, t0);
                t1 = TLanes.MultiplyAdd(TLanes.Load(p1 + c), w, t1);
                t2 = TLanes.MultiplyAdd(TLanes.Load(p2 + c), w, t2);
                t3 = TLanes.MultiplyAdd(TLanes.Load(p3 + c), w, t3);
                t4 = TLanes.MultiplyAdd(TLanes.Load(p4 + c), w, t4);
                t5 = TLanes.MultiplyAdd(TLanes.Load(p5 + c), w, t5);
                t6 = TLanes.MultiplyAdd(TLanes.Load(p6 + c), w, t6);
                t7 = TLanes.MultiplyAdd(TLanes.Load(p7 + c), w, t7);
            }
        }

        sums[0] = TLanes.Sum(t0);
        sums[1] = TLanes.Sum(t1);
        sums[2] = TLanes.Sum(t2);
        sums[3] = TLanes.Sum(t3);
        sums[4] = TLanes.Sum(t4);
        sums[5] = TLanes.Sum(t5);
        sums[6] = TLanes.Sum(t6);
        sums[7] = TLanes.Sum(t7);
    }

    /// <summary>One pixel, with four sums so that none waits for itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Dot<TLanes, TVector>(float* source, nint line, float* weights, nint weightLine, int lines, nint count)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector t0 = TLanes.Zero, t1 = TLanes.Zero, t2 = TLanes.Zero, t3 = TLanes.Zero;
        for (var row = 0; row < lines; row++, source += line, weights += weightLine)
        {
            nint c = 0;
            for (; c + (4 * TLanes.Count) <= count; c += 4 * TLanes.Count)
            {
                float* x = source + c, w = weights + c;
                t0 = TLanes.MultiplyAdd(TLanes.Load(x), TLanes.Load(w), t0);
                t1 = TLanes.MultiplyAdd(TLanes.Load(x + TLanes.Count), TLanes.Load(w + TLanes.Count), t1);
                t2 = TLanes.MultiplyAdd(TLanes.Load(x + (2 * TLanes.Count)), TLanes.Load(w + (2 * TLanes.Count)), t2);
                t3 = TLanes.MultiplyAdd(TLanes.Load(x + (3 * TLanes.Count)), TLanes.Load(w + (3 * TLanes.Count)), t3);
            }

            for (; c < count; c += TLanes.Count)
            {
                t0 = TLanes.MultiplyAdd(TLanes.Load(source + c), TLanes.Load(weights + c), t0);
            }
        }

        return TLanes.Sum(TLanes.Add(TLanes.Add(t0, t1), TLanes.Add(t2, t3)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AheadLine(float* address, int count)
    {
        for (var place = 0; place < count; place += Many)
        {
            Ahead(address + place);
        }
    }
}
