using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>Turned copies of images, and the mean over copies.</summary>
internal static class CyclicCases
{
    public static IEnumerable<OpCase> Pools
    {
        get
        {
            foreach (var (shape, turns) in new[]
            {
                (new Shape(4, 1), 4), (new Shape(8, 3, 2, 5), 4), (new Shape(102, 17), 6), (new Shape(3, 64), 1),
                (new Shape(5, 2, 2, 3), 5),
            })
            {
                yield return Pool(shape, turns);
            }

            yield return Pool(new Shape(1024, 64), 4) with { Timed = true };
        }
    }

    public static IEnumerable<OpCase> Slices
    {
        get
        {
            foreach (var shape in new[]
            {
                new Shape(1, 1, 1, 1), new Shape(1, 2, 2, 1), new Shape(2, 3, 3, 3), new Shape(5, 4, 4, 2), new Shape(9, 2, 2, 17),
            })
            {
                yield return Slice(shape);
            }

            yield return SlicePool(new Shape(7, 5, 5, 3));
            yield return Slice(new Shape(256, 21, 21, 3)) with { Timed = true };
        }
    }

    private static OpCase Pool(Shape shape, int turns) => new(
        $"cyclic pool {shape} turns {turns}",
        [new CaseInput("features", shape)],
        inputs => inputs[0].CyclicPool(turns),
        (inputs, _) => DefinePool(shape, turns, inputs[0]));

    private static OpCase Slice(Shape shape) => new(
        $"cyclic slice {shape}",
        [new CaseInput("images", shape)],
        inputs => inputs[0].CyclicSlice(),
        (inputs, _) => DefineSlice(shape, inputs[0]));

    /// <summary>One behind the other: the tensor between them has four times the batch of both ends.</summary>
    private static OpCase SlicePool(Shape shape) => new(
        $"cyclic slice and pool {shape}",
        [new CaseInput("images", shape)],
        inputs => inputs[0].Activate<Tanh>().CyclicSlice().CyclicPool().Activate<Tanh>(),
        (inputs, _) =>
        {
            var turned = DefineSlice(shape, [.. inputs[0].Select(Math.Tanh)]);
            return [.. DefinePool(shape with { Batch = 4 * shape.Batch }, 4, turned).Select(Math.Tanh)];
        });

    private static double[] DefinePool(Shape shape, int turns, double[] input) =>
        [.. Enumerable.Range(0, shape.Count / turns).Select(element => Enumerable.Range(0, turns)
            .Average(turn => input[(((element / shape.Sample * turns) + turn) * shape.Sample) + (element % shape.Sample)]))];

    /// <summary>A quarter turn shows at (row, column) what was at (column, side - 1 - row); more turns repeat it.</summary>
    private static double[] DefineSlice(Shape shape, double[] input)
    {
        var side = shape.Height;
        var output = new double[4 * shape.Count];
        for (var element = 0; element < output.Length; element++)
        {
            int channel = element % shape.Channels, pixel = element / shape.Channels, copy = pixel / (side * side);
            int row = pixel / side % side, column = pixel % side;
            for (var turn = 0; turn < copy % 4; turn++)
            {
                (row, column) = (column, side - 1 - row);
            }

            output[element] = input[(((((copy / 4 * side) + row) * side) + column) * shape.Channels) + channel];
        }

        return output;
    }
}
