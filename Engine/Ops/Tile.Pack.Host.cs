using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Estampa.Engine;

/// <content>Weights as tiles read them. They are packed once a launch, while other threads wait, so it is done by vectors.</content>
internal static unsafe partial class Tile
{
    /// <summary>
    /// Packs a matrix of rows by columns as tiles read it: blocks of 4, 2 or 1 vectors of columns one after another, each block row by
    /// row; columns beyond the last are zero.
    /// </summary>
    public static void Pack(float* matrix, int rows, int columns, int rowStep, int columnStep, float* packed)
    {
        for (var column = 0; column < columns;)
        {
            var width = BlockVectors(columns - column) * VectorCount;
            var count = Math.Min(width, columns - column);
            var source = matrix + ((nint)column * columnStep);
            if (count < width)
            {
                new Span<float>(packed, rows * width).Clear();
            }

            if (columnStep == 1)
            {
                for (var row = 0; row < rows; row++)
                {
                    Copy(source + ((nint)row * rowStep), packed + ((nint)row * width), count);
                }
            }
            else if (rowStep == 1)
            {
                Turn(source, count, rows, columnStep, packed, width);
            }
            else
            {
                for (var place = 0; place < rows * count; place++)
                {
                    int row = place / count, inRow = place % count;
                    packed[((nint)row * width) + inRow] = source[((nint)row * rowStep) + ((nint)inRow * columnStep)];
                }
            }

            packed += (nint)rows * width;
            column += width;
        }
    }

    /// <summary>target[column, row] = matrix[row, column].</summary>
    public static void Transpose(float* matrix, int rows, int columns, float* target) =>
        Turn(matrix, rows, columns, columns, target, rows);

    /// <summary>A transpose with its own steps between lines of source and target, in squares of four by four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turn(float* matrix, int rows, int columns, int step, float* target, int targetStep)
    {
        var (wholeRows, wholeColumns) = Sse.IsSupported ? (rows / 4 * 4, columns / 4 * 4) : (0, 0);
        for (var row = 0; row < wholeRows; row += 4)
        {
            float* from = matrix + ((nint)row * step), to = target + row;
            for (var column = 0; column < wholeColumns; column += 4, from += 4, to += 4 * (nint)targetStep)
            {
                Vector128<float> a = Vector128.Load(from), b = Vector128.Load(from + step);
                Vector128<float> c = Vector128.Load(from + (2 * (nint)step)), d = Vector128.Load(from + (3 * (nint)step));
                Vector128<float> lowLeft = Sse.UnpackLow(a, b), lowRight = Sse.UnpackLow(c, d);
                Vector128<float> highLeft = Sse.UnpackHigh(a, b), highRight = Sse.UnpackHigh(c, d);
                Sse.MoveLowToHigh(lowLeft, lowRight).Store(to);
                Sse.MoveHighToLow(lowRight, lowLeft).Store(to + targetStep);
                Sse.MoveLowToHigh(highLeft, highRight).Store(to + (2 * (nint)targetStep));
                Sse.MoveHighToLow(highRight, highLeft).Store(to + (3 * (nint)targetStep));
            }
        }

        for (var row = 0; row < rows; row++)
        {
            for (var column = row < wholeRows ? wholeColumns : 0; column < columns; column++)
            {
                target[((nint)column * targetStep) + row] = matrix[((nint)row * step) + column];
            }
        }
    }

    private static void Copy(float* from, float* to, int count) => new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));
}
