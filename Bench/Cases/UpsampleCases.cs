using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>Nearest-neighbour resizing up, down, by odd factors and to the same size.</summary>
internal static class UpsampleCases
{
    public static IEnumerable<OpCase> All
    {
        get
        {
            foreach (var (shape, height, width) in new[]
            {
                (new Shape(2, 6, 6, 3), 11, 11), (new Shape(1, 11, 11, 2), 21, 21), (new Shape(2, 3, 3, 5), 7, 5),
                (new Shape(1, 5, 5, 4), 3, 3), (new Shape(5, 3, 4, 17), 3, 4), (new Shape(1, 1, 1, 1), 9, 2),
                (new Shape(1, 9, 2, 64), 1, 1), (new Shape(2, 2, 5, 65), 9, 4), (new Shape(17, 2, 2, 1), 3, 5),
                (new Shape(1, 7, 10, 3), 10, 7),
            })
            {
                yield return Make(shape, height, width);
            }

            yield return Make(new Shape(256, 6, 6, 64), 11, 11) with { Timed = true };
            yield return Make(new Shape(256, 11, 11, 64), 21, 21) with { Timed = true };
        }
    }

    private static OpCase Make(Shape shape, int height, int width) => new(
        $"upsample {shape}->{height}x{width}",
        [new CaseInput("images", shape)],
        inputs => inputs[0].Upsample(height, width),
        (inputs, _) => Define(shape, height, width, inputs[0]));

    private static double[] Define(Shape shape, int height, int width, double[] input)
    {
        var output = new double[shape.Batch * height * width * shape.Channels];
        for (var element = 0; element < output.Length; element++)
        {
            var pixel = element / shape.Channels;
            var row = Source(pixel / width % height, shape.Height, height);
            var column = Source(pixel % width, shape.Width, width);
            var line = (pixel / (width * height) * shape.Height) + row;
            output[element] = input[(((line * shape.Width) + column) * shape.Channels) + (element % shape.Channels)];
        }

        return output;
    }

    private static int Source(int place, int inputs, int outputs) => Math.Min((int)(place * ((float)inputs / outputs)), inputs - 1);
}
