using System.Runtime.CompilerServices;

namespace Estampa.Engine;

/// <summary>The pixels over which an outer product sums: images of lines of pixels, and the steps of both operands.</summary>
internal struct Pairs
{
    public int Images;
    public int Lines;
    public int Pixels;
    public nint LeftImage;
    public nint LeftLine;
    public nint LeftPixel;
    public nint RightImage;
    public nint RightLine;
    public nint RightPixel;
}

/// <summary>
/// Register tiles of the outer product target[i, j] += sum over pixels of left[pixel, i] * right[pixel, j]: the weight gradients of
/// convolutions and linear layers. Left numbers are broadcast, right ones are vectors.
/// </summary>
internal static unsafe partial class Tile
{
    /// <summary>Adds the product of <paramref name="rows"/> left by <paramref name="width"/> right channels to the target.</summary>
    /// <param name="pairs">The pixels to sum over.</param>
    /// <param name="left">First pixel, first left channel.</param>
    /// <param name="rows">Left channels.</param>
    /// <param name="right">First pixel, first right channel.</param>
    /// <param name="width">Right channels, a multiple of the vector width.</param>
    /// <param name="target">rows x width sums.</param>
    /// <param name="targetRow">Floats from one row of sums to the next.</param>
    public static void Outer<TLanes, TVector>(
        in Pairs pairs, float* left, int rows, float* right, int width, float* target, nint targetRow)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var wide = Widest<TLanes, TVector>() * TLanes.Count;
        for (var column = 0; column < width;)
        {
            var isWide = width - column >= wide;
            var row = 0;
            for (; isWide && wide == 4 * TLanes.Count && row + 6 <= rows; row += 6)
            {
                Outer6x4<TLanes, TVector>(pairs, left + row, right + column, target + (row * targetRow) + column, targetRow);
            }

            for (; row + 4 <= rows; row += 4)
            {
                var place = target + (row * targetRow) + column;
                if (isWide && wide == 4 * TLanes.Count)
                {
                    Outer4x4<TLanes, TVector>(pairs, left + row, right + column, place, targetRow);
                }
                else if (isWide)
                {
                    Outer4x2<TLanes, TVector>(pairs, left + row, right + column, place, targetRow);
                }
                else
                {
                    Outer4x1<TLanes, TVector>(pairs, left + row, right + column, place, targetRow);
                }
            }

            for (; row < rows; row++)
            {
                var place = target + (row * targetRow) + column;
                if (isWide && wide == 4 * TLanes.Count)
                {
                    Outer1x4<TLanes, TVector>(pairs, left + row, right + column, place);
                    continue;
                }

                for (var part = 0; part < (isWide ? wide : TLanes.Count); part += TLanes.Count)
                {
                    Outer1x1<TLanes, TVector>(pairs, left + row, right + column + part, place + part);
                }
            }

            column += isWide ? wide : TLanes.Count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Outer6x4<TLanes, TVector>(in Pairs pairs, float* left, float* right, float* target, nint targetRow)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector t00 = TLanes.Zero, t01 = TLanes.Zero, t02 = TLanes.Zero, t03 = TLanes.Zero;
        TVector t10 = TLanes.Zero, t11 = TLanes.Zero, t12 = TLanes.Zero, t13 = TLanes.Zero;
        TVector t20 = TLanes.Zero, t21 = TLanes.Zero, t22 = TLanes.Zero, t23 = TLanes.Zero;
        TVector t30 = TLanes.Zero, t31 = TLanes.Zero, t32 = TLanes.Zero, t33 = TLanes.Zero;
        TVector t40 = TLanes.Zero, t41 = TLanes.Zero, t42 = TLanes.Zero, t43 = TLanes.Zero;
        TVector t50 = TLanes.Zero, t51 = TLanes.Zero, t52 = TLanes.Zero, t53 = TLanes.Zero;
        for (var image = 0; image < pairs.Images; image++)
        {
            float* leftLine = left + (image * pairs.LeftImage), rightLine = right + (image * pairs.RightImage);
            for (var line = 0; line < pairs.Lines; line++, leftLine += pairs.LeftLine, rightLine += pairs.RightLine)
            {
                float* a = leftLine, b = rightLine;
                for (var pixel = 0; pixel < pairs.Pixels; pixel++, a += pairs.LeftPixel, b += pairs.RightPixel)
                {
                    var w0 = TLanes.Load(b);
                    var w1 = TLanes.Load(b + TLanes.Count);
                    var w2 = TLanes.Load(b + (2 * TLanes.Count));
                    var w3 = TLanes.Load(b + (3 * TLanes.Count));
                    var x0 = TLanes.Broadcast(a[0]);
                    t00 = TLanes.MultiplyAdd(x0, w0, t00);
                    t01 = TLanes.MultiplyAdd(x0, w1, t01);
                    t02 = TLanes.MultiplyAdd(x0, w2, t02);
                    t03 = TLanes.MultiplyAdd(x0, w3, t03);
                    var x1 = TLanes.Broadcast(a[1]);
                    t10 = TLanes.MultiplyAdd(x1, w0, t10);
                    t11 = TLanes.MultiplyAdd(x1, w1, t11);
                    t12 = TLanes.MultiplyAdd(x1, w2, t12);
                    t13 = TLanes.MultiplyAdd(x1, w3, t13);
                    var x2 = TLanes.Broadcast(a[2]);
                    t20 = TLanes.MultiplyAdd(x2, w0, t20);
                    t21 = TLanes.MultiplyAdd(x2, w1, t21);
                    t22 = TLanes.MultiplyAdd(x2, w2, t22);
                    t23 = TLanes.MultiplyAdd(x2, w3, t23);
                    var x3 = TLanes.Broadcast(a[3]);
                    t30 = TLanes.MultiplyAdd(x3, w0, t30);
                    t31 = TLanes.MultiplyAdd(x3, w1, t31);
                    t32 = TLanes.MultiplyAdd(x3, w2, t32);
                    t33 = TLanes.MultiplyAdd(x3, w3, t33);
                    var x4 = TLanes.Broadcast(a[4]);
                    t40 = TLanes.MultiplyAdd(x4, w0, t40);
                    t41 = TLanes.MultiplyAdd(x4, w1, t41);
                    t42 = TLanes.MultiplyAdd(x4, w2, t42);
                    t43 = TLanes.MultiplyAdd(x4, w3, t43);
                    var x5 = TLanes.Broadcast(a[5]);
                    t50 = TLanes.MultiplyAdd(x5, w0, t50);
                    t51 = TLanes.MultiplyAdd(x5, w1, t51);
                    t52 = TLanes.MultiplyAdd(x5, w2, t52);
                    t53 = TLanes.MultiplyAdd(x5, w3, t53);
                }
            }
        }

        Put4<TLanes, TVector>(target, null, add: true, t00, t01, t02, t03);
        Put4<TLanes, TVector>(target + targetRow, null, add: true, t10, t11, t12, t13);
        Put4<TLanes, TVector>(target + (2 * targetRow), null, add: true, t20, t21, t22, t23);
        Put4<TLanes, TVector>(target + (3 * targetRow), null, add: true, t30, t31, t32, t33);
        Put4<TLanes, TVector>(target + (4 * targetRow), null, add: true, t40, t41, t42, t43);
        Put4<TLanes, TVector>(target + (5 * targetRow), null, add: true, t50, t51, t52, t53);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Outer4x4<TLanes, TVector>(in Pairs pairs, float* left, float* right, float* target, nint targetRow)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector t00 = TLanes.Zero, t01 = TLanes.Zero, t02 = TLanes.Zero, t03 = TLanes.Zero;
        TVector t10 = TLanes.Zero, t11 = TLanes.Zero, t12 = TLanes.Zero, t13 = TLanes.Zero;
        TVector t20 = TLanes.Zero, t21 = TLanes.Zero, t22 = TLanes.Zero, t23 = TLanes.Zero;
        TVector t30 = TLanes.Zero, t31 = TLanes.Zero, t32 = TLanes.Zero, t33 = TLanes.Zero;
        for (var image = 0; image < pairs.Images; image++)
        {
            float* leftLine = left + (image * pairs.LeftImage), rightLine = right + (image * pairs.RightImage);
            for (var line = 0; line < pairs.Lines; line++, leftLine += pairs.LeftLine, rightLine += pairs.RightLine)
            {
                float* a = leftLine, b = rightLine;
                for (var pixel = 0; pixel < pairs.Pixels; pixel++, a += pairs.LeftPixel, b += pairs.RightPixel)
                {
                    var w0 = TLanes.Load(b);
                    var w1 = TLanes.Load(b + TLanes.Count);
                    var w2 = TLanes.Load(b + (2 * TLanes.Count));
                    var w3 = TLanes.Load(b + (3 * TLanes.Count));
                    var x0 = TLanes.Broadcast(a[0]);
                    t00 = TLanes.MultiplyAdd(x0, w0, t00);
                    t01 = TLanes.MultiplyAdd(x0, w1, t01);
                    t02 = TLanes.MultiplyAdd(x0, w2, t02);
                    t03 = TLanes.MultiplyAdd(x0, w3, t03);
                    var x1 = TLanes.Broadcast(a[1]);
                    t10 = TLanes.MultiplyAdd(x1, w0, t10);
                    t11 = TLanes.MultiplyAdd(x1, w1, t11);
                    t12 = TLanes.MultiplyAdd(x1, w2, t12);
                    t13 = TLanes.MultiplyAdd(x1, w3, t13);
                    var x2 = TLanes.Broadcast(a[2]);
                    t20 = TLanes.MultiplyAdd(x2, w0, t20);
                    t21 = TLanes.MultiplyAdd(x2, w1, t21);
                    t22 = TLanes.MultiplyAdd(x2, w2, t22);
                    t23 = TLanes.MultiplyAdd(x2, w3, t23);
                    var x3 = TLanes.Broadcast(a[3]);
                    t30 = TLanes.MultiplyAdd(x3, w0, t30);
                    t31 = TLanes.MultiplyAdd(x3, w1, t31);
                    t32 = TLanes.MultiplyAdd(x3, w2, t32);
                    t33 = TLanes.MultiplyAdd(x3, w3, t33);
                }
            }
        }

        Put4<TLanes, TVector>(target, null, add: true, t00, t01, t02, t03);
        Put4<TLanes, TVector>(target + targetRow, null, add: true, t10, t11, t12, t13);
        Put4<TLanes, TVector>(target + (2 * targetRow), null, add: true, t20, t21, t22, t23);
        Put4<TLanes, TVector>(target + (3 * targetRow), null, add: true, t30, t31, t32, t33);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Outer4x2<TLanes, TVector>(in Pairs pairs, float* left, float* right, float* target, nint targetRow)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector t00 = TLanes.Zero, t01 = TLanes.Zero;
        TVector t10 = TLanes.Zero, t11 = TLanes.Zero;
        TVector t20 = TLanes.Zero, t21 = TLanes.Zero;
        TVector t30 = TLanes.Zero, t31 = TLanes.Zero;
        for (var image = 0; image < pairs.Images; image++)
        {
            float* leftLine = left + (image * pairs.LeftImage), rightLine = right + (image * pairs.RightImage);
            for (var line = 0; line < pairs.Lines; line++, leftLine += pairs.LeftLine, rightLine += pairs.RightLine)
            {
                float* a = leftLine, b = rightLine;
                for (var pixel = 0; pixel < pairs.Pixels; pixel++, a += pairs.LeftPixel, b += pairs.RightPixel)
                {
                    var w0 = TLanes.Load(b);
                    var w1 = TLanes.Load(b + TLanes.Count);
                    var x0 = TLanes.Broadcast(a[0]);
                    t00 = TLanes.MultiplyAdd(x0, w0, t00);
                    t01 = TLanes.MultiplyAdd(x0, w1, t01);
                    var x1 = TLanes.Broadcast(a[1]);
                    t10 = TLanes.MultiplyAdd(x1, w0, t10);
                    t11 = TLanes.MultiplyAdd(x1, w1, t11);
                    var x2 = TLanes.Broadcast(a[2]);
                    t20 = TLanes.MultiplyAdd(x2, w0, t20);
                    t21 = TLanes.MultiplyAdd(x2, w1, t21);
                    var x3 = TLanes.Broadcast(a[3]);
                    t30 = TLanes.MultiplyAdd(x3, w0, t30);
                    t31 = TLanes.MultiplyAdd(x3, w1, t31);
                }
            }
        }

        Put2<TLanes, TVector>(target, null, add: true, t00, t01);
        Put2<TLanes, TVector>(target + targetRow, null, add: true, t10, t11);
        Put2<TLanes, TVector>(target + (2 * targetRow), null, add: true, t20, t21);
        Put2<TLanes, TVector>(target + (3 * targetRow), null, add: true, t30, t31);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Outer4x1<TLanes, TVector>(in Pairs pairs, float* left, float* right, float* target, nint targetRow)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector t00 = TLanes.Zero;
        TVector t10 = TLanes.Zero;
        TVector t20 = TLanes.Zero;
        TVector t30 = TLanes.Zero;
        for (var image = 0; image < pairs.Images; image++)
        {
            float* leftLine = left + (image * pairs.LeftImage), rightLine = right + (image * pairs.RightImage);
            for (var line = 0; line < pairs.Lines; line++, leftLine += pairs.LeftLine, rightLine += pairs.RightLine)
            {
                float* a = leftLine, b = rightLine;
                for (var pixel = 0; pixel < pairs.Pixels; pixel++, a += pairs.LeftPixel, b += pairs.RightPixel)
                {
                    var w0 = TLanes.Load(b);
                    var x0 = TLanes.Broadcast(a[0]);
                    t00 = TLanes.MultiplyAdd(x0, w0, t00);
                    var x1 = TLanes.Broadcast(a[1]);
                    t10 = TLanes.MultiplyAdd(x1, w0, t10);
                    var x2 = TLanes.Broadcast(a[2]);
                    t20 = TLanes.MultiplyAdd(x2, w0, t20);
                    var x3 = TLanes.Broadcast(a[3]);
                    t30 = TLanes.MultiplyAdd(x3, w0, t30);
                }
            }
        }

        Put1<TLanes, TVector>(target, null, add: true, t00);
        Put1<TLanes, TVector>(target + targetRow, null, add: true, t10);
        Put1<TLanes, TVector>(target + (2 * targetRow), null, add: true, t20);
        Put1<TLanes, TVector>(target + (3 * targetRow), null, add: true, t30);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Outer1x1<TLanes, TVector>(in Pairs pairs, float* left, float* right, float* target)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector t00 = TLanes.Zero;
        for (var image = 0; image < pairs.Images; image++)
        {
            float* leftLine = left + (image * pairs.LeftImage), rightLine = right + (image * pairs.RightImage);
            for (var line = 0; line < pairs.Lines; line++, leftLine += pairs.LeftLine, rightLine += pairs.RightLine)
            {
                float* a = leftLine, b = rightLine;
                for (var pixel = 0; pixel < pairs.Pixels; pixel++, a += pairs.LeftPixel, b += pairs.RightPixel)
                {
                    var w0 = TLanes.Load(b);
                    var x0 = TLanes.Broadcast(a[0]);
                    t00 = TLanes.MultiplyAdd(x0, w0, t00);
                }
            }
        }

        Put1<TLanes, TVector>(target, null, add: true, t00);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Outer1x4<TLanes, TVector>(in Pairs pairs, float* left, float* right, float* target)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector t00 = TLanes.Zero, t01 = TLanes.Zero, t02 = TLanes.Zero, t03 = TLanes.Zero;
        for (var image = 0; image < pairs.Images; image++)
        {
            float* leftLine = left + (image * pairs.LeftImage), rightLine = right + (image * pairs.RightImage);
            for (var line = 0; line < pairs.Lines; line++, leftLine += pairs.LeftLine, rightLine += pairs.RightLine)
            {
                float* a = leftLine, b = rightLine;
                for (var pixel = 0; pixel < pairs.Pixels; pixel++, a += pairs.LeftPixel, b += pairs.RightPixel)
                {
                    var w0 = TLanes.Load(b);
                    var w1 = TLanes.Load(b + TLanes.Count);
                    var w2 = TLanes.Load(b + (2 * TLanes.Count));
                    var w3 = TLanes.Load(b + (3 * TLanes.Count));
                    var x0 = TLanes.Broadcast(a[0]);
                    t00 = TLanes.MultiplyAdd(x0, w0, t00);
                    t01 = TLanes.MultiplyAdd(x0, w1, t01);
                    t02 = TLanes.MultiplyAdd(x0, w2, t02);
                    t03 = TLanes.MultiplyAdd(x0, w3, t03);
                }
            }
        }

        Put4<TLanes, TVector>(target, null, add: true, t00, t01, t02, t03);
    }
}
