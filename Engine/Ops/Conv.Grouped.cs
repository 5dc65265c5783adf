using ILGPU;

namespace Estampa.Engine;

/// <summary>What the windows see of the input: output pixels by (tap, input channel).</summary>
internal readonly struct ConvWindows : IMatrix<ConvArguments>
{
    public static ArrayView<float> Numbers(ConvArguments arguments) => arguments.Input;

    public static int Run(ConvArguments arguments) => arguments.Sizes.InputChannels;

    public static Spot Row(ConvArguments arguments, int row)
    {
        var s = arguments.Sizes;
        var line = row / s.OutputWidth;
        var image = line / s.OutputHeight;
        var down = ((line - (image * s.OutputHeight)) * s.Stride) - s.Padding;
        var right = ((row - (line * s.OutputWidth)) * s.Stride) - s.Padding;
        var start = ((((image * s.InputHeight) + down) * s.InputWidth) + right) * s.InputChannels;
        return new Spot { Base = start, Down = down, Right = right };
    }

    public static Spot Column(ConvArguments arguments, int column)
    {
        var s = arguments.Sizes;
        var tap = column / s.InputChannels;
        var down = tap / s.Kernel;
        var right = tap - (down * s.Kernel);
        var start = (((down * s.InputWidth) + right - tap) * s.InputChannels) + column;
        return new Spot { Base = start, Down = down, Right = right };
    }

    public static int Place(ConvArguments arguments, Spot row, Spot column) =>
        Spot.Within(row, column, arguments.Sizes.InputHeight, arguments.Sizes.InputWidth);
}

/// <summary>(Tap, input channel) by output channels.</summary>
internal readonly struct ConvWeight : IPlainMatrix<ConvArguments>
{
    public static ArrayView<float> Numbers(ConvArguments arguments) => arguments.Weight;

    public static int Columns(ConvArguments arguments) => arguments.Sizes.OutputChannels;
}

/// <summary>Output pixels by output channels.</summary>
internal readonly struct ConvOutputGradient : IPlainMatrix<ConvArguments>
{
    public static ArrayView<float> Numbers(ConvArguments arguments) => arguments.OutputGradient;

    public static int Columns(ConvArguments arguments) => arguments.Sizes.OutputChannels;
}

/// <summary>The three directions of a convolution on groups of threads.</summary>
internal static class ConvGrouped
{
    public static readonly DeviceRoutes<ConvArguments> Forward =
        ProductRoutes<ConvForward, ConvWindows, PlainMatrix<ConvWeight, ConvArguments>, ConvArguments>.All;

    public static readonly DeviceRoutes<ConvArguments> InputGradient =
        ProductRoutes<ConvInputGradient, ConvBlockWindows, ConvBlockWeight, ConvArguments>.All;

    public static readonly DeviceRoutes<ConvArguments> WeightGradient =
        ProductRoutes<ConvWeightGradient, ConvWindows, PlainMatrix<ConvOutputGradient, ConvArguments>, ConvArguments>.All;
}

/// <summary>Windows times weights, and the bias.</summary>
internal readonly struct ConvForward : IProduct<ConvArguments>
{
    public static bool LeftIsTurned => false;

    public static bool RightIsTurned => false;

    public static bool SumsRight => false;

    public static ProductSizes Sizes(ConvArguments arguments)
    {
        var s = arguments.Sizes;
        return new()
        {
            Rows = s.Batch * s.OutputHeight * s.OutputWidth,
            Columns = s.OutputChannels,
            Depth = s.Kernel * s.Kernel * s.InputChannels,
        };
    }

    public static ArrayView<float> Parts(ConvArguments arguments) => arguments.Working;

    public static void Store(ConvArguments arguments, int row, int column, float sum) =>
        arguments.Output[(row * arguments.Sizes.OutputChannels) + column] = sum + arguments.Bias[column];

    public static void StoreSum(ConvArguments arguments, int column, float sum)
    {
    }
}

/// <summary>Windows turned times the output's gradient, whose columns' sums are the bias's gradient.</summary>
internal readonly struct ConvWeightGradient : IProduct<ConvArguments>
{
    public static bool LeftIsTurned => true;

    public static bool RightIsTurned => false;

    public static bool SumsRight => true;

    public static ProductSizes Sizes(ConvArguments arguments)
    {
        var s = arguments.Sizes;
        return new()
        {
            Rows = s.Kernel * s.Kernel * s.InputChannels,
            Columns = s.OutputChannels,
            Depth = s.Batch * s.OutputHeight * s.OutputWidth,
        };
    }

    public static ArrayView<float> Parts(ConvArguments arguments) => arguments.Working;

    public static void Store(ConvArguments arguments, int row, int column, float sum)
    {
        var place = (row * arguments.Sizes.OutputChannels) + column;
        arguments.WeightGradient[place] = arguments.Keep == 0 ? sum : arguments.WeightGradient[place] + sum;
    }

    public static void StoreSum(ConvArguments arguments, int column, float sum) =>
        arguments.BiasGradient[column] = arguments.KeepBias == 0 ? sum : arguments.BiasGradient[column] + sum;
}
