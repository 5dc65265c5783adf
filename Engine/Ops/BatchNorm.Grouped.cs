using ILGPU;
using ILGPU.Algorithms;

namespace Estampa.Engine;

/// <summary>
/// The sums of batch normalisation on groups of threads: neighbouring threads take neighbouring channels, and the threads of one channel
/// share its pixels or its images.
/// </summary>
internal static class BatchNormGrouped<TActivation>
    where TActivation : struct, IActivation
{
    public static readonly GroupedRoute<BatchNormArguments> ImageStatistics = new(
        StateImage, arguments => arguments.Batch * Blocks(arguments, ImageWidth), GroupSum.Threads);

    public static readonly GroupedRoute<BatchNormArguments> Statistics = new(
        State, arguments => Blocks(arguments, BatchWidth), GroupSum.Threads);

    public static readonly GroupedRoute<BatchNormArguments> ImageGradients = new(
        AddPixels, arguments => arguments.Batch * Blocks(arguments, ImageWidth), GroupSum.Threads);

    public static readonly GroupedRoute<BatchNormArguments> ParameterGradient = new(
        AddImages, arguments => Blocks(arguments, BatchWidth), GroupSum.Threads);

    /// <summary>Most channels of a group: for images as many as still leave a thread few pixels, for a batch's few numbers fewer.</summary>
    private const int ImageWidth = 16;
    private const int BatchWidth = 8;

    private static int Blocks(BatchNormArguments arguments, int most)
    {
        var width = GroupSum.Width(arguments.Channels, most);
        return (arguments.Channels + width - 1) / width;
    }

    /// <summary>One group an image and up to 16 channels: the mean, then the sum of squared distances from it.</summary>
    private static void StateImage(BatchNormArguments arguments)
    {
        var sums = SharedMemory.Allocate<float>(GroupSum.Threads);
        var distances = SharedMemory.Allocate<float>(GroupSum.Threads);
        int thread = Group.IdxX, group = Grid.IdxX;
        int width = GroupSum.Width(arguments.Channels, ImageWidth), blocks = Blocks(arguments, ImageWidth);
        var image = group / blocks;
        var channel = ((group - (image * blocks)) * width) + (thread % width);
        var isThere = channel < arguments.Channels;
        int end = isThere ? arguments.Area : 0, first = (image * arguments.Area * arguments.Channels) + channel;
        var sum = 0f;
        for (var pixel = thread / width; pixel < end; pixel += GroupSum.Threads / width)
        {
            sum += arguments.Input[first + (pixel * arguments.Channels)];
        }

        var mean = GroupSum.Of(sums, sum, width) / arguments.Area;
        var squares = 0f;
        for (var pixel = thread / width; pixel < end; pixel += GroupSum.Threads / width)
        {
            var distance = arguments.Input[first + (pixel * arguments.Channels)] - mean;
            squares += distance * distance;
        }

        squares = GroupSum.Of(distances, squares, width);
        if (isThere && thread < width)
        {
            var place = (2 * image * arguments.Channels) + channel;
            arguments.Sums[place] = mean;
            arguments.Sums[place + arguments.Channels] = squares;
        }
    }

    /// <summary>
    /// One group up to 8 channels. Images have the same number of pixels, so the mean is that of their means, and the squared distances
    /// from it are the images' own and what their means are away from it.
    /// </summary>
    private static void State(BatchNormArguments arguments)
    {
        var sums = SharedMemory.Allocate<float>(GroupSum.Threads);
        var distances = SharedMemory.Allocate<float>(GroupSum.Threads);
        int thread = Group.IdxX, width = GroupSum.Width(arguments.Channels, BatchWidth);
        var channel = (Grid.IdxX * width) + (thread % width);
        var isThere = channel < arguments.Channels;
        var end = isThere ? arguments.Batch : 0;
        var sum = 0f;
        for (var image = thread / width; image < end; image += GroupSum.Threads / width)
        {
            sum += arguments.Sums[(2 * image * arguments.Channels) + channel];
        }

        var mean = GroupSum.Of(sums, sum, width) / arguments.Batch;
        var squares = 0f;
        for (var image = thread / width; image < end; image += GroupSum.Threads / width)
        {
            var place = (2 * image * arguments.Channels) + channel;
            var distance = arguments.Sums[place] - mean;
            squares += arguments.Sums[place + arguments.Channels] + (distance * distance * arguments.Area);
        }

        squares = GroupSum.Of(distances, squares, width);
        if (isThere && thread < width)
        {
            var pixels = arguments.Batch * arguments.Area;
            arguments.Statistics[channel] = mean;
            arguments.Statistics[channel + arguments.Channels] = 1f / XMath.Sqrt((squares / pixels) + arguments.Epsilon);
            var unbiased = pixels > 1 ? squares / (pixels - 1) : 0f;
            arguments.RunningMean[channel] += arguments.Momentum * (mean - arguments.RunningMean[channel]);
            arguments.RunningVariance[channel] += arguments.Momentum * (unbiased - arguments.RunningVariance[channel]);
        }
    }

    /// <summary>One group an image and up to 16 channels: the sums of g and g n, as the portable kernel has them.</summary>
    private static void AddPixels(BatchNormArguments arguments)
    {
        var sums = SharedMemory.Allocate<float>(GroupSum.Threads);
        var products = SharedMemory.Allocate<float>(GroupSum.Threads);
        int thread = Group.IdxX, group = Grid.IdxX;
        int width = GroupSum.Width(arguments.Channels, ImageWidth), blocks = Blocks(arguments, ImageWidth);
        var image = group / blocks;
        var channel = ((group - (image * blocks)) * width) + (thread % width);
        var isThere = channel < arguments.Channels;
        int end = isThere ? arguments.Area : 0, known = isThere ? channel : 0;
        var first = (image * arguments.Area * arguments.Channels) + channel;
        float mean = arguments.Statistics[known], deviation = arguments.Statistics[known + arguments.Channels];
        float scale = arguments.Scale[known], shift = arguments.Shift[known];
        float sum = 0f, product = 0f;
        for (var pixel = thread / width; pixel < end; pixel += GroupSum.Threads / width)
        {
            var element = first + (pixel * arguments.Channels);
            var normal = (arguments.Input[element] - mean) * deviation;
            var gradient = arguments.OutputGradient[element] * TActivation.Slope((normal * scale) + shift);
            sum += gradient;
            product += gradient * normal;
        }

        sum = GroupSum.Of(sums, sum, width);
        product = GroupSum.Of(products, product, width);
        if (isThere && thread < width)
        {
            var place = (2 * image * arguments.Channels) + channel;
            arguments.Sums[place] = sum;
            arguments.Sums[place + arguments.Channels] = product;
        }
    }

    /// <summary>One group up to 8 channels: adds the images; the totals also go behind them.</summary>
    private static void AddImages(BatchNormArguments arguments)
    {
        var sums = SharedMemory.Allocate<float>(GroupSum.Threads);
        var products = SharedMemory.Allocate<float>(GroupSum.Threads);
        int thread = Group.IdxX, width = GroupSum.Width(arguments.Channels, BatchWidth);
        var channel = (Grid.IdxX * width) + (thread % width);
        var isThere = channel < arguments.Channels;
        var end = isThere ? arguments.Batch : 0;
        float sum = 0f, product = 0f;
        for (var image = thread / width; image < end; image += GroupSum.Threads / width)
        {
            var place = (2 * image * arguments.Channels) + channel;
            sum += arguments.Sums[place];
            product += arguments.Sums[place + arguments.Channels];
        }

        sum = GroupSum.Of(sums, sum, width);
        product = GroupSum.Of(products, product, width);
        if (isThere && thread < width)
        {
            var totals = (2 * arguments.Batch * arguments.Channels) + channel;
            arguments.Sums[totals] = sum;
            arguments.Sums[totals + arguments.Channels] = product;
            arguments.ShiftGradient[channel] = arguments.KeepShift == 0 ? sum : arguments.ShiftGradient[channel] + sum;
            arguments.ScaleGradient[channel] = arguments.KeepScale == 0 ? product : arguments.ScaleGradient[channel] + product;
        }
    }
}
