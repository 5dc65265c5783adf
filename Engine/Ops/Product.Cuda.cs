using ILGPU;

namespace Estampa.Engine;

/// <summary>
/// A product of matrices on CUDA's tensor cores. A group of four warps computes a tile of 128 x 64 elements, each warp 32 rows of it in
/// 2 x 8 fragments. Pieces of both matrices 16 terms deep come to shared memory by asynchronous copies, two pieces ahead of their use, as
/// floats in the order they lie in, and are rounded when a fragment is read. Lines of a piece are padded so that a warp's reads fall on
/// 32 banks.
/// </summary>
internal static class TensorProduct<TProduct, TLeft, TRight, TNumber, TArguments>
    where TProduct : struct, IProduct<TArguments>
    where TLeft : struct, IMatrix<TArguments>
    where TRight : struct, IMatrix<TArguments>
    where TNumber : struct, ITensorNumber
    where TArguments : struct
{
    public static readonly GroupedRoute<TArguments> Route = new(Multiply, Products.Groups<TProduct, TArguments>, Products.Threads)
    {
        // Four numbers are copied at a time, and the terms of a piece of one line must lie together.
        Fits = arguments => TLeft.Run(arguments) % Depth == 0 && TRight.Run(arguments) % Depth == 0,
        Then = ProductParts<TProduct, TArguments>.Route,
    };

    private const int Warp = 32;
    private const int Depth = 16;
    private const int DepthQuads = Depth / 4;
    private const int Stages = 3;

    /// <summary>Quads of a line with its padding, for lines along the terms and for lines across rows or columns.</summary>
    private const int TermLine = DepthQuads + 1;
    private const int RowLine = (Products.TileRows / 4) + 2;
    private const int ColumnLine = (Products.TileColumns / 4) + 2;

    /// <summary>Quads of a piece, left behind each other: the left matrix in whichever order needs more, then the right one.</summary>
    private const int LeftPiece = Products.TileRows * TermLine;
    private const int RightPiece = Products.TileColumns * TermLine;
    private const int Stage = LeftPiece + RightPiece;

    private static void Multiply(TArguments arguments)
    {
        var sizes = TProduct.Sizes(arguments);
        var tile = ProductTile.Of(sizes, Grid.IdxX);
        var stages = SharedMemory.Allocate<Quad>(Stages * Stage);
        var numbers = stages.Cast<float>();
        var lines = LinesOf(arguments, sizes, tile);
        int thread = Group.IdxX, lane = thread % Warp, warp = thread / Warp, g = lane / 4, t = lane % 4;
        Fragment upper0 = default, upper1 = default, upper2 = default, upper3 = default;
        Fragment upper4 = default, upper5 = default, upper6 = default, upper7 = default;
        Fragment lower0 = default, lower1 = default, lower2 = default, lower3 = default;
        Fragment lower4 = default, lower5 = default, lower6 = default, lower7 = default;
        var rightSum = 0f;

        // Floats from a row, a column and a term to the next in shared memory.
        var row = TProduct.LeftIsTurned ? 1 : 4 * TermLine;
        var leftTerm = TProduct.LeftIsTurned ? 4 * RowLine : 1;
        var column = TProduct.RightIsTurned ? 4 * TermLine : 1;
        var rightTerm = TProduct.RightIsTurned ? 1 : 4 * ColumnLine;

        Copy(arguments, sizes, tile, lines, tile.FirstTerm, stages, 0);
        AsyncCopy.Commit();
        Copy(arguments, sizes, tile, lines, tile.FirstTerm + Depth, stages, Stage);
        AsyncCopy.Commit();
        var stage = 0;
        for (var term = tile.FirstTerm; term < tile.EndTerm; term += Depth)
        {
            // This piece has arrived, and everybody is done with the one before it, whose place the next copies take.
            AsyncCopy.Wait(1);
            Group.Barrier();
            var next = stage == 0 ? Stages - 1 : stage - 1;
            Copy(arguments, sizes, tile, lines, term + ((Stages - 1) * Depth), stages, next * Stage);
            AsyncCopy.Commit();

            int left = (4 * stage * Stage) + (((warp * Warp) + g) * row);
            int right = (4 * ((stage * Stage) + LeftPiece)) + (g * column);
            for (var k = 0; k < Depth; k += TNumber.Terms)
            {
                var upper = TNumber.Left(numbers, left + (k * leftTerm), row, leftTerm, t);
                var lower = TNumber.Left(numbers, left + (16 * row) + (k * leftTerm), row, leftTerm, t);
                var place = right + (k * rightTerm);
                var factor = TNumber.Right(numbers, place, rightTerm, t);
                upper0 = TNumber.Multiply(upper, factor, upper0);
                lower0 = TNumber.Multiply(lower, factor, lower0);
                factor = TNumber.Right(numbers, place + (8 * column), rightTerm, t);
                upper1 = TNumber.Multiply(upper, factor, upper1);
                lower1 = TNumber.Multiply(lower, factor, lower1);
                factor = TNumber.Right(numbers, place + (16 * column), rightTerm, t);
                upper2 = TNumber.Multiply(upper, factor, upper2);
                lower2 = TNumber.Multiply(lower, factor, lower2);
                factor = TNumber.Right(numbers, place + (24 * column), rightTerm, t);
                upper3 = TNumber.Multiply(upper, factor, upper3);
                lower3 = TNumber.Multiply(lower, factor, lower3);
                factor = TNumber.Right(numbers, place + (32 * column), rightTerm, t);
                upper4 = TNumber.Multiply(upper, factor, upper4);
                lower4 = TNumber.Multiply(lower, factor, lower4);
                factor = TNumber.Right(numbers, place + (40 * column), rightTerm, t);
                upper5 = TNumber.Multiply(upper, factor, upper5);
                lower5 = TNumber.Multiply(lower, factor, lower5);
                factor = TNumber.Right(numbers, place + (48 * column), rightTerm, t);
                upper6 = TNumber.Multiply(upper, factor, upper6);
                lower6 = TNumber.Multiply(lower, factor, lower6);
                factor = TNumber.Right(numbers, place + (56 * column), rightTerm, t);
                upper7 = TNumber.Multiply(upper, factor, upper7);
                lower7 = TNumber.Multiply(lower, factor, lower7);
            }

            if (TProduct.SumsRight && tile.FirstRow == 0 && thread < Products.TileColumns)
            {
                for (var k = 0; k < Depth; k++)
                {
                    rightSum += numbers[(4 * ((stage * Stage) + LeftPiece)) + (k * rightTerm) + (thread * column)];
                }
            }

            stage = stage == Stages - 1 ? 0 : stage + 1;
        }

        int firstRow = tile.FirstRow + (warp * Warp) + g, firstColumn = tile.FirstColumn + (2 * t);
        Put(arguments, sizes, tile, firstRow, firstColumn, upper0, lower0);
        Put(arguments, sizes, tile, firstRow, firstColumn + 8, upper1, lower1);
        Put(arguments, sizes, tile, firstRow, firstColumn + 16, upper2, lower2);
        Put(arguments, sizes, tile, firstRow, firstColumn + 24, upper3, lower3);
        Put(arguments, sizes, tile, firstRow, firstColumn + 32, upper4, lower4);
        Put(arguments, sizes, tile, firstRow, firstColumn + 40, upper5, lower5);
        Put(arguments, sizes, tile, firstRow, firstColumn + 48, upper6, lower6);
        Put(arguments, sizes, tile, firstRow, firstColumn + 56, upper7, lower7);
        if (TProduct.SumsRight && tile.FirstRow == 0 && thread < Products.TileColumns)
        {
            ProductParts<TProduct, TArguments>.PutSum(arguments, sizes, tile, tile.FirstColumn + thread, rightSum);
        }
    }

    /// <summary>Starts the copies of a piece; nothing behind the last term.</summary>
    private static void Copy(
        TArguments arguments, ProductSizes sizes, ProductTile tile, Lines lines, int term, ArrayView<Quad> stages, int stage)
    {
        if (term >= tile.EndTerm)
        {
            return;
        }

        int thread = Group.IdxX, quad = thread % DepthQuads, line = thread / DepthQuads;
        if (TProduct.LeftIsTurned)
        {
            const int Quads = Products.TileRows / 4;
            int place = thread % Quads;
            var isThere = tile.FirstRow + (4 * place) < sizes.Rows;
            for (var k = thread / Quads; k < Depth; k += Products.Threads / Quads)
            {
                CopyQuad<TLeft>(
                    arguments, isThere && term + k < tile.EndTerm, TLeft.Row(arguments, term + k), lines.Left0, 0,
                    stages, stage + (k * RowLine) + place);
            }
        }
        else
        {
            const int Step = Products.Threads / DepthQuads;
            var spot = TLeft.Column(arguments, term);
            int row = tile.FirstRow + line, target = stage + (line * TermLine) + quad;
            CopyQuad<TLeft>(arguments, row < sizes.Rows, lines.Left0, spot, quad, stages, target);
            CopyQuad<TLeft>(arguments, row + Step < sizes.Rows, lines.Left1, spot, quad, stages, target + (Step * TermLine));
            CopyQuad<TLeft>(arguments, row + (2 * Step) < sizes.Rows, lines.Left2, spot, quad, stages, target + (2 * Step * TermLine));
            CopyQuad<TLeft>(arguments, row + (3 * Step) < sizes.Rows, lines.Left3, spot, quad, stages, target + (3 * Step * TermLine));
        }

        stage += LeftPiece;
        if (TProduct.RightIsTurned)
        {
            const int Step = Products.Threads / DepthQuads;
            var spot = TRight.Column(arguments, term);
            int column = tile.FirstColumn + line, target = stage + (line * TermLine) + quad;
            CopyQuad<TRight>(arguments, column < sizes.Columns, lines.Right0, spot, quad, stages, target);
            CopyQuad<TRight>(arguments, column + Step < sizes.Columns, lines.Right1, spot, quad, stages, target + (Step * TermLine));
        }
        else
        {
            const int Quads = Products.TileColumns / 4;
            int place = thread % Quads;
            var isThere = tile.FirstColumn + (4 * place) < sizes.Columns;
            for (var k = thread / Quads; k < Depth; k += Products.Threads / Quads)
            {
                CopyQuad<TRight>(
                    arguments, isThere && term + k < tile.EndTerm, TRight.Row(arguments, term + k), lines.Right0, 0,
                    stages, stage + (k * ColumnLine) + place);
            }
        }
    }

    private static void CopyQuad<TMatrix>(
        TArguments arguments, bool isThere, Spot row, Spot column, int quad, ArrayView<Quad> target, int to)
        where TMatrix : struct, IMatrix<TArguments>
    {
        var place = TMatrix.Place(arguments, row, column);
        isThere = isThere && place >= 0;
        AsyncCopy.Quad(target, to, TMatrix.Numbers(arguments).Cast<Quad>(), isThere ? (place / 4) + quad : 0, isThere);
    }

    private static Lines LinesOf(TArguments arguments, ProductSizes sizes, ProductTile tile)
    {
        const int Step = Products.Threads / DepthQuads;
        int line = Group.IdxX / DepthQuads, row = tile.FirstRow + line, column = tile.FirstColumn + line;
        Lines lines = default;
        if (TProduct.LeftIsTurned)
        {
            var first = tile.FirstRow + (4 * (Group.IdxX % (Products.TileRows / 4)));
            lines.Left0 = TLeft.Column(arguments, first < sizes.Rows ? first : 0);
        }
        else
        {
            lines.Left0 = TLeft.Row(arguments, row < sizes.Rows ? row : 0);
            lines.Left1 = TLeft.Row(arguments, row + Step < sizes.Rows ? row + Step : 0);
            lines.Left2 = TLeft.Row(arguments, row + (2 * Step) < sizes.Rows ? row + (2 * Step) : 0);
            lines.Left3 = TLeft.Row(arguments, row + (3 * Step) < sizes.Rows ? row + (3 * Step) : 0);
        }

        if (TProduct.RightIsTurned)
        {
            lines.Right0 = TRight.Row(arguments, column < sizes.Columns ? column : 0);
            lines.Right1 = TRight.Row(arguments, column + Step < sizes.Columns ? column + Step : 0);
        }
        else
        {
            var first = tile.FirstColumn + (4 * (Group.IdxX % (Products.TileColumns / 4)));
            lines.Right0 = TRight.Column(arguments, first < sizes.Columns ? first : 0);
        }

        return lines;
    }

    private static void Put(
        TArguments arguments, ProductSizes sizes, ProductTile tile, int row, int column, Fragment upper, Fragment lower)
    {
        PutTwo(arguments, sizes, tile, row, column, upper.A, upper.B);
        PutTwo(arguments, sizes, tile, row + 8, column, upper.C, upper.D);
        PutTwo(arguments, sizes, tile, row + 16, column, lower.A, lower.B);
        PutTwo(arguments, sizes, tile, row + 24, column, lower.C, lower.D);
    }

    private static void PutTwo(TArguments arguments, ProductSizes sizes, ProductTile tile, int row, int column, float first, float second)
    {
        if (row < sizes.Rows)
        {
            ProductParts<TProduct, TArguments>.PutOne(arguments, sizes, tile, row, column, first);
            ProductParts<TProduct, TArguments>.PutOne(arguments, sizes, tile, row, column + 1, second);
        }
    }

    /// <summary>What this thread's copies have in common, piece by piece: their rows, or their columns where lines run across.</summary>
    private struct Lines
    {
        public Spot Left0;
        public Spot Left1;
        public Spot Left2;
        public Spot Left3;
        public Spot Right0;
        public Spot Right1;
    }
}
