using ILGPU;

namespace Estampa.Engine;

/// <summary>
/// What a row, or a column, of a matrix adds to the place of an element. For windows of images, <see cref="Base"/> counts elements or
/// pixels, <see cref="Down"/> and <see cref="Right"/> are coordinates within the image; a plain matrix needs the base alone.
/// </summary>
internal struct Spot
{
    public int Base;
    public int Down;
    public int Right;

    /// <summary>The sum of both bases where the sum of their coordinates lies within so many rows and columns; -1 elsewhere.</summary>
    public static int Within(Spot row, Spot column, int height, int width) =>
        (uint)(row.Down + column.Down) < (uint)height && (uint)(row.Right + column.Right) < (uint)width ? row.Base + column.Base : -1;
}

/// <summary>
/// A matrix that is never stored: its elements are found in other numbers, such as the windows of images that a convolution sees. Rows
/// are pixels or samples, columns are taps and channels.
/// </summary>
internal interface IMatrix<TArguments>
    where TArguments : struct
{
    /// <summary>Where its elements lie.</summary>
    static abstract ArrayView<float> Numbers(TArguments arguments);

    /// <summary>How many columns, from any multiple of it on, lie one behind the other and are all there or all zero.</summary>
    static abstract int Run(TArguments arguments);

    static abstract Spot Row(TArguments arguments, int row);

    static abstract Spot Column(TArguments arguments, int column);

    /// <summary>The index of an element; -1 where it is zero.</summary>
    static abstract int Place(TArguments arguments, Spot row, Spot column);
}

/// <summary>Rows and columns of a product of matrices, and how many terms each element sums.</summary>
internal struct ProductSizes
{
    public int Rows;
    public int Columns;
    public int Depth;
}

/// <summary>
/// A product of matrices, C[row, column] = sum over k of A[row, k] B[k, column], as convolutions and linear layers are in all three
/// directions. Written once for an op, and run by the grouped and the tensor-core routes.
/// </summary>
internal interface IProduct<TArguments>
    where TArguments : struct
{
    /// <summary>Whether the left matrix is stored with its sums down the rows: A[row, k] is its element (k, row).</summary>
    static abstract bool LeftIsTurned { get; }

    /// <summary>Whether the right matrix is stored with its sums along the columns: B[k, column] is its element (column, k).</summary>
    static abstract bool RightIsTurned { get; }

    /// <summary>Whether the sums of B's columns are wanted too: a bias gradient.</summary>
    static abstract bool SumsRight { get; }

    static abstract ProductSizes Sizes(TArguments arguments);

    /// <summary>Working memory of <see cref="Products.Working"/> floats.</summary>
    static abstract ArrayView<float> Parts(TArguments arguments);

    static abstract void Store(TArguments arguments, int row, int column, float sum);

    /// <summary>Takes the sum of a column of B; called where <see cref="SumsRight"/>.</summary>
    static abstract void StoreSum(TArguments arguments, int column, float sum);
}

/// <summary>How products are cut into groups: by sizes alone, so that results do not depend on the device.</summary>
internal static class Products
{
    /// <summary>Rows and columns of the tile that a group computes.</summary>
    public const int TileRows = 128;
    public const int TileColumns = 64;

    /// <summary>Threads of a group.</summary>
    public const int Threads = 128;

    /// <summary>Where there are few tiles, the depth is cut until there are about so many groups.</summary>
    private const int EnoughGroups = 256;

    /// <summary>The least depth of a part, and what its depth is a multiple of.</summary>
    private const int LeastDepth = 128;
    private const int DepthStep = 32;

    public static int TilesDown(ProductSizes sizes) => (sizes.Rows + TileRows - 1) / TileRows;

    public static int TilesAcross(ProductSizes sizes) => (sizes.Columns + TileColumns - 1) / TileColumns;

    /// <summary>Terms of each part of the sums.</summary>
    public static int PartDepth(ProductSizes sizes)
    {
        var tiles = TilesDown(sizes) * TilesAcross(sizes);
        var parts = tiles < EnoughGroups ? EnoughGroups / tiles : 1;
        var depth = (sizes.Depth + parts - 1) / parts;
        depth = depth < LeastDepth ? LeastDepth : depth;
        return (depth + DepthStep - 1) / DepthStep * DepthStep;
    }

    /// <summary>Into how many parts the sums are cut; each has its own groups, and a second launch adds them up.</summary>
    public static int PartCount(ProductSizes sizes) => (sizes.Depth + PartDepth(sizes) - 1) / PartDepth(sizes);

    /// <summary>Groups of these arguments: one a tile and part.</summary>
    public static int Groups<TProduct, TArguments>(TArguments arguments)
        where TProduct : struct, IProduct<TArguments>
        where TArguments : struct
    {
        var sizes = TProduct.Sizes(arguments);
        return TilesDown(sizes) * TilesAcross(sizes) * PartCount(sizes);
    }

    /// <summary>Floats of one part: its products, then the sums of B's columns.</summary>
    public static int PartLength(ProductSizes sizes, bool sumsRight) => (sizes.Rows + (sumsRight ? 1 : 0)) * sizes.Columns;

    /// <summary>Floats of working memory: none where the sums are not cut.</summary>
    /// <exception cref="OverflowException">Groups and parts, which kernels count in 32 bits, are more than that.</exception>
    public static int Working(ProductSizes sizes, bool sumsRight)
    {
        checked
        {
            var groups = ((sizes.Rows + TileRows) / TileRows) * ((sizes.Columns + TileColumns) / TileColumns);
            if (sizes.Rows < 1 || sizes.Columns < 1 || sizes.Depth < 1 || sizes.Depth > int.MaxValue - Math.Max(groups, EnoughGroups))
            {
                throw new OverflowException($"a product of {sizes.Rows}x{sizes.Depth}x{sizes.Columns}");
            }

            return PartCount(sizes) == 1 ? 0 : PartCount(sizes) * ((sizes.Rows + (sumsRight ? 1 : 0)) * sizes.Columns);
        }
    }

    /// <summary>Floats of working memory of a product of these arguments, of which only sizes are read.</summary>
    public static int Working<TProduct, TArguments>(TArguments arguments)
        where TProduct : struct, IProduct<TArguments>
        where TArguments : struct => Working(TProduct.Sizes(arguments), TProduct.SumsRight);
}
