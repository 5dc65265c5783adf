using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>Linear layers between rows and flattened images.</summary>
internal static class LinearCases
{
    public static IEnumerable<OpCase> All
    {
        get
        {
            foreach (var (batch, inputs, outputs) in new[]
            {
                (1, 1, 1), (2, 3, 5), (5, 7, 1), (1, 65, 3), (17, 16, 17), (5, 33, 64), (2, 64, 65), (25, 5, 30), (49, 3, 4), (3, 1, 48),
                (131, 66, 130),
            })
            {
                yield return Make(new Shape(batch, inputs), new Shape(batch, outputs));
            }

            yield return Make(new Shape(2, 3, 2, 5), new Shape(2, 7));
            yield return Make(new Shape(2, 7), new Shape(2, 2, 3, 5));
            yield return Make(new Shape(5, 2, 3, 4), new Shape(5, 3, 1, 6));
            yield return Make(new Shape(256, 6, 6, 64), new Shape(256, 30)) with { Timed = true };
            yield return Make(new Shape(256, 30), new Shape(256, 6, 6, 64)) with { Timed = true };
        }
    }

    private static OpCase Make(Shape input, Shape output) => new(
        $"linear {input}->{output}",
        [new CaseInput("rows", input)],
        inputs => inputs[0].Linear("layer", output),
        (inputs, parameters) => Define(input, output, inputs[0], parameters[0], parameters[1]));

    private static double[] Define(Shape input, Shape output, double[] numbers, double[] weight, double[] bias)
    {
        var result = new double[output.Count];
        for (var element = 0; element < result.Length; element++)
        {
            var row = InFile(output, element % output.Sample);
            result[element] = bias[row];
            for (var i = 0; i < input.Sample; i++)
            {
                result[element] += numbers[(element / output.Sample * input.Sample) + i] * weight[(row * input.Sample) + InFile(input, i)];
            }
        }

        return result;
    }

    /// <summary>Where a sample's element (h, w, c) stands in PyTorch's order (c, h, w).</summary>
    private static int InFile(Shape shape, int element) =>
        (element % shape.Channels * shape.Height * shape.Width) + (element / shape.Channels);
}
