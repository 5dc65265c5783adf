using ILGPU;

namespace Estampa.Engine;

/// <summary>The three directions on groups of threads.</summary>
internal static class UpsampledConvGrouped
{
    public static readonly DeviceRoutes<ConvArguments> Forward =
        ProductRoutes<ConvForward, UpsampledConvWindows, PlainMatrix<ConvWeight, ConvArguments>, ConvArguments>.All;

    public static readonly DeviceRoutes<ConvArguments> InputGradient =
        ProductRoutes<UpsampledConvInputGradient, UpsampledConvGradients, UpsampledConvWeight, ConvArguments>.All;

    public static readonly DeviceRoutes<ConvArguments> WeightGradient =
        ProductRoutes<ConvWeightGradient, UpsampledConvWindows, PlainMatrix<ConvOutputGradient, ConvArguments>, ConvArguments>.All;
}

/// <summary>What the windows see of the resized input: output pixels by (tap, input channel).</summary>
internal readonly struct UpsampledConvWindows : IMatrix<ConvArguments>
{
    public static ArrayView<float> Numbers(ConvArguments arguments) => arguments.Input;

    public static int Run(ConvArguments arguments) => arguments.Sizes.InputChannels;

    /// <summary>Down and right count resized pixels, the base rows of the input before the image.</summary>
    public static Spot Row(ConvArguments arguments, int row)
    {
        var s = arguments.Sizes;
        var line = row / s.OutputWidth;
        var image = line / s.OutputHeight;
        return new Spot
        {
            Base = image * s.InputHeight,
            Down = line - (image * s.OutputHeight) - 1,
            Right = row - (line * s.OutputWidth) - 1,
        };
    }

    public static Spot Column(ConvArguments arguments, int column)
    {
        var s = arguments.Sizes;
        var tap = column / s.InputChannels;
        var down = tap / s.Kernel;
        return new Spot { Base = column - (tap * s.InputChannels), Down = down, Right = tap - (down * s.Kernel) };
    }

    public static int Place(ConvArguments arguments, Spot row, Spot column)
    {
        var s = arguments.Sizes;
        int down = row.Down + column.Down, right = row.Right + column.Right;
        return (uint)down < (uint)s.OutputHeight && (uint)right < (uint)s.OutputWidth
            ? ((((row.Base + (down >> 1)) * s.InputWidth) + (right >> 1)) * s.InputChannels) + column.Base
            : -1;
    }
}

/// <summary>
/// What an input pixel (r, c) sees of the output's gradient: input pixels by (dr, dc, i, j, output channel). It shows in the resized
/// pixels (2 r + dr, 2 c + dc), 0 &lt;= dr, dc &lt; 2, and each of them shows in the output pixels (2 r + dr + 1 - i, 2 c + dc + 1 - j).
/// </summary>
internal readonly struct UpsampledConvGradients : IMatrix<ConvArguments>
{
    /// <summary>Taps of the kernel.</summary>
    public const int Taps = 9;
    private const int Side = 3;

    public static ArrayView<float> Numbers(ConvArguments arguments) => arguments.OutputGradient;

    public static int Run(ConvArguments arguments) => arguments.Sizes.OutputChannels;

    public static Spot Row(ConvArguments arguments, int row)
    {
        var s = arguments.Sizes;
        var line = row / s.InputWidth;
        var image = line / s.InputHeight;
        int down = (line - (image * s.InputHeight)) * 2, right = (row - (line * s.InputWidth)) * 2;
        var start = ((((image * s.OutputHeight) + down) * s.OutputWidth) + right) * s.OutputChannels;
        return new Spot { Base = start, Down = down, Right = right };
    }

    /// <summary>Down and right: how far the further of the resized pixel and the output pixel is.</summary>
    public static Spot Column(ConvArguments arguments, int column)
    {
        var s = arguments.Sizes;
        var pair = column / s.OutputChannels;
        var resized = pair / Taps;
        var tap = pair - (resized * Taps);
        int resizedDown = resized / 2, resizedRight = resized % 2;
        int down = resizedDown + 1 - (tap / Side), right = resizedRight + 1 - (tap % Side);
        var start = (((down * s.OutputWidth) + right - pair) * s.OutputChannels) + column;
        return new Spot { Base = start, Down = Further(down, resizedDown), Right = Further(right, resizedRight) };
    }

    public static int Place(ConvArguments arguments, Spot row, Spot column) =>
        Spot.Within(row, column, arguments.Sizes.OutputHeight, arguments.Sizes.OutputWidth);

    /// <summary>One comparison stands for both: an odd side lacks the last resized pixel, but not the output pixel before it.</summary>
    private static int Further(int output, int resized) => resized == 1 && output == 0 ? 1 : output;
}

/// <summary>Input channels by (dr, dc, i, j, output channel).</summary>
internal readonly struct UpsampledConvWeight : IMatrix<ConvArguments>
{
    public static ArrayView<float> Numbers(ConvArguments arguments) => arguments.Weight;

    public static int Run(ConvArguments arguments) => arguments.Sizes.OutputChannels;

    public static Spot Row(ConvArguments arguments, int row) => new() { Base = row * arguments.Sizes.OutputChannels };

    public static Spot Column(ConvArguments arguments, int column)
    {
        var s = arguments.Sizes;
        var pair = column / s.OutputChannels;
        var tap = pair % UpsampledConvGradients.Taps;
        return new Spot { Base = (((tap * s.InputChannels) - pair) * s.OutputChannels) + column };
    }

    public static int Place(ConvArguments arguments, Spot row, Spot column) => row.Base + column.Base;
}

/// <summary>What input pixels see of the output's gradient times the weights, turned. The other two are the convolution's own.</summary>
internal readonly struct UpsampledConvInputGradient : IProduct<ConvArguments>
{
    public static bool LeftIsTurned => false;

    public static bool RightIsTurned => true;

    public static bool SumsRight => false;

    public static ProductSizes Sizes(ConvArguments arguments)
    {
        var s = arguments.Sizes;
        return new()
        {
            Rows = s.Batch * s.InputHeight * s.InputWidth,
            Columns = s.InputChannels,
            Depth = 4 * UpsampledConvGradients.Taps * s.OutputChannels,
        };
    }

    public static ArrayView<float> Parts(ConvArguments arguments) => arguments.Working;

    public static void Store(ConvArguments arguments, int row, int column, float sum)
    {
        var place = (row * arguments.Sizes.InputChannels) + column;
        arguments.InputGradient[place] = arguments.Keep == 0 ? sum : arguments.InputGradient[place] + sum;
    }

    public static void StoreSum(ConvArguments arguments, int column, float sum)
    {
    }
}
