using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>Pooling over windows that touch, overlap, leave gaps, reach into the padding or cover the whole image.</summary>
internal static class PoolCases
{
    /// <summary>The largest of each window.</summary>
    public static IEnumerable<OpCase> Max => Make("max", (input, kernel, stride, padding) => input.MaxPool(kernel, stride, padding),
        window => window.Max());

    /// <summary>The mean of each window; padding counts.</summary>
    public static IEnumerable<OpCase> Average => Make("average", (input, kernel, stride, padding) =>
        input.AveragePool(kernel, stride, padding), window => window.Select(value => double.IsFinite(value) ? value : 0).Average());

    private static IEnumerable<OpCase> Make(
        string name, Func<Tensor, int, int, int, Tensor> call, Func<IEnumerable<double>, double> pool)
    {
        OpCase One(Shape shape, int kernel, int stride, int padding) => new(
            $"{name} pool {shape} kernel {kernel} stride {stride} padding {padding}",
            [new CaseInput("images", shape)],
            inputs => call(inputs[0], kernel, stride, padding),
            (inputs, _) => Define(shape, kernel, stride, padding, inputs[0], pool));

        foreach (var (shape, kernel, stride, padding) in new[]
        {
            (new Shape(2, 6, 6, 3), 2, 2, 0), (new Shape(1, 7, 5, 17), 2, 2, 0), (new Shape(2, 7, 6, 5), 3, 2, 1),
            (new Shape(3, 5, 4, 65), 3, 1, 1), (new Shape(5, 4, 4, 1), 4, 1, 0), (new Shape(1, 1, 1, 1), 1, 1, 0),
            (new Shape(2, 8, 9, 2), 2, 3, 0), (new Shape(2, 6, 7, 4), 5, 2, 2), (new Shape(1, 2, 3, 16), 4, 3, 2),
            (new Shape(17, 3, 3, 2), 2, 1, 1), (new Shape(3, 21, 21, 8), 2, 2, 0),
        })
        {
            yield return One(shape, kernel, stride, padding);
        }

        // The stamp classifier's.
        yield return One(new Shape(256, 24, 24, 32), 2, 2, 0) with { Timed = true };
        yield return One(new Shape(256, 12, 12, 64), 2, 2, 0) with { Timed = true };
    }

    /// <summary>Padding is minus infinity.</summary>
    private static double[] Define(
        Shape shape, int kernel, int stride, int padding, double[] input, Func<IEnumerable<double>, double> pool)
    {
        int height = ((shape.Height + (2 * padding) - kernel) / stride) + 1, width = ((shape.Width + (2 * padding) - kernel) / stride) + 1;
        double At(int image, int row, int column, int channel) =>
            row < 0 || row >= shape.Height || column < 0 || column >= shape.Width ? double.NegativeInfinity
            : input[(((((image * shape.Height) + row) * shape.Width) + column) * shape.Channels) + channel];

        var output = new double[shape.Batch * height * width * shape.Channels];
        for (var element = 0; element < output.Length; element++)
        {
            int channel = element % shape.Channels, pixel = element / shape.Channels;
            int top = (pixel / width % height * stride) - padding, left = (pixel % width * stride) - padding;
            output[element] = pool(Enumerable.Range(0, kernel * kernel)
                .Select(tap => At(pixel / (width * height), top + (tap / kernel), left + (tap % kernel), channel)));
        }

        return output;
    }
}
