using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>Convolutions: every tail of the channel tiles, kernels, strides, paddings, small sides, more images than groups.</summary>
internal static class ConvCases
{
    public static IEnumerable<OpCase> All => Small().Concat(Tiled()).Distinct().Select(sizes => Make(sizes)).Concat(Timed());

    private static IEnumerable<ConvSizes> Small()
    {
        foreach (var (inputs, outputs) in new[]
        {
            (1, 1), (1, 64), (64, 1), (3, 5), (4, 4), (5, 3), (16, 16), (16, 17), (17, 16), (32, 48), (48, 32), (64, 64), (65, 3), (3, 65),
            (64, 65), (65, 64), (16, 1), (16, 3), (16, 4), (48, 2), (64, 5), (17, 4), (33, 1),
        })
        {
            yield return Sizes(2, 5, 4, inputs, outputs, kernel: 3, stride: 1, padding: 1);
        }

        foreach (var (inputs, outputs) in new[] { (1, 64), (64, 1), (4, 5), (17, 16), (32, 32), (65, 17), (48, 4) })
        {
            yield return Sizes(2, 6, 5, inputs, outputs, kernel: 3, stride: 2, padding: 1);
        }

        // Few channels and many: lines longer than their tiles, and every way in which a kernel hangs over the border.
        foreach (var (inputs, outputs) in new[] { (1, 64), (64, 1), (3, 64), (64, 3), (2, 48), (16, 4) })
        {
            yield return Sizes(3, 3, 21, inputs, outputs, kernel: 3, stride: 1, padding: 1);
        }

        foreach (var (kernel, padding) in new[] { (1, 0), (1, 1), (2, 1), (3, 0), (3, 3), (4, 2), (5, 2), (5, 4), (7, 1) })
        {
            yield return Sizes(2, 7, 11, 3, 16, kernel, stride: 1, padding);
            yield return Sizes(2, 7, 11, 16, 3, kernel, stride: 1, padding);
            yield return Sizes(2, 7, 11, 2, 16, kernel, stride: 2, padding);
        }

        foreach (var kernel in new[] { 1, 3, 4, 5, 7 })
        {
            foreach (var stride in new[] { 1, 2, 3 })
            {
                foreach (var padding in new[] { 0, 1, kernel - 1, kernel })
                {
                    yield return Sizes(2, 7, 8, 3, 5, kernel, stride, padding);
                }
            }
        }

        foreach (var (height, width) in new[] { (1, 1), (2, 3), (1, 11), (11, 1), (3, 2), (9, 10) })
        {
            yield return Sizes(1, height, width, 4, 16, kernel: 3, stride: 1, padding: 1);
            yield return Sizes(1, height, width, 4, 16, kernel: 3, stride: 2, padding: 1);
        }

        foreach (var batch in new[] { 1, 5, 17, 33 })
        {
            yield return Sizes(batch, 4, 3, 3, 17, kernel: 3, stride: 1, padding: 1);
        }
    }

    /// <summary>
    /// What <c>Winograd</c> computes: odd sides cut its tiles, wide channels its blocks, many small images share them.
    /// </summary>
    private static IEnumerable<ConvSizes> Tiled()
    {
        foreach (var (batch, height, width, inputs, outputs, padding) in new[]
        {
            (1, 13, 14, 32, 48, 1), (2, 15, 14, 48, 32, 0), (1, 11, 12, 32, 32, 2), (1, 9, 10, 48, 48, 3), (1, 13, 14, 64, 80, 1),
            (1, 14, 13, 80, 64, 1), (1, 21, 22, 64, 64, 1), (17, 4, 4, 32, 32, 1), (33, 9, 10, 32, 32, 1), (1, 2, 2, 32, 32, 1),
            (3, 5, 6, 32, 32, 2),
        })
        {
            yield return Sizes(batch, height, width, inputs, outputs, kernel: 3, stride: 1, padding);
        }
    }

    /// <summary>The layers of the stamp autoencoder, then other kernels and channel counts that leave tails.</summary>
    private static IEnumerable<OpCase> Timed()
    {
        foreach (var (side, inputs, outputs, kernel, stride) in new[]
        {
            (21, 64, 64, 3, 1), (11, 64, 64, 3, 1), (6, 64, 64, 3, 1), (21, 64, 64, 3, 2), (11, 64, 64, 3, 2), (21, 1, 64, 3, 1),
            (21, 64, 1, 3, 1), (21, 64, 64, 1, 1), (21, 3, 32, 4, 1), (21, 32, 64, 4, 2), (21, 32, 32, 5, 1), (21, 16, 32, 7, 1),
            (21, 3, 32, 11, 2), (21, 33, 65, 3, 1), (21, 17, 30, 3, 1),
        })
        {
            yield return Make(Sizes(256, side, side, inputs, outputs, kernel, stride, padding: kernel / 2)) with { Timed = true };
        }
    }

    private static ConvSizes Sizes(int batch, int height, int width, int inputs, int outputs, int kernel, int stride, int padding) => new()
    {
        Batch = batch,
        InputHeight = height,
        InputWidth = width,
        InputChannels = inputs,
        OutputHeight = ((height + (2 * padding) - kernel) / stride) + 1,
        OutputWidth = ((width + (2 * padding) - kernel) / stride) + 1,
        OutputChannels = outputs,
        Kernel = kernel,
        Stride = stride,
        Padding = padding,
    };

    private static OpCase Make(ConvSizes s) => new(
        $"conv {s.Batch}x{s.InputHeight}x{s.InputWidth} {s.InputChannels}->{s.OutputChannels}"
            + $" kernel {s.Kernel} stride {s.Stride} padding {s.Padding}",
        [new CaseInput("images", new Shape(s.Batch, s.InputHeight, s.InputWidth, s.InputChannels))],
        inputs => inputs[0].Conv("layer", s.OutputChannels, s.Kernel, s.Stride, s.Padding),
        (inputs, parameters) => Define(s, inputs[0], parameters[0], parameters[1]));

    private static double[] Define(ConvSizes s, double[] input, double[] weight, double[] bias)
    {
        var output = new double[s.Batch * s.OutputHeight * s.OutputWidth * s.OutputChannels];
        for (var element = 0; element < output.Length; element++)
        {
            var o = element % s.OutputChannels;
            var w = element / s.OutputChannels % s.OutputWidth;
            var h = element / (s.OutputChannels * s.OutputWidth) % s.OutputHeight;
            var b = element / (s.OutputChannels * s.OutputWidth * s.OutputHeight);
            output[element] = bias[o];
            for (var i = 0; i < s.Kernel; i++)
            {
                for (var j = 0; j < s.Kernel; j++)
                {
                    int row = (h * s.Stride) + i - s.Padding, column = (w * s.Stride) + j - s.Padding;
                    if (row < 0 || row >= s.InputHeight || column < 0 || column >= s.InputWidth)
                    {
                        continue;
                    }

                    var pixel = (((b * s.InputHeight) + row) * s.InputWidth) + column;
                    for (var c = 0; c < s.InputChannels; c++)
                    {
                        output[element] += input[(pixel * s.InputChannels) + c]
                            * weight[(((((o * s.InputChannels) + c) * s.Kernel) + i) * s.Kernel) + j];
                    }
                }
            }
        }

        return output;
    }
}
