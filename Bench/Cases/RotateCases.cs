using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>Turned copies of images, with the angles of the clock that the tests set.</summary>
internal static class RotateCases
{
    private const uint Seed = 7;
    private const uint Step = 3;

    public static IEnumerable<OpCase> All
    {
        get
        {
            foreach (var (shape, copies, jitter, side) in new[]
            {
                (new Shape(1, 1, 1, 1), 1, 0f, 1), (new Shape(2, 5, 5, 3), 4, 0f, 5), (new Shape(5, 6, 6, 2), 3, 0.3f, 4),
                (new Shape(2, 4, 7, 1), 5, 1f, 6), (new Shape(1, 3, 2, 17), 2, 3f, 5), (new Shape(9, 7, 7, 1), 6, 0.5f, 5),
            })
            {
                yield return Make(shape, copies, jitter, side);
            }

            yield return Make(new Shape(64, 31, 31, 3), 5, 0.6f, 21) with { Timed = true };
        }
    }

    /// <summary>Single-precision angles and places: an error of 1e-6 pixels for each row and column from the centre.</summary>
    private static OpCase Make(Shape shape, int copies, float jitter, int side) => new(
        $"rotate {shape} copies {copies} jitter {jitter} side {side}",
        [new CaseInput("images", shape)],
        inputs => inputs[0].Graph.Ops.Any(op => op.Name == "rotate")
            ? inputs[0].Graph.Ops.First(op => op.Name == "rotate").Output
            : inputs[0].Rotate(copies, jitter, side),
        (inputs, _) => Define(shape, copies, jitter, side, inputs[0]))
    {
        Evaluation = (inputs, _) => Define(shape, copies, 0, side, inputs[0]),
        Tolerance = 3e-5,
    };

    private static double[] Define(Shape shape, int copies, double jitter, int side, double[] input)
    {
        var output = new double[shape.Batch * copies * side * side * shape.Channels];
        for (var element = 0; element < output.Length; element++)
        {
            int channel = element % shape.Channels, pixel = element / shape.Channels, copy = pixel / (side * side);
            var uniform = Noise.Uniform(Seed, 0, Noise.Stream("rotate"), Step, (uint)(copy / copies));
            var angle = (2 * Math.PI * (copy % copies) / copies) + (jitter * ((2.0 * uniform) - 1));

            // Rows run downwards, so turning what is seen counter-clockwise looks the pixel up clockwise of here.
            double down = (pixel / side % side) - ((side - 1) / 2.0), across = (pixel % side) - ((side - 1) / 2.0);
            var row = (Math.Cos(angle) * down) + (Math.Sin(angle) * across) + ((shape.Height - 1) / 2.0);
            var column = (Math.Cos(angle) * across) - (Math.Sin(angle) * down) + ((shape.Width - 1) / 2.0);
            output[element] = Interpolate(shape, input, copy / copies, row, column, channel);
        }

        return output;
    }

    /// <summary>The sum over all pixels of the image, each by its share: 1 - |distance| in each direction, where positive.</summary>
    private static double Interpolate(Shape shape, double[] input, int image, double row, double column, int channel)
    {
        var sum = 0.0;
        for (var r = 0; r < shape.Height; r++)
        {
            for (var c = 0; c < shape.Width; c++)
            {
                var share = Math.Max(1 - Math.Abs(row - r), 0) * Math.Max(1 - Math.Abs(column - c), 0);
                sum += share * input[(((((image * shape.Height) + r) * shape.Width) + c) * shape.Channels) + channel];
            }
        }

        return sum;
    }
}
