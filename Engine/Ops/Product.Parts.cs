using ILGPU;

namespace Estampa.Engine;

/// <summary>The tile and the terms that one group of a product works on.</summary>
internal struct ProductTile
{
    public int FirstRow;
    public int FirstColumn;

    /// <summary>Which part of the depth, of how many.</summary>
    public int Part;
    public int Parts;
    public int FirstTerm;
    public int EndTerm;

    public static ProductTile Of(ProductSizes sizes, int group)
    {
        int across = Products.TilesAcross(sizes), tiles = Products.TilesDown(sizes) * across, depth = Products.PartDepth(sizes);
        ProductTile tile = default;
        tile.Part = group / tiles;
        tile.Parts = Products.PartCount(sizes);
        tile.FirstRow = group % tiles / across * Products.TileRows;
        tile.FirstColumn = group % tiles % across * Products.TileColumns;
        tile.FirstTerm = tile.Part * depth;
        tile.EndTerm = tile.FirstTerm + depth < sizes.Depth ? tile.FirstTerm + depth : sizes.Depth;
        return tile;
    }
}

/// <summary>
/// What becomes of a tile's sums: stored where the depth is not cut, else kept as parts and added up, in order, by a second launch.
/// </summary>
internal static class ProductParts<TProduct, TArguments>
    where TProduct : struct, IProduct<TArguments>
    where TArguments : struct
{
    public static readonly GroupedRoute<TArguments> Route = new(Add, Groups, Products.Threads);

    /// <summary>Four sums of one row.</summary>
    public static void Put(TArguments arguments, ProductSizes sizes, ProductTile tile, int row, int column, Quad sums)
    {
        if (row < sizes.Rows)
        {
            PutOne(arguments, sizes, tile, row, column, sums.A);
            PutOne(arguments, sizes, tile, row, column + 1, sums.B);
            PutOne(arguments, sizes, tile, row, column + 2, sums.C);
            PutOne(arguments, sizes, tile, row, column + 3, sums.D);
        }
    }

    /// <summary>The sum of a column of the right matrix.</summary>
    public static void PutSum(TArguments arguments, ProductSizes sizes, ProductTile tile, int column, float sum)
    {
        if (column >= sizes.Columns)
        {
            return;
        }

        if (tile.Parts == 1)
        {
            TProduct.StoreSum(arguments, column, sum);
        }
        else
        {
            TProduct.Parts(arguments)[(tile.Part * Length(sizes)) + (sizes.Rows * sizes.Columns) + column] = sum;
        }
    }

    /// <summary>One sum of a row that is there.</summary>
    public static void PutOne(TArguments arguments, ProductSizes sizes, ProductTile tile, int row, int column, float sum)
    {
        if (column >= sizes.Columns)
        {
            return;
        }

        if (tile.Parts == 1)
        {
            TProduct.Store(arguments, row, column, sum);
        }
        else
        {
            TProduct.Parts(arguments)[(tile.Part * Length(sizes)) + (row * sizes.Columns) + column] = sum;
        }
    }

    private static void Add(TArguments arguments)
    {
        var sizes = TProduct.Sizes(arguments);
        int place = (Grid.IdxX * Group.DimX) + Group.IdxX, length = Length(sizes);
        if (place >= length)
        {
            return;
        }

        var sum = 0f;
        var parts = Products.PartCount(sizes);
        for (var part = 0; part < parts; part++)
        {
            sum += TProduct.Parts(arguments)[(part * length) + place];
        }

        if (place < sizes.Rows * sizes.Columns)
        {
            TProduct.Store(arguments, place / sizes.Columns, place % sizes.Columns, sum);
        }
        else
        {
            TProduct.StoreSum(arguments, place - (sizes.Rows * sizes.Columns), sum);
        }
    }

    private static int Groups(TArguments arguments)
    {
        var sizes = TProduct.Sizes(arguments);
        return Products.PartCount(sizes) == 1 ? 0 : (Length(sizes) + Products.Threads - 1) / Products.Threads;
    }

    private static int Length(ProductSizes sizes) => Products.PartLength(sizes, TProduct.SumsRight);
}
