using System.Runtime.CompilerServices;

namespace Estampa.Engine;

/// <summary>The pixels of an outer product between few channels and many, and the steps of both operands.</summary>
internal struct RowPairs
{
    public int Lines;
    public int Pixels;
    public nint LeftLine;
    public nint LeftPixel;
    public nint RightLine;
    public nint RightPixel;
}

/// <content>
/// Weight gradients between few channels and many. A row is a number at a fixed offset from a pixel, one for each tap and channel of the
/// few; a tile takes ten rows over one pass of the many channels, which are the bytes that count.
/// </content>
internal static unsafe partial class Tile
{
    /// <summary>Rows of a tile: nine taps of one channel, and one of ones, which sums the other side.</summary>
    private const int OuterRowCount = 10;

    /// <summary>How far ahead of a pixel the many channels are asked for: 8 KiB.</summary>
    private const int AheadFloats = 2048;

    /// <summary>target[row, j] += sum over pixels of left[pixel + offsets[row]] * right[pixel, j].</summary>
    /// <param name="pairs">The pixels to sum over.</param>
    /// <param name="offsets">Where each row lies from the left pixel.</param>
    /// <param name="rows">How many there are.</param>
    /// <param name="left">The first left pixel.</param>
    /// <param name="right">The first right pixel, first channel.</param>
    /// <param name="width">Right channels, a multiple of the vector width.</param>
    /// <param name="target">rows x width sums.</param>
    public static void OuterRows<TLanes, TVector>(
        in RowPairs pairs, nint* offsets, int rows, float* left, float* right, int width, float* target)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var tile = stackalloc nint[OuterRowCount];
        for (var row = 0; row < rows; row += OuterRowCount)
        {
            var count = Math.Min(OuterRowCount, rows - row);
            for (var k = 0; k < OuterRowCount; k++)
            {
                tile[k] = offsets[row + Math.Min(k, count - 1)];
            }

            var column = 0;
            var place = target + ((nint)row * width);
            for (; TLanes.Count == 16 && column + (2 * TLanes.Count) <= width; column += 2 * TLanes.Count)
            {
                OuterRows10x2<TLanes, TVector>(pairs, tile, count, left, right + column, place + column, width);
            }

            for (; column < width; column += TLanes.Count)
            {
                OuterRows10x1<TLanes, TVector>(pairs, tile, count, left, right + column, place + column, width);
            }
        }
    }

    /// <summary>sums[c] += the sum of rows[., c] over all rows, for few channels that lie close: four sums a channel at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddFew(float* rows, int count, int channels, float* sums)
    {
        for (var channel = 0; channel < channels; channel++)
        {
            float a = 0f, b = 0f, c = 0f, d = 0f;
            var from = rows + channel;
            var row = 0;
            for (; row + 4 <= count; row += 4, from += 4 * channels)
            {
                a += from[0];
                b += from[channels];
                c += from[2 * channels];
                d += from[3 * channels];
            }

            for (; row < count; row++, from += channels)
            {
                a += from[0];
            }

            sums[channel] += a + b + (c + d);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OuterRows10x2<TLanes, TVector>(
        in RowPairs pairs, nint* offsets, int count, float* left, float* right, float* target, nint targetRow)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector t00 = TLanes.Zero, t01 = TLanes.Zero;
        TVector t10 = TLanes.Zero, t11 = TLanes.Zero;
        TVector t20 = TLanes.Zero, t21 = TLanes.Zero;
        TVector t30 = TLanes.Zero, t31 = TLanes.Zero;
        TVector t40 = TLanes.Zero, t41 = TLanes.Zero;
        TVector t50 = TLanes.Zero, t51 = TLanes.Zero;
        TVector t60 = TLanes.Zero, t61 = TLanes.Zero;
        TVector t70 = TLanes.Zero, t71 = TLanes.Zero;
        TVector t80 = TLanes.Zero, t81 = TLanes.Zero;
        TVector t90 = TLanes.Zero, t91 = TLanes.Zero;
        nint o0 = offsets[0], o1 = offsets[1], o2 = offsets[2], o3 = offsets[3], o4 = offsets[4];
        nint o5 = offsets[5], o6 = offsets[6], o7 = offsets[7], o8 = offsets[8], o9 = offsets[9];
        for (var line = 0; line < pairs.Lines; line++, left += pairs.LeftLine, right += pairs.RightLine)
        {
            float* a = left, b = right;
            for (var pixel = 0; pixel < pairs.Pixels; pixel++, a += pairs.LeftPixel, b += pairs.RightPixel)
            {
                Ahead(b + AheadFloats);
                Ahead(b + AheadFloats + TLanes.Count);
                var w0 = TLanes.Load(b);
                var w1 = TLanes.Load(b + TLanes.Count);
                var x0 = TLanes.Broadcast(a[o0]);
                t00 = TLanes.MultiplyAdd(x0, w0, t00);
                t01 = TLanes.MultiplyAdd(x0, w1, t01);
                var x1 = TLanes.Broadcast(a[o1]);
                t10 = TLanes.MultiplyAdd(x1, w0, t10);
                t11 = TLanes.MultiplyAdd(x1, w1, t11);
                var x2 = TLanes.Broadcast(a[o2]);
                t20 = TLanes.MultiplyAdd(x2, w0, t20);
                t21 = TLanes.MultiplyAdd(x2, w1, t21);
                var x3 = TLanes.Broadcast(a[o3]);
                t30 = TLanes.MultiplyAdd(x3, w0, t30);
                t31 = TLanes.MultiplyAdd(x3, w1, t31);
                var x4 = TLanes.Broadcast(a[o4]);
                t40 = TLanes.MultiplyAdd(x4, w0, t40);
                t41 = TLanes.MultiplyAdd(x4, w1, t41);
                var x5 = TLanes.Broadcast(a[o5]);
                t50 = TLanes.MultiplyAdd(x5, w0, t50);
                t51 = TLanes.MultiplyAdd(x5, w1, t51);
                var x6 = TLanes.Broadcast(a[o6]);
                t60 = TLanes.MultiplyAdd(x6, w0, t60);
                t61 = TLanes.MultiplyAdd(x6, w1, t61);
                var x7 = TLanes.Broadcast(a[o7]);
                t70 = TLanes.MultiplyAdd(x7, w0, t70);
                t71 = TLanes.MultiplyAdd(x7, w1, t71);
                var x8 = TLanes.Broadcast(a[o8]);
                t80 = TLanes.MultiplyAdd(x8, w0, t80);
                t81 = TLanes.MultiplyAdd(x8, w1, t81);
                var x9 = TLanes.Broadcast(a[o9]);
                t90 = TLanes.MultiplyAdd(x9, w0, t90);
                t91 = TLanes.MultiplyAdd(x9, w1, t91);
            }
        }

        // Rows beyond the last repeat it and are left.
        PutRow<TLanes, TVector>(target, count > 0, t00, t01);
        PutRow<TLanes, TVector>(target + targetRow, count > 1, t10, t11);
        PutRow<TLanes, TVector>(target + (2 * targetRow), count > 2, t20, t21);
        PutRow<TLanes, TVector>(target + (3 * targetRow), count > 3, t30, t31);
        PutRow<TLanes, TVector>(target + (4 * targetRow), count > 4, t40, t41);
        PutRow<TLanes, TVector>(target + (5 * targetRow), count > 5, t50, t51);
        PutRow<TLanes, TVector>(target + (6 * targetRow), count > 6, t60, t61);
        PutRow<TLanes, TVector>(target + (7 * targetRow), count > 7, t70, t71);
        PutRow<TLanes, TVector>(target + (8 * targetRow), count > 8, t80, t81);
        PutRow<TLanes, TVector>(target + (9 * targetRow), count > 9, t90, t91);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OuterRows10x1<TLanes, TVector>(
        in RowPairs pairs, nint* offsets, int count, float* left, float* right, float* target, nint targetRow)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector t00 = TLanes.Zero;
        TVector t10 = TLanes.Zero;
        TVector t20 = TLanes.Zero;
        TVector t30 = TLanes.Zero;
        TVector t40 = TLanes.Zero;
        TVector t50 = TLanes.Zero;
        TVector t60 = TLanes.Zero;
        TVector t70 = TLanes.Zero;
        TVector t80 = TLanes.Zero;
        TVector t90 = TLanes.Zero;
        nint o0 = offsets[0], o1 = offsets[1], o2 = offsets[2], o3 = offsets[3], o4 = offsets[4];
        nint o5 = offsets[5], o6 = offsets[6], o7 = offsets[7], o8 = offsets[8], o9 = offsets[9];
        for (var line = 0; line < pairs.Lines; line++, left += pairs.LeftLine, right += pairs.RightLine)
        {
            float* a = left, b = right;
            for (var pixel = 0; pixel < pairs.Pixels; pixel++, a += pairs.LeftPixel, b += pairs.RightPixel)
            {
                Ahead(b + AheadFloats);
                var w0 = TLanes.Load(b);
                var x0 = TLanes.Broadcast(a[o0]);
                t00 = TLanes.MultiplyAdd(x0, w0, t00);
                var x1 = TLanes.Broadcast(a[o1]);
                t10 = TLanes.MultiplyAdd(x1, w0, t10);
                var x2 = TLanes.Broadcast(a[o2]);
                t20 = TLanes.MultiplyAdd(x2, w0, t20);
                var x3 = TLanes.Broadcast(a[o3]);
                t30 = TLanes.MultiplyAdd(x3, w0, t30);
                var x4 = TLanes.Broadcast(a[o4]);
                t40 = TLanes.MultiplyAdd(x4, w0, t40);
                var x5 = TLanes.Broadcast(a[o5]);
                t50 = TLanes.MultiplyAdd(x5, w0, t50);
                var x6 = TLanes.Broadcast(a[o6]);
                t60 = TLanes.MultiplyAdd(x6, w0, t60);
                var x7 = TLanes.Broadcast(a[o7]);
                t70 = TLanes.MultiplyAdd(x7, w0, t70);
                var x8 = TLanes.Broadcast(a[o8]);
                t80 = TLanes.MultiplyAdd(x8, w0, t80);
                var x9 = TLanes.Broadcast(a[o9]);
                t90 = TLanes.MultiplyAdd(x9, w0, t90);
            }
        }

        // Rows beyond the last repeat it and are left.
        PutRow<TLanes, TVector>(target, count > 0, t00);
        PutRow<TLanes, TVector>(target + targetRow, count > 1, t10);
        PutRow<TLanes, TVector>(target + (2 * targetRow), count > 2, t20);
        PutRow<TLanes, TVector>(target + (3 * targetRow), count > 3, t30);
        PutRow<TLanes, TVector>(target + (4 * targetRow), count > 4, t40);
        PutRow<TLanes, TVector>(target + (5 * targetRow), count > 5, t50);
        PutRow<TLanes, TVector>(target + (6 * targetRow), count > 6, t60);
        PutRow<TLanes, TVector>(target + (7 * targetRow), count > 7, t70);
        PutRow<TLanes, TVector>(target + (8 * targetRow), count > 8, t80);
        PutRow<TLanes, TVector>(target + (9 * targetRow), count > 9, t90);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutRow<TLanes, TVector>(float* target, bool isRow, TVector sum)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        if (isRow)
        {
            TLanes.Store(TLanes.Add(sum, TLanes.Load(target)), target);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutRow<TLanes, TVector>(float* target, bool isRow, TVector t0, TVector t1)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        PutRow<TLanes, TVector>(target, isRow, t0);
        PutRow<TLanes, TVector>(target + TLanes.Count, isRow, t1);
    }
}
