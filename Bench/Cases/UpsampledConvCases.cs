using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>
/// A 3x3 convolution behind a doubling: odd and even sides, one of each, one pixel, tails of the channel tiles, more images than groups.
/// </summary>
internal static class UpsampledConvCases
{
    public static IEnumerable<OpCase> All => Small().Select(pair => Make(pair.Shape, pair.Height, pair.Width, pair.Outputs)).Concat(
    [
        Make(new Shape(256, 11, 11, 64), 21, 21, 64) with { Timed = true },
        Make(new Shape(256, 6, 6, 64), 11, 11, 64) with { Timed = true },
    ]);

    private static IEnumerable<(Shape Shape, int Height, int Width, int Outputs)> Small()
    {
        foreach (var (inputs, outputs) in new[]
        {
            (1, 1), (3, 5), (16, 17), (17, 16), (64, 64), (65, 3), (3, 65), (1, 64), (33, 80),
        })
        {
            yield return (new Shape(2, 3, 4, inputs), 5, 8, outputs);
        }

        foreach (var (height, width) in new[] { (6, 8), (5, 7), (6, 7), (5, 8) })
        {
            yield return (new Shape(3, 3, 4, 3), height, width, 5);
        }

        foreach (var (height, width) in new[] { (1, 1), (1, 2), (2, 1), (2, 2), (1, 9), (10, 1), (3, 4), (21, 3) })
        {
            yield return (new Shape(1, (height + 1) / 2, (width + 1) / 2, 4), height, width, 16);
        }

        foreach (var batch in new[] { 1, 2, 17, 33 })
        {
            yield return (new Shape(batch, 3, 2, 3), 5, 4, 17);
        }
    }

    private static OpCase Make(Shape shape, int height, int width, int outputs) => new(
        $"upsampledConv {shape}->{height}x{width}x{outputs}",
        [new CaseInput("images", shape)],
        inputs => inputs[0].Upsample(height, width).Conv("layer", outputs, kernel: 3, stride: 1, padding: 1),
        (inputs, parameters) => Define(Resize(shape, height, width, inputs[0]), shape, height, width, parameters[0], parameters[1]));

    private static double[] Resize(Shape shape, int height, int width, double[] input)
    {
        var resized = new double[shape.Batch * height * width * shape.Channels];
        for (var element = 0; element < resized.Length; element++)
        {
            var pixel = element / shape.Channels;
            int row = pixel / width % height / 2, column = pixel % width / 2;
            var line = (pixel / (width * height) * shape.Height) + row;
            resized[element] = input[(((line * shape.Width) + column) * shape.Channels) + (element % shape.Channels)];
        }

        return resized;
    }

    private static double[] Define(double[] resized, Shape shape, int height, int width, double[] weight, double[] bias)
    {
        var output = new double[shape.Batch * height * width * bias.Length];
        for (var element = 0; element < output.Length; element++)
        {
            var o = element % bias.Length;
            var pixel = element / bias.Length;
            output[element] = bias[o];
            for (var tap = 0; tap < 9; tap++)
            {
                int row = (pixel / width % height) + (tap / 3) - 1, column = (pixel % width) + (tap % 3) - 1;
                if (row < 0 || row >= height || column < 0 || column >= width)
                {
                    continue;
                }

                var place = (((pixel / (width * height) * height) + row) * width) + column;
                for (var c = 0; c < shape.Channels; c++)
                {
                    output[element] += resized[(place * shape.Channels) + c] * weight[(((o * shape.Channels) + c) * 9) + tap];
                }
            }
        }

        return output;
    }
}
