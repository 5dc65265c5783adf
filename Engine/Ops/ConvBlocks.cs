using ILGPU;

namespace Estampa.Engine;

/// <summary>
/// The input's gradient by blocks of as many rows and columns as the stride: the block (R, C) holds the input pixels (R s + r, C s + c),
/// and all of them gather from the same output pixels (R + First + a, C + First + b), 0 &lt;= a, b &lt; Side. Where a pixel of the block
/// has no tap for one of them, the weight is zero. With a stride of 1 a block is a pixel and has every tap; with 3x3 and a stride of 2
/// this takes half the multiplications of a window that is zero wherever the stride does not divide.
/// </summary>
internal static class ConvBlocks
{
    public static int Down(ConvSizes sizes) => (sizes.InputHeight + sizes.Stride - 1) / sizes.Stride;

    public static int Across(ConvSizes sizes) => (sizes.InputWidth + sizes.Stride - 1) / sizes.Stride;

    /// <summary>Rounded towards 0: with a padding beyond the kernel that is one row of zeros more than there need be.</summary>
    public static int First(ConvSizes sizes) => (sizes.Padding - sizes.Kernel + 1) / sizes.Stride;

    public static int Side(ConvSizes sizes) => ((sizes.Padding + sizes.Stride - 1) / sizes.Stride) - First(sizes) + 1;

    /// <summary>Where the element of a block lies in the input; -1 where the block reaches beyond the image.</summary>
    public static int Pixel(ConvSizes sizes, int block, int element)
    {
        if (sizes.Stride == 1)
        {
            return (block * sizes.InputChannels) + element;
        }

        int blocksDown = Down(sizes), blocksAcross = Across(sizes);
        var line = block / blocksAcross;
        var image = line / blocksDown;
        var pixel = element / sizes.InputChannels;
        var down = ((line - (image * blocksDown)) * sizes.Stride) + (pixel / sizes.Stride);
        var right = ((block - (line * blocksAcross)) * sizes.Stride) + (pixel % sizes.Stride);
        var start = ((((image * sizes.InputHeight) + down) * sizes.InputWidth) + right - pixel) * sizes.InputChannels;
        return down < sizes.InputHeight && right < sizes.InputWidth ? start + element : -1;
    }
}

/// <summary>What the blocks see of the output's gradient: blocks by (a, b, output channel).</summary>
internal readonly struct ConvBlockWindows : IMatrix<ConvArguments>
{
    public static ArrayView<float> Numbers(ConvArguments arguments) => arguments.OutputGradient;

    public static int Run(ConvArguments arguments) => arguments.Sizes.OutputChannels;

    public static Spot Row(ConvArguments arguments, int row)
    {
        var s = arguments.Sizes;
        int blocksDown = ConvBlocks.Down(s), blocksAcross = ConvBlocks.Across(s), first = ConvBlocks.First(s);
        var line = row / blocksAcross;
        var image = line / blocksDown;
        var down = line - (image * blocksDown) + first;
        var right = row - (line * blocksAcross) + first;
        var start = ((((image * s.OutputHeight) + down) * s.OutputWidth) + right) * s.OutputChannels;
        return new Spot { Base = start, Down = down, Right = right };
    }

    public static Spot Column(ConvArguments arguments, int column)
    {
        var s = arguments.Sizes;
        var side = ConvBlocks.Side(s);
        var tap = column / s.OutputChannels;
        var down = tap / side;
        var right = tap - (down * side);
        var start = (((down * s.OutputWidth) + right - tap) * s.OutputChannels) + column;
        return new Spot { Base = start, Down = down, Right = right };
    }

    public static int Place(ConvArguments arguments, Spot row, Spot column) =>
        Spot.Within(row, column, arguments.Sizes.OutputHeight, arguments.Sizes.OutputWidth);
}

/// <summary>The weights between a block and what it sees: (r, c, input channel) by (a, b, output channel).</summary>
internal readonly struct ConvBlockWeight : IMatrix<ConvArguments>
{
    public static ArrayView<float> Numbers(ConvArguments arguments) => arguments.Weight;

    public static int Run(ConvArguments arguments) => arguments.Sizes.OutputChannels;

    /// <summary>Down and right: the tap through which the output pixel a = b = 0 sees the pixel of the block.</summary>
    public static Spot Row(ConvArguments arguments, int row)
    {
        var s = arguments.Sizes;
        var pixel = row / s.InputChannels;
        var line = pixel / s.Stride;
        var start = s.Padding - (ConvBlocks.First(s) * s.Stride);
        var down = line + start;
        var right = pixel - (line * s.Stride) + start;
        var channel = row - (pixel * s.InputChannels);
        var place = ((((down * s.Kernel) + right) * s.InputChannels) + channel) * s.OutputChannels;
        return new Spot { Base = place, Down = down, Right = right };
    }

    public static Spot Column(ConvArguments arguments, int column)
    {
        var s = arguments.Sizes;
        var side = ConvBlocks.Side(s);
        var tap = column / s.OutputChannels;
        var line = tap / side;
        var down = -line * s.Stride;
        var right = ((line * side) - tap) * s.Stride;
        var start = (((((down * s.Kernel) + right) * s.InputChannels) - tap) * s.OutputChannels) + column;
        return new Spot { Base = start, Down = down, Right = right };
    }

    public static int Place(ConvArguments arguments, Spot row, Spot column) =>
        Spot.Within(row, column, arguments.Sizes.Kernel, arguments.Sizes.Kernel);
}

/// <summary>What blocks see of the output's gradient times the weights between them, turned.</summary>
internal readonly struct ConvInputGradient : IProduct<ConvArguments>
{
    public static bool LeftIsTurned => false;

    public static bool RightIsTurned => true;

    public static bool SumsRight => false;

    public static ProductSizes Sizes(ConvArguments arguments)
    {
        var s = arguments.Sizes;
        var side = ConvBlocks.Side(s);
        return new()
        {
            Rows = s.Batch * ConvBlocks.Down(s) * ConvBlocks.Across(s),
            Columns = s.Stride * s.Stride * s.InputChannels,
            Depth = side * side * s.OutputChannels,
        };
    }

    public static ArrayView<float> Parts(ConvArguments arguments) => arguments.Working;

    public static void Store(ConvArguments arguments, int row, int column, float sum)
    {
        var place = ConvBlocks.Pixel(arguments.Sizes, row, column);
        if (place >= 0)
        {
            arguments.InputGradient[place] = arguments.Keep == 0 ? sum : arguments.InputGradient[place] + sum;
        }
    }

    public static void StoreSum(ConvArguments arguments, int column, float sum)
    {
    }
}
