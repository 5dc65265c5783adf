using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>The mean over turned copies of images.</summary>
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

    private static OpCase Pool(Shape shape, int turns) => new(
        $"cyclic pool {shape} turns {turns}",
        [new CaseInput("features", shape)],
        inputs => inputs[0].CyclicPool(turns),
        (inputs, _) => DefinePool(shape, turns, inputs[0]));

    private static double[] DefinePool(Shape shape, int turns, double[] input) =>
        [.. Enumerable.Range(0, shape.Count / turns).Select(element => Enumerable.Range(0, turns)
            .Average(turn => input[(((element / shape.Sample * turns) + turn) * shape.Sample) + (element % shape.Sample)]))];
}
