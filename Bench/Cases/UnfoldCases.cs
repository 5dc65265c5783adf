using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>Windows over time, and the convolutions made of them.</summary>
internal static class UnfoldCases
{
    /// <summary>Shape of the sequences, kernel, padding, dilation.</summary>
    private static readonly (Shape Shape, int Kernel, int Padding, int Dilation)[] Sizes =
    [
        (new Shape(1, 1, 1, 1), 1, 0, 1), (new Shape(2, 5, 1, 3), 3, 2, 1), (new Shape(3, 4, 2, 5), 3, 0, 1),
        (new Shape(2, 7, 1, 17), 3, 4, 2), (new Shape(5, 2, 3, 1), 4, 6, 1), (new Shape(1, 3, 1, 64), 2, 3, 3),
        (new Shape(4, 6, 1, 2), 2, 9, 4), (new Shape(67, 2, 1, 3), 2, 1, 1),
    ];

    public static IEnumerable<OpCase> Windows
    {
        get
        {
            foreach (var (shape, kernel, padding, dilation) in Sizes)
            {
                yield return Unfold(shape, kernel, padding, dilation);
            }

            yield return Between(new Shape(3, 4, 1, 5), 3, 2, 1);
            yield return Unfold(new Shape(64, 20, 441, 1), 4, 3, 1) with { Timed = true };
        }
    }

    public static IEnumerable<OpCase> Convolutions
    {
        get
        {
            foreach (var (shape, kernel, padding, dilation) in Sizes)
            {
                yield return Convolve(shape, kernel, padding, dilation, shape.Channels % 2 == 0 ? 4 : 17);
            }

            yield return Convolve(new Shape(256, 22, 1, 128), 3, 2, 1, 128) with { Timed = true };
        }
    }

    private static OpCase Unfold(Shape shape, int kernel, int padding, int dilation) => new(
        $"unfold {shape} kernel {kernel} padding {padding} dilation {dilation}",
        [new CaseInput("sequences", shape)],
        inputs => inputs[0].Unfold(kernel, padding, dilation),
        (inputs, _) => Define(shape, kernel, padding, dilation, inputs[0]));

    /// <summary>Windows between activations, which read them again in the backward pass.</summary>
    private static OpCase Between(Shape shape, int kernel, int padding, int dilation) => new(
        $"unfold {shape} between activations",
        [new CaseInput("sequences", shape)],
        inputs => inputs[0].Activate<Tanh>().Unfold(kernel, padding, dilation).Activate<Silu>(),
        (inputs, _) => [.. Define(shape, kernel, padding, dilation, [.. inputs[0].Select(Math.Tanh)])
            .Select(number => number / (1 + Math.Exp(-number)))]);

    private static OpCase Convolve(Shape shape, int kernel, int padding, int dilation, int outputs) => new(
        $"conv1d {shape}->{outputs} kernel {kernel} padding {padding} dilation {dilation}",
        [new CaseInput("sequences", shape)],
        inputs => inputs[0].Conv1D("layer", outputs, kernel, padding, dilation),
        (inputs, parameters) => DefineConvolution(shape, kernel, padding, dilation, inputs[0], parameters[0], parameters[1]));

    private static double[] Define(Shape shape, int kernel, int padding, int dilation, double[] input)
    {
        var steps = shape.Height + padding - ((kernel - 1) * dilation);
        var output = new double[shape.Batch * steps * shape.Width * kernel * shape.Channels];
        for (var element = 0; element < output.Length; element++)
        {
            int channel = element % shape.Channels, frame = element / shape.Channels % kernel;
            int pixel = element / shape.Channels / kernel, column = pixel % shape.Width, line = pixel / shape.Width;
            output[element] = At(shape, input, line / steps, (line % steps) + (frame * dilation) - padding, column, channel);
        }

        return output;
    }

    /// <summary>y[b, t, o] = bias[o] + sum over c and j of weight[o, c, j] x[b, t + j dilation - padding, c], at each column.</summary>
    private static double[] DefineConvolution(
        Shape shape, int kernel, int padding, int dilation, double[] input, double[] weight, double[] bias)
    {
        var steps = shape.Height + padding - ((kernel - 1) * dilation);
        var output = new double[shape.Batch * steps * shape.Width * bias.Length];
        for (var element = 0; element < output.Length; element++)
        {
            int unit = element % bias.Length, pixel = element / bias.Length, column = pixel % shape.Width, line = pixel / shape.Width;
            output[element] = bias[unit];
            for (var c = 0; c < shape.Channels; c++)
            {
                for (var j = 0; j < kernel; j++)
                {
                    output[element] += weight[(((unit * shape.Channels) + c) * kernel) + j]
                        * At(shape, input, line / steps, (line % steps) + (j * dilation) - padding, column, c);
                }
            }
        }

        return output;
    }

    private static double At(Shape shape, double[] input, int sample, int step, int column, int channel) => step < 0
        ? 0
        : input[(((((sample * shape.Height) + step) * shape.Width) + column) * shape.Channels) + channel];
}
