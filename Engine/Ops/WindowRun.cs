namespace Estampa.Engine;

/// <summary>Output rows (or columns) of a convolution whose windows have the same rows of the kernel within the image.</summary>
/// <param name="First">The first of the rows.</param>
/// <param name="Count">How many.</param>
/// <param name="Tap">The first row of the kernel within the image.</param>
/// <param name="Taps">How many; the others lie on the padding, where nothing is added.</param>
internal readonly record struct WindowRun(int First, int Count, int Tap, int Taps)
{
    /// <summary>The run that begins with output row <paramref name="first"/>.</summary>
    public static WindowRun From(int first, int inputs, int outputs, int kernel, int stride, int padding)
    {
        var (tap, taps) = Window(first, inputs, kernel, stride, padding);
        var end = first + 1;
        while (end < outputs && Window(end, inputs, kernel, stride, padding) == (tap, taps))
        {
            end++;
        }

        return new WindowRun(first, end - first, tap, taps);
    }

    /// <summary>How many runs the output rows make.</summary>
    public static int CountOf(int inputs, int outputs, int kernel, int stride, int padding)
    {
        var count = 0;
        for (var first = 0; first < outputs; first += From(first, inputs, outputs, kernel, stride, padding).Count)
        {
            count++;
        }

        return count;
    }

    private static (int Tap, int Taps) Window(int row, int inputs, int kernel, int stride, int padding)
    {
        var top = (row * stride) - padding;
        int first = Math.Max(0, -top), end = Math.Min(kernel, inputs - top);
        return end > first ? (first, end - first) : (0, 0);
    }
}
