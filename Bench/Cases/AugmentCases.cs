using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>Augmented images, with the draws of the clock that the tests set.</summary>
internal static class AugmentCases
{
    private const uint Seed = 7;
    private const uint Step = 3;
    private static readonly Augmentation Whole = new() { Turns = true, Flips = true, Shift = 2, Noise = 0.1f };

    public static IEnumerable<OpCase> All
    {
        get
        {
            yield return Make(new Shape(9, 5, 5, 3), Whole);
            yield return Make(new Shape(12, 4, 4, 1), Whole with { Group = 3, Shift = 3 });
            yield return Make(new Shape(5, 4, 6, 17), new Augmentation { Flips = true, Shift = 1 });
            yield return Make(new Shape(7, 3, 3, 2), new Augmentation { Turns = true });
            yield return Make(new Shape(3, 2, 7, 1), new Augmentation { Flips = true });
            yield return Make(new Shape(1, 1, 1, 1), new Augmentation { Turns = true, Noise = 1 });
            yield return Make(new Shape(67, 2, 2, 1), Whole with { Shift = 1, Noise = 0 });
            yield return Make(new Shape(256, 21, 21, 3), Whole with { Noise = 0 }) with { Timed = true };
            yield return Make(new Shape(256, 21, 21, 3), Whole) with { Timed = true };
        }
    }

    private static OpCase Make(Shape shape, Augmentation augmentation) => new(
        $"augment {shape} turns {augmentation.Turns} flips {augmentation.Flips} shift {augmentation.Shift}"
            + $" noise {augmentation.Noise} group {augmentation.Group}",
        [new CaseInput("images", shape)],
        inputs => inputs[0].Graph.Ops.FirstOrDefault(op => op.Name == "augment")?.Output ?? inputs[0].Augment(augmentation),
        (inputs, _) => Define(shape, augmentation, inputs[0]))
    {
        Evaluation = (inputs, _) => inputs[0],
    };

    /// <summary>Image by image: shift, mirror, turn, one after the other.</summary>
    private static double[] Define(Shape shape, Augmentation augmentation, double[] input)
    {
        var output = new List<double>();
        for (var image = 0; image < shape.Batch; image++)
        {
            var first = 4 * (image / augmentation.Group);
            int down = Draw(first, (2 * augmentation.Shift) + 1) - augmentation.Shift;
            int right = Draw(first + 1, (2 * augmentation.Shift) + 1) - augmentation.Shift;
            var pixels = input.Skip(image * shape.Sample).Take(shape.Sample).ToArray();
            pixels = Move(shape, pixels, (row, column) =>
                (Math.Clamp(row - down, 0, shape.Height - 1), Math.Clamp(column - right, 0, shape.Width - 1)));
            if (augmentation.Flips && Draw(first + 2, 2) == 1)
            {
                pixels = Move(shape, pixels, (row, column) => (row, shape.Width - 1 - column));
            }

            for (var turn = augmentation.Turns ? Draw(first + 3, 4) : 0; turn > 0; turn--)
            {
                pixels = Move(shape, pixels, (row, column) => (column, shape.Height - 1 - row));
            }

            output.AddRange(pixels);
        }

        return [.. output.Select((number, element) => number
            + (augmentation.Noise * (double)Noise.Normal(Seed, 0, Noise.Stream("augment.noise"), Step, (uint)element)))];
    }

    private static int Draw(int element, int count) =>
        (int)(count * Noise.Uniform(Seed, 0, Noise.Stream("augment"), Step, (uint)element));

    /// <param name="shape">Of the image.</param>
    /// <param name="image">Its numbers.</param>
    /// <param name="source">Which pixel is to be shown at a row and a column.</param>
    private static double[] Move(Shape shape, double[] image, Func<int, int, (int Row, int Column)> source)
    {
        var moved = new double[image.Length];
        for (var element = 0; element < moved.Length; element++)
        {
            int channel = element % shape.Channels, pixel = element / shape.Channels;
            var (row, column) = source(pixel / shape.Width, pixel % shape.Width);
            moved[element] = image[(((row * shape.Width) + column) * shape.Channels) + channel];
        }

        return moved;
    }
}
