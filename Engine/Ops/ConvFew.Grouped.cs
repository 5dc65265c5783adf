using ILGPU;

namespace Estampa.Engine;

/// <summary>
/// Convolutions to few channels. As the product of windows and weights they would fill a sliver of each tile, so the taps stand beside
/// the output channels instead: every input pixel is multiplied once with the weights of all taps, and each output pixel then adds up
/// what its taps gave. The weights' gradient is the same product turned.
/// </summary>
internal static class ConvFewGrouped
{
    public static readonly GroupedRoute<ConvArguments> Forward = AndGather(
        GroupedProduct<ConvFewForward, PlainMatrix<ConvInput, ConvArguments>, ConvFewWeight, ConvArguments>.Route);

    public static readonly GroupedRoute<ConvArguments> WeightGradient =
        GroupedProduct<ConvFewWeightGradient, PlainMatrix<ConvInput, ConvArguments>, ConvBlockWindows, ConvArguments>.Route;

    /// <summary>The least input channels with which it is worth its second launch.</summary>
    private const int LeastInputs = 16;

    /// <summary>Padding up to half the kernel, so that some tap meets every output pixel, whose gradients are the bias's then.</summary>
    public static bool Fits(ConvSizes sizes) => sizes.Stride == 1 && 2 * sizes.Padding < sizes.Kernel
        && sizes.Kernel * sizes.Kernel * sizes.OutputChannels <= Products.TileColumns && sizes.InputChannels >= LeastInputs;

    /// <summary>A product's route with the gathering behind it.</summary>
    public static GroupedRoute<ConvArguments> AndGather(GroupedRoute<ConvArguments> product) => product with
    {
        Then = product.Then! with
        {
            Then = new GroupedRoute<ConvArguments>(
                GatherAll, arguments => ((int)arguments.Output.Length + Products.Threads - 1) / Products.Threads, Products.Threads),
        },
    };

    /// <summary>Adds up what the taps of an output element gave.</summary>
    public static void Gather(ConvArguments arguments, int index)
    {
        var s = arguments.Sizes;
        var pixel = index / s.OutputChannels;
        var line = pixel / s.OutputWidth;
        var image = line / s.OutputHeight;
        var top = line - (image * s.OutputHeight) - s.Padding;
        var left = pixel - (line * s.OutputWidth) - s.Padding;
        int firstRow = top < 0 ? -top : 0, endRow = top + s.Kernel > s.InputHeight ? s.InputHeight - top : s.Kernel;
        int firstColumn = left < 0 ? -left : 0, endColumn = left + s.Kernel > s.InputWidth ? s.InputWidth - left : s.Kernel;
        var channel = index - (pixel * s.OutputChannels);
        var sum = arguments.Bias[channel];
        for (var i = firstRow; i < endRow; i++)
        {
            for (var j = firstColumn; j < endColumn; j++)
            {
                var place = (((image * s.InputHeight) + top + i) * s.InputWidth) + left + j;
                sum += arguments.Working[(((place * s.Kernel * s.Kernel) + (i * s.Kernel) + j) * s.OutputChannels) + channel];
            }
        }

        arguments.Output[index] = sum;
    }

    private static void GatherAll(ConvArguments arguments)
    {
        var index = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (index < (int)arguments.Output.Length)
        {
            Gather(arguments, index);
        }
    }
}

/// <summary>Input pixels by input channels.</summary>
internal readonly struct ConvInput : IPlainMatrix<ConvArguments>
{
    public static ArrayView<float> Numbers(ConvArguments arguments) => arguments.Input;

    public static int Columns(ConvArguments arguments) => arguments.Sizes.InputChannels;
}

/// <summary>Input channels by (tap, output channel).</summary>
internal readonly struct ConvFewWeight : IMatrix<ConvArguments>
{
    public static ArrayView<float> Numbers(ConvArguments arguments) => arguments.Weight;

    public static int Run(ConvArguments arguments) => arguments.Sizes.OutputChannels;

    public static Spot Row(ConvArguments arguments, int row) => new() { Base = row * arguments.Sizes.OutputChannels };

    public static Spot Column(ConvArguments arguments, int column)
    {
        var s = arguments.Sizes;
        return new Spot { Base = (column / s.OutputChannels * (s.InputChannels - 1) * s.OutputChannels) + column };
    }

    public static int Place(ConvArguments arguments, Spot row, Spot column) => row.Base + column.Base;
}

/// <summary>Input pixels times weights, kept for <see cref="ConvFewGrouped.Gather"/>; parts lie behind.</summary>
internal readonly struct ConvFewForward : IProduct<ConvArguments>
{
    public static bool LeftIsTurned => false;

    public static bool RightIsTurned => false;

    public static bool SumsRight => false;

    public static ProductSizes Sizes(ConvArguments arguments)
    {
        var s = arguments.Sizes;
        return new()
        {
            Rows = s.Batch * s.InputHeight * s.InputWidth,
            Columns = s.Kernel * s.Kernel * s.OutputChannels,
            Depth = s.InputChannels,
        };
    }

    /// <summary>Floats of working memory: the product, and parts of it.</summary>
    public static int Working(ConvArguments arguments)
    {
        var sizes = Sizes(arguments);
        return checked((sizes.Rows * sizes.Columns) + Products.Working(sizes, SumsRight));
    }

    public static ArrayView<float> Parts(ConvArguments arguments)
    {
        var count = Count(arguments);
        return arguments.Working.SubView(count, arguments.Working.Length - count);
    }

    public static void Store(ConvArguments arguments, int row, int column, float sum) =>
        arguments.Working[(row * Sizes(arguments).Columns) + column] = sum;

    public static void StoreSum(ConvArguments arguments, int column, float sum)
    {
    }

    private static int Count(ConvArguments arguments)
    {
        var sizes = Sizes(arguments);
        return sizes.Rows * sizes.Columns;
    }
}

/// <summary>The input turned times the gradients that its pixels see, tap by tap from the last to the first.</summary>
internal readonly struct ConvFewWeightGradient : IProduct<ConvArguments>
{
    public static bool LeftIsTurned => true;

    public static bool RightIsTurned => false;

    public static bool SumsRight => true;

    public static ProductSizes Sizes(ConvArguments arguments)
    {
        var s = arguments.Sizes;
        return new()
        {
            Rows = s.InputChannels,
            Columns = s.Kernel * s.Kernel * s.OutputChannels,
            Depth = s.Batch * s.InputHeight * s.InputWidth,
        };
    }

    public static ArrayView<float> Parts(ConvArguments arguments) => arguments.Working;

    public static void Store(ConvArguments arguments, int row, int column, float sum)
    {
        var s = arguments.Sizes;
        var turned = column / s.OutputChannels;
        var tap = (s.Kernel * s.Kernel) - 1 - turned;
        var place = ((((tap * s.InputChannels) + row - turned) * s.OutputChannels) + column);
        arguments.WeightGradient[place] = arguments.Keep == 0 ? sum : arguments.WeightGradient[place] + sum;
    }

    /// <summary>Each of the taps from (padding, padding) to as many from the other end meets every output pixel.</summary>
    public static void StoreSum(ConvArguments arguments, int column, float sum)
    {
        var s = arguments.Sizes;
        var channel = column - (s.Padding * (s.Kernel + 1) * s.OutputChannels);
        if (channel >= 0 && channel < s.OutputChannels)
        {
            arguments.BiasGradient[channel] = arguments.KeepBias == 0 ? sum : arguments.BiasGradient[channel] + sum;
        }
    }
}
