using ILGPU;
using ILGPU.Algorithms;

namespace Estampa.Engine;

/// <summary>Layer normalisation on groups of threads: a group shares a row, or, for the parameters, a few columns.</summary>
internal static class LayerNormGrouped
{
    public static readonly GroupedRoute<LayerNormArguments> Forward = new(ShareRow, arguments => arguments.Rows, GroupSum.Threads);

    public static readonly GroupedRoute<LayerNormArguments> InputGradient =
        new(ShareGradient, arguments => arguments.Rows, GroupSum.Threads);

    public static readonly GroupedRoute<LayerNormArguments> ParameterGradient = new(AddRows, Blocks, GroupSum.Threads);

    /// <summary>Most places of a group that adds rows; neighbouring threads take neighbouring ones.</summary>
    private const int MostWidth = 16;

    private static int Blocks(LayerNormArguments arguments)
    {
        var width = GroupSum.Width(arguments.Width, MostWidth);
        return (arguments.Width + width - 1) / width;
    }

    /// <summary>One group a row.</summary>
    private static void ShareRow(LayerNormArguments arguments)
    {
        var sums = SharedMemory.Allocate<float>(GroupSum.Threads);
        var distances = SharedMemory.Allocate<float>(GroupSum.Threads);
        int row = Grid.IdxX, thread = Group.IdxX, first = row * arguments.Width;
        var sum = 0f;
        for (var place = thread; place < arguments.Width; place += GroupSum.Threads)
        {
            sum += arguments.Input[first + place];
        }

        var mean = GroupSum.Of(sums, sum, width: 1) / arguments.Width;
        var squares = 0f;
        for (var place = thread; place < arguments.Width; place += GroupSum.Threads)
        {
            var distance = arguments.Input[first + place] - mean;
            squares += distance * distance;
        }

        var variance = GroupSum.Of(distances, squares, width: 1) / arguments.Width;
        var deviation = 1f / XMath.Sqrt(variance + arguments.Epsilon);
        if (thread == 0)
        {
            arguments.Statistics[2 * row] = mean;
            arguments.Statistics[(2 * row) + 1] = deviation;
        }

        for (var place = thread; place < arguments.Width; place += GroupSum.Threads)
        {
            var normal = (arguments.Input[first + place] - mean) * deviation;
            arguments.Output[first + place] = (normal * arguments.Scale[place]) + arguments.Shift[place];
        }
    }

    /// <summary>One group a row, by the portable kernel's formula.</summary>
    private static void ShareGradient(LayerNormArguments arguments)
    {
        var sums = SharedMemory.Allocate<float>(GroupSum.Threads);
        var products = SharedMemory.Allocate<float>(GroupSum.Threads);
        int row = Grid.IdxX, thread = Group.IdxX, first = row * arguments.Width;
        float mean = arguments.Statistics[2 * row], deviation = arguments.Statistics[(2 * row) + 1];
        float sum = 0f, product = 0f;
        for (var place = thread; place < arguments.Width; place += GroupSum.Threads)
        {
            var gradient = arguments.OutputGradient[first + place] * arguments.Scale[place];
            sum += gradient;
            product += gradient * ((arguments.Input[first + place] - mean) * deviation);
        }

        sum = GroupSum.Of(sums, sum, width: 1) / arguments.Width;
        product = GroupSum.Of(products, product, width: 1) / arguments.Width;
        for (var place = thread; place < arguments.Width; place += GroupSum.Threads)
        {
            var element = first + place;
            var normal = (arguments.Input[element] - mean) * deviation;
            var result = deviation * ((arguments.OutputGradient[element] * arguments.Scale[place]) - sum - (normal * product));
            arguments.InputGradient[element] = arguments.Keep == 0 ? result : arguments.InputGradient[element] + result;
        }
    }

    /// <summary>One group up to 16 places of a row: the sums of g and g n over the rows.</summary>
    private static void AddRows(LayerNormArguments arguments)
    {
        var sums = SharedMemory.Allocate<float>(GroupSum.Threads);
        var products = SharedMemory.Allocate<float>(GroupSum.Threads);
        int thread = Group.IdxX, width = GroupSum.Width(arguments.Width, MostWidth);
        var place = (Grid.IdxX * width) + (thread % width);
        var isThere = place < arguments.Width;
        var end = isThere ? arguments.Rows : 0;
        float sum = 0f, product = 0f;
        for (var row = thread / width; row < end; row += GroupSum.Threads / width)
        {
            var element = (row * arguments.Width) + place;
            var gradient = arguments.OutputGradient[element];
            sum += gradient;
            product += gradient * ((arguments.Input[element] - arguments.Statistics[2 * row]) * arguments.Statistics[(2 * row) + 1]);
        }

        sum = GroupSum.Of(sums, sum, width);
        product = GroupSum.Of(products, product, width);
        if (isThere && thread < width)
        {
            arguments.ShiftGradient[place] = arguments.KeepShift == 0 ? sum : arguments.ShiftGradient[place] + sum;
            arguments.ScaleGradient[place] = arguments.KeepScale == 0 ? product : arguments.ScaleGradient[place] + product;
        }
    }
}
