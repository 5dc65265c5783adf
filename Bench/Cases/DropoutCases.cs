using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>Dropout with the noise of the clock that the tests set.</summary>
internal static class DropoutCases
{
    private const uint Seed = 7;
    private const uint Step = 3;

    public static IEnumerable<OpCase> All
    {
        get
        {
            foreach (var shape in new[] { new Shape(1, 1), new Shape(5, 17), new Shape(2, 3, 4, 5), new Shape(130, 33) })
            {
                yield return Make(shape, 0.5f);
                yield return Make(shape, 0.1f);
            }

            yield return MakeTwice(new Shape(5, 17));
            yield return Make(new Shape(256, 64), 0.5f) with { Timed = true };
        }
    }

    private static OpCase Make(Shape shape, float probability) => new(
        $"dropout {probability} {shape}",
        [new CaseInput("input", shape)],
        inputs => Draw(inputs[0], "dropout", probability),
        (inputs, _) => Define(inputs[0], "dropout", probability))
    {
        Evaluation = (inputs, _) => inputs[0],
    };

    /// <summary>Two draws over one tensor, whose gradients add up: the divergence of d from e, with one number a sample.</summary>
    private static OpCase MakeTwice(Shape shape) => new(
        $"dropout twice over one tensor {shape}",
        [new CaseInput("input", shape) { Draw = normal => 0.5 * normal }],
        inputs => Draw(inputs[0], "first", 0.5f).Divergence(Draw(inputs[0], "second", 0.3f)),
        (inputs, _) => Divergence(shape, Define(inputs[0], "first", 0.5f), Define(inputs[0], "second", 0.3f)))
    {
        Evaluation = (inputs, _) => Divergence(shape, inputs[0], inputs[0]),
    };

    /// <summary>A graph draws once by a name; a second call over the same tensor takes the first one's output.</summary>
    private static Tensor Draw(Tensor input, string name, float probability) =>
        input.Graph.Ops.FirstOrDefault(op => op.Name == name)?.Output ?? input.Dropout(name, probability);

    private static double[] Define(double[] input, string name, float probability) => [.. input.Select((number, element) =>
        Noise.Uniform(Seed, 0, Noise.Stream(name), Step, (uint)element) < probability ? 0 : number / (1 - (double)probability))];

    private static double[] Divergence(Shape shape, double[] mean, double[] logVariance) =>
        [.. mean.Zip(logVariance, (m, v) => 0.5 * ((m * m) + Math.Exp(v) - 1 - v)).Chunk(shape.Sample).Select(row => row.Sum())];
}
