using ILGPU;

namespace Estampa.Engine;

/// <summary>
/// A product of matrices on groups of threads, in float32: a group computes a tile of 128 x 64 elements, which its 128 threads hold in
/// registers, 8 x 8 each. Pieces of both matrices 16 terms deep pass through shared memory.
/// </summary>
internal static class GroupedProduct<TProduct, TLeft, TRight, TArguments>
    where TProduct : struct, IProduct<TArguments>
    where TLeft : struct, IMatrix<TArguments>
    where TRight : struct, IMatrix<TArguments>
    where TArguments : struct
{
    public static readonly GroupedRoute<TArguments> Route = new(Multiply, Products.Groups<TProduct, TArguments>, Products.Threads)
    {
        Then = ProductParts<TProduct, TArguments>.Route,
    };

    /// <summary>Terms of a piece, and the quads in so many terms.</summary>
    private const int Depth = 16;
    private const int DepthQuads = Depth / 4;
    private const int LeftQuads = Products.TileRows / 4;
    private const int RightQuads = Products.TileColumns / 4;

    private static void Multiply(TArguments arguments)
    {
        var sizes = TProduct.Sizes(arguments);
        var tile = ProductTile.Of(sizes, Grid.IdxX);
        var left = SharedMemory.Allocate<Quad>(Depth * LeftQuads);
        var right = SharedMemory.Allocate<Quad>(Depth * RightQuads);

        // Rows 4 by 4 in both halves of the tile, columns too: neighbouring threads then read neighbouring quads.
        int thread = Group.IdxX, down = thread / 8, across = thread % 8;
        Strip row0 = default, row1 = default, row2 = default, row3 = default;
        Strip row4 = default, row5 = default, row6 = default, row7 = default;
        var rightSum = 0f;
        Spot leftLine = LeftLine(arguments, sizes, tile), rightLine = RightLine(arguments, sizes, tile);
        for (var term = tile.FirstTerm; term < tile.EndTerm; term += Depth)
        {
            LoadLeft(arguments, sizes, tile, leftLine, term, left);
            LoadRight(arguments, sizes, tile, rightLine, term, right);
            Group.Barrier();
            for (var k = 0; k < Depth; k++)
            {
                Quad upper = left[(k * LeftQuads) + down], lower = left[(k * LeftQuads) + (LeftQuads / 2) + down];
                Quad near = right[(k * RightQuads) + across], far = right[(k * RightQuads) + (RightQuads / 2) + across];
                row0 = Strip.Add(row0, upper.A, near, far);
                row1 = Strip.Add(row1, upper.B, near, far);
                row2 = Strip.Add(row2, upper.C, near, far);
                row3 = Strip.Add(row3, upper.D, near, far);
                row4 = Strip.Add(row4, lower.A, near, far);
                row5 = Strip.Add(row5, lower.B, near, far);
                row6 = Strip.Add(row6, lower.C, near, far);
                row7 = Strip.Add(row7, lower.D, near, far);
            }

            if (TProduct.SumsRight && tile.FirstRow == 0 && thread < Products.TileColumns)
            {
                var numbers = right.Cast<float>();
                for (var k = 0; k < Depth; k++)
                {
                    rightSum += numbers[(k * Products.TileColumns) + thread];
                }
            }

            Group.Barrier();
        }

        int row = tile.FirstRow + (4 * down), column = tile.FirstColumn + (4 * across);
        Put(arguments, sizes, tile, row, column, row0);
        Put(arguments, sizes, tile, row + 1, column, row1);
        Put(arguments, sizes, tile, row + 2, column, row2);
        Put(arguments, sizes, tile, row + 3, column, row3);
        row += Products.TileRows / 2;
        Put(arguments, sizes, tile, row, column, row4);
        Put(arguments, sizes, tile, row + 1, column, row5);
        Put(arguments, sizes, tile, row + 2, column, row6);
        Put(arguments, sizes, tile, row + 3, column, row7);
        if (TProduct.SumsRight && tile.FirstRow == 0 && thread < Products.TileColumns)
        {
            ProductParts<TProduct, TArguments>.PutSum(arguments, sizes, tile, tile.FirstColumn + thread, rightSum);
        }
    }

    /// <summary>What this thread's elements of the left matrix have in common: their row, or their columns where it is turned.</summary>
    private static Spot LeftLine(TArguments arguments, ProductSizes sizes, ProductTile tile)
    {
        int first = tile.FirstRow + (4 * (Group.IdxX % LeftQuads)), row = tile.FirstRow + Group.IdxX;
        return TProduct.LeftIsTurned
            ? TLeft.Column(arguments, first < sizes.Rows ? first : 0)
            : TLeft.Row(arguments, row < sizes.Rows ? row : 0);
    }

    private static Spot RightLine(TArguments arguments, ProductSizes sizes, ProductTile tile)
    {
        int first = tile.FirstColumn + (4 * (Group.IdxX % RightQuads)), column = tile.FirstColumn + (Group.IdxX / 2);
        return TProduct.RightIsTurned
            ? TRight.Row(arguments, column < sizes.Columns ? column : 0)
            : TRight.Column(arguments, first < sizes.Columns ? first : 0);
    }

    /// <summary>A piece of the left matrix, (term, row) in shared memory.</summary>
    private static void LoadLeft(
        TArguments arguments, ProductSizes sizes, ProductTile tile, Spot line, int term, ArrayView<Quad> target)
    {
        var numbers = target.Cast<float>();
        int thread = Group.IdxX;
        var isFast = TLeft.Run(arguments) % Depth == 0;
        if (TProduct.LeftIsTurned)
        {
            // Thread t takes quad t % 32 of terms t / 32, 4 + t / 32 and so on.
            int place = thread % LeftQuads, first = tile.FirstRow + (4 * place);
            for (var k = thread / LeftQuads; k < Depth; k += Products.Threads / LeftQuads)
            {
                if (isFast)
                {
                    target[(k * LeftQuads) + place] = first < sizes.Rows && term + k < tile.EndTerm
                        ? QuadOf<TLeft>(arguments, TLeft.Row(arguments, term + k), line, 0)
                        : default;
                }
                else
                {
                    for (var e = 0; e < 4; e++)
                    {
                        numbers[(4 * ((k * LeftQuads) + place)) + e] = first + e < sizes.Rows && term + k < tile.EndTerm
                            ? Number<TLeft>(arguments, TLeft.Row(arguments, term + k), TLeft.Column(arguments, first + e))
                            : 0f;
                    }
                }
            }

            return;
        }

        // Thread t takes row t.
        var row = tile.FirstRow + thread;
        if (isFast)
        {
            var column = TLeft.Column(arguments, term);
            for (var quad = 0; quad < DepthQuads; quad++)
            {
                Scatter(
                    row < sizes.Rows ? QuadOf<TLeft>(arguments, line, column, quad) : default,
                    numbers,
                    (4 * quad * Products.TileRows) + thread,
                    Products.TileRows);
            }

            return;
        }

        for (var k = 0; k < Depth; k++)
        {
            var isThere = row < sizes.Rows && term + k < tile.EndTerm;
            numbers[(k * Products.TileRows) + thread] = isThere ? Number<TLeft>(arguments, line, TLeft.Column(arguments, term + k)) : 0f;
        }
    }

    /// <summary>A piece of the right matrix, (term, column) in shared memory.</summary>
    private static void LoadRight(
        TArguments arguments, ProductSizes sizes, ProductTile tile, Spot line, int term, ArrayView<Quad> target)
    {
        var numbers = target.Cast<float>();
        int thread = Group.IdxX;
        var isFast = TRight.Run(arguments) % Depth == 0;
        if (TProduct.RightIsTurned)
        {
            // Thread t takes half of the terms of column t / 2.
            int place = thread / 2, column = tile.FirstColumn + place, firstQuad = thread % 2 * (DepthQuads / 2);
            if (isFast)
            {
                var spot = TRight.Column(arguments, term);
                for (var quad = firstQuad; quad < firstQuad + (DepthQuads / 2); quad++)
                {
                    Scatter(
                        column < sizes.Columns ? QuadOf<TRight>(arguments, line, spot, quad) : default,
                        numbers,
                        (4 * quad * Products.TileColumns) + place,
                        Products.TileColumns);
                }

                return;
            }

            for (var k = 4 * firstQuad; k < 4 * (firstQuad + (DepthQuads / 2)); k++)
            {
                var isThere = column < sizes.Columns && term + k < tile.EndTerm;
                numbers[(k * Products.TileColumns) + place] =
                    isThere ? Number<TRight>(arguments, line, TRight.Column(arguments, term + k)) : 0f;
            }

            return;
        }

        // Thread t takes quad t % 16 of terms t / 16 and 8 + t / 16.
        int quadPlace = thread % RightQuads, first = tile.FirstColumn + (4 * quadPlace);
        for (var k = thread / RightQuads; k < Depth; k += Products.Threads / RightQuads)
        {
            if (isFast)
            {
                target[(k * RightQuads) + quadPlace] = first < sizes.Columns && term + k < tile.EndTerm
                    ? QuadOf<TRight>(arguments, TRight.Row(arguments, term + k), line, 0)
                    : default;
            }
            else
            {
                for (var e = 0; e < 4; e++)
                {
                    numbers[(4 * ((k * RightQuads) + quadPlace)) + e] = first + e < sizes.Columns && term + k < tile.EndTerm
                        ? Number<TRight>(arguments, TRight.Row(arguments, term + k), TRight.Column(arguments, first + e))
                        : 0f;
                }
            }
        }
    }

    /// <summary>The four columns number <paramref name="quad"/> from a column on.</summary>
    private static Quad QuadOf<TMatrix>(TArguments arguments, Spot row, Spot column, int quad)
        where TMatrix : struct, IMatrix<TArguments>
    {
        var place = TMatrix.Place(arguments, row, column);
        return place < 0 ? default : TMatrix.Numbers(arguments).Cast<Quad>()[(place / 4) + quad];
    }

    private static float Number<TMatrix>(TArguments arguments, Spot row, Spot column)
        where TMatrix : struct, IMatrix<TArguments>
    {
        var place = TMatrix.Place(arguments, row, column);
        return place < 0 ? 0f : TMatrix.Numbers(arguments)[place];
    }

    private static void Scatter(Quad four, ArrayView<float> numbers, int place, int stride)
    {
        numbers[place] = four.A;
        numbers[place + stride] = four.B;
        numbers[place + (2 * stride)] = four.C;
        numbers[place + (3 * stride)] = four.D;
    }

    private static void Put(TArguments arguments, ProductSizes sizes, ProductTile tile, int row, int column, Strip strip)
    {
        ProductParts<TProduct, TArguments>.Put(arguments, sizes, tile, row, column, strip.Near);
        ProductParts<TProduct, TArguments>.Put(arguments, sizes, tile, row, column + (Products.TileColumns / 2), strip.Far);
    }

    /// <summary>A thread's sums of one row: four columns, and four half a tile further.</summary>
    private struct Strip
    {
        public Quad Near;
        public Quad Far;

        public static Strip Add(Strip sums, float left, Quad near, Quad far)
        {
            sums.Near.A += left * near.A;
            sums.Near.B += left * near.B;
            sums.Near.C += left * near.C;
            sums.Near.D += left * near.D;
            sums.Far.A += left * far.A;
            sums.Far.B += left * far.B;
            sums.Far.C += left * far.C;
            sums.Far.D += left * far.D;
            return sums;
        }
    }
}
