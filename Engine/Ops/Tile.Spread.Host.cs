using System.Runtime.CompilerServices;

namespace Estampa.Engine;

/// <content>
/// From few channels to many: each of a few numbers around a pixel is broadcast over the vectors of the output channels. The time is that
/// of the output's bytes, if the tile spends none between taps.
/// </content>
internal static unsafe partial class Tile
{
    /// <summary>Channels that count as few.</summary>
    public const int Few = 4;

    /// <summary>Numbers around a pixel up to which this is the faster way: with more, the single pixels at a line end cost much.</summary>
    private const int SpreadRows = 64;

    /// <summary>The many channels come in multiples of this, so that every vector is whole.</summary>
    private const int Many = 16;

    /// <summary>Whether a convolution between these numbers of channels runs on the tiles for few channels.</summary>
    public static bool IsFew(int few, int many) => few <= Few && many % Many == 0;

    /// <summary>The gathering product from few channels (see <see cref="GatherAll"/>), line by line.</summary>
    /// <param name="taps">Taps of a pixel.</param>
    /// <param name="places">Where pixels lie.</param>
    /// <param name="lines">Lines of pixels.</param>
    /// <param name="packed">Weights from <see cref="Pack"/>: rows are (tap, channel).</param>
    /// <param name="bias">Bias, null for none.</param>
    /// <param name="source">The first pixel's base.</param>
    /// <param name="target">The first pixel's output.</param>
    /// <param name="channels">Output channels, a multiple of 16.</param>
    /// <param name="add">Adds to the target.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Spread<TLanes, TVector>(
        in Taps taps, in Places places, int lines, float* packed, float* bias, float* source, float* target, int channels, bool add)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var rows = taps.Count * taps.Channels;
        var offsets = stackalloc nint[rows];
        for (var row = 0; row < rows; row++)
        {
            offsets[row] = taps.Offsets[row / taps.Channels] + (row % taps.Channels);
        }

        for (var line = 0; line < lines; line++, source += places.Line, target += places.TargetLine)
        {
            var weights = packed;
            for (var column = 0; column < channels;)
            {
                var vectors = BlockVectors(channels - column);
                var blockBias = bias is null ? null : bias + column;
                SpreadLine<TLanes, TVector>(offsets, rows, vectors, places, weights, blockBias, add, source, target + column);
                column += vectors * TLanes.Count;
                weights += (nint)rows * vectors * TLanes.Count;
            }
        }
    }

    /// <summary>Optimised at once: its single pixels would be slow for the first steps of a run.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SpreadLine<TLanes, TVector>(
        nint* offsets, int rows, int vectors, in Places places, float* weights, float* bias, bool add, float* source, float* target)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        nint step = places.Pixel, targetStep = places.TargetPixel;
        var pixel = 0;
        for (; pixel + Rows <= places.Width; pixel += Rows, source += Rows * step, target += Rows * targetStep)
        {
            if (vectors == 4)
            {
                Spread6x4<TLanes, TVector>(offsets, rows, weights, bias, add, source, step, target, targetStep);
            }
            else if (vectors == 2)
            {
                Spread6x2<TLanes, TVector>(offsets, rows, weights, bias, add, source, step, target, targetStep);
            }
            else
            {
                Spread6x1<TLanes, TVector>(offsets, rows, weights, bias, add, source, step, target, targetStep);
            }
        }

        for (; pixel < places.Width; pixel++, source += step, target += targetStep)
        {
            for (var vector = 0; vector < vectors; vector++)
            {
                var place = vector * TLanes.Count;
                var sum = TLanes.Zero;
                var weight = weights + place;
                for (var row = 0; row < rows; row++, weight += vectors * TLanes.Count)
                {
                    sum = TLanes.MultiplyAdd(TLanes.Broadcast(source[offsets[row]]), TLanes.Load(weight), sum);
                }

                Put1<TLanes, TVector>(target + place, At(bias, place), add, sum);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Spread6x4<TLanes, TVector>(
        nint* offsets, int rows, float* weights, float* bias, bool add, float* source, nint step, float* target, nint targetStep)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector t00 = TLanes.Zero, t01 = TLanes.Zero, t02 = TLanes.Zero, t03 = TLanes.Zero;
        TVector t10 = TLanes.Zero, t11 = TLanes.Zero, t12 = TLanes.Zero, t13 = TLanes.Zero;
        TVector t20 = TLanes.Zero, t21 = TLanes.Zero, t22 = TLanes.Zero, t23 = TLanes.Zero;
        TVector t30 = TLanes.Zero, t31 = TLanes.Zero, t32 = TLanes.Zero, t33 = TLanes.Zero;
        TVector t40 = TLanes.Zero, t41 = TLanes.Zero, t42 = TLanes.Zero, t43 = TLanes.Zero;
        TVector t50 = TLanes.Zero, t51 = TLanes.Zero, t52 = TLanes.Zero, t53 = TLanes.Zero;
        nint step2 = 2 * step, step3 = 3 * step, step4 = 4 * step, step5 = 5 * step;
        for (var row = 0; row < rows; row++, weights += 4 * TLanes.Count)
        {
            var from = source + offsets[row];
            var w0 = TLanes.Load(weights);
            var w1 = TLanes.Load(weights + TLanes.Count);
            var w2 = TLanes.Load(weights + (2 * TLanes.Count));
            var w3 = TLanes.Load(weights + (3 * TLanes.Count));
            var x0 = TLanes.Broadcast(from[0]);
            t00 = TLanes.MultiplyAdd(x0, w0, t00);
            t01 = TLanes.MultiplyAdd(x0, w1, t01);
            t02 = TLanes.MultiplyAdd(x0, w2, t02);
            t03 = TLanes.MultiplyAdd(x0, w3, t03);
            var x1 = TLanes.Broadcast(from[step]);
            t10 = TLanes.MultiplyAdd(x1, w0, t10);
            t11 = TLanes.MultiplyAdd(x1, w1, t11);
            t12 = TLanes.MultiplyAdd(x1, w2, t12);
            t13 = TLanes.MultiplyAdd(x1, w3, t13);
            var x2 = TLanes.Broadcast(from[step2]);
            t20 = TLanes.MultiplyAdd(x2, w0, t20);
            t21 = TLanes.MultiplyAdd(x2, w1, t21);
            t22 = TLanes.MultiplyAdd(x2, w2, t22);
            t23 = TLanes.MultiplyAdd(x2, w3, t23);
            var x3 = TLanes.Broadcast(from[step3]);
            t30 = TLanes.MultiplyAdd(x3, w0, t30);
            t31 = TLanes.MultiplyAdd(x3, w1, t31);
            t32 = TLanes.MultiplyAdd(x3, w2, t32);
            t33 = TLanes.MultiplyAdd(x3, w3, t33);
            var x4 = TLanes.Broadcast(from[step4]);
            t40 = TLanes.MultiplyAdd(x4, w0, t40);
            t41 = TLanes.MultiplyAdd(x4, w1, t41);
            t42 = TLanes.MultiplyAdd(x4, w2, t42);
            t43 = TLanes.MultiplyAdd(x4, w3, t43);
            var x5 = TLanes.Broadcast(from[step5]);
            t50 = TLanes.MultiplyAdd(x5, w0, t50);
            t51 = TLanes.MultiplyAdd(x5, w1, t51);
            t52 = TLanes.MultiplyAdd(x5, w2, t52);
            t53 = TLanes.MultiplyAdd(x5, w3, t53);
        }

        Put4<TLanes, TVector>(target, bias, add, t00, t01, t02, t03);
        Put4<TLanes, TVector>(target + targetStep, bias, add, t10, t11, t12, t13);
        Put4<TLanes, TVector>(target + (2 * targetStep), bias, add, t20, t21, t22, t23);
        Put4<TLanes, TVector>(target + (3 * targetStep), bias, add, t30, t31, t32, t33);
        Put4<TLanes, TVector>(target + (4 * targetStep), bias, add, t40, t41, t42, t43);
        Put4<TLanes, TVector>(target + (5 * targetStep), bias, add, t50, t51, t52, t53);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Spread6x2<TLanes, TVector>(
        nint* offsets, int rows, float* weights, float* bias, bool add, float* source, nint step, float* target, nint targetStep)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector t00 = TLanes.Zero, t01 = TLanes.Zero;
        TVector t10 = TLanes.Zero, t11 = TLanes.Zero;
        TVector t20 = TLanes.Zero, t21 = TLanes.Zero;
        TVector t30 = TLanes.Zero, t31 = TLanes.Zero;
        TVector t40 = TLanes.Zero, t41 = TLanes.Zero;
        TVector t50 = TLanes.Zero, t51 = TLanes.Zero;
        nint step2 = 2 * step, step3 = 3 * step, step4 = 4 * step, step5 = 5 * step;
        for (var row = 0; row < rows; row++, weights += 2 * TLanes.Count)
        {
            var from = source + offsets[row];
            var w0 = TLanes.Load(weights);
            var w1 = TLanes.Load(weights + TLanes.Count);
            var x0 = TLanes.Broadcast(from[0]);
            t00 = TLanes.MultiplyAdd(x0, w0, t00);
            t01 = TLanes.MultiplyAdd(x0, w1, t01);
            var x1 = TLanes.Broadcast(from[step]);
            t10 = TLanes.MultiplyAdd(x1, w0, t10);
            t11 = TLanes.MultiplyAdd(x1, w1, t11);
            var x2 = TLanes.Broadcast(from[step2]);
            t20 = TLanes.MultiplyAdd(x2, w0, t20);
            t21 = TLanes.MultiplyAdd(x2, w1, t21);
            var x3 = TLanes.Broadcast(from[step3]);
            t30 = TLanes.MultiplyAdd(x3, w0, t30);
            t31 = TLanes.MultiplyAdd(x3, w1, t31);
            var x4 = TLanes.Broadcast(from[step4]);
            t40 = TLanes.MultiplyAdd(x4, w0, t40);
            t41 = TLanes.MultiplyAdd(x4, w1, t41);
            var x5 = TLanes.Broadcast(from[step5]);
            t50 = TLanes.MultiplyAdd(x5, w0, t50);
            t51 = TLanes.MultiplyAdd(x5, w1, t51);
        }

        Put2<TLanes, TVector>(target, bias, add, t00, t01);
        Put2<TLanes, TVector>(target + targetStep, bias, add, t10, t11);
        Put2<TLanes, TVector>(target + (2 * targetStep), bias, add, t20, t21);
        Put2<TLanes, TVector>(target + (3 * targetStep), bias, add, t30, t31);
        Put2<TLanes, TVector>(target + (4 * targetStep), bias, add, t40, t41);
        Put2<TLanes, TVector>(target + (5 * targetStep), bias, add, t50, t51);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Spread6x1<TLanes, TVector>(
        nint* offsets, int rows, float* weights, float* bias, bool add, float* source, nint step, float* target, nint targetStep)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector t00 = TLanes.Zero;
        TVector t10 = TLanes.Zero;
        TVector t20 = TLanes.Zero;
        TVector t30 = TLanes.Zero;
        TVector t40 = TLanes.Zero;
        TVector t50 = TLanes.Zero;
        nint step2 = 2 * step, step3 = 3 * step, step4 = 4 * step, step5 = 5 * step;
        for (var row = 0; row < rows; row++, weights += TLanes.Count)
        {
            var from = source + offsets[row];
            var w0 = TLanes.Load(weights);
            var x0 = TLanes.Broadcast(from[0]);
            t00 = TLanes.MultiplyAdd(x0, w0, t00);
            var x1 = TLanes.Broadcast(from[step]);
            t10 = TLanes.MultiplyAdd(x1, w0, t10);
            var x2 = TLanes.Broadcast(from[step2]);
            t20 = TLanes.MultiplyAdd(x2, w0, t20);
            var x3 = TLanes.Broadcast(from[step3]);
            t30 = TLanes.MultiplyAdd(x3, w0, t30);
            var x4 = TLanes.Broadcast(from[step4]);
            t40 = TLanes.MultiplyAdd(x4, w0, t40);
            var x5 = TLanes.Broadcast(from[step5]);
            t50 = TLanes.MultiplyAdd(x5, w0, t50);
        }

        Put1<TLanes, TVector>(target, bias, add, t00);
        Put1<TLanes, TVector>(target + targetStep, bias, add, t10);
        Put1<TLanes, TVector>(target + (2 * targetStep), bias, add, t20);
        Put1<TLanes, TVector>(target + (3 * targetStep), bias, add, t30);
        Put1<TLanes, TVector>(target + (4 * targetStep), bias, add, t40);
        Put1<TLanes, TVector>(target + (5 * targetStep), bias, add, t50);
    }
}
