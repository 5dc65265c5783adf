using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>The Gaussian likelihood with a predicted spread, and with the prediction or the spread fixed.</summary>
internal static class GaussianLikelihoodCases
{
    public static IEnumerable<OpCase> All
    {
        get
        {
            foreach (var shape in new[] { new Shape(1, 1), new Shape(2, 3, 4, 5), new Shape(17, 33), new Shape(37, 2, 1, 3) })
            {
                yield return Make(shape, prediction: true, spread: true);
            }

            yield return Make(new Shape(3, 2, 2, 3), prediction: true, spread: false);
            yield return Make(new Shape(3, 2, 2, 3), prediction: false, spread: true);
            yield return Make(new Shape(256, 21, 21, 1), prediction: true, spread: true) with { Timed = true };
        }
    }

    private static OpCase Make(Shape shape, bool prediction, bool spread) => new(
        $"Gaussian likelihood {shape}{(prediction ? "" : " of a fixed prediction")}{(spread ? "" : " of a fixed spread")}",
        [
            new CaseInput("prediction", shape, prediction),
            new CaseInput("target", shape, Differentiable: false),
            new CaseInput("spread", new Shape(shape.Batch, 1), spread) { Draw = PixelLossCases.Probability },
        ],
        inputs => inputs[0].GaussianLikelihood(inputs[1], inputs[2], factor: -5f),
        (inputs, _) => [.. Enumerable.Range(0, shape.Batch).Select(sample => Define(shape, inputs, sample))]);

    private static double Define(Shape shape, double[][] inputs, int sample)
    {
        var variance = Math.Exp(-5 * inputs[2][sample]);
        return Enumerable.Range(sample * shape.Sample, shape.Sample).Sum(element =>
        {
            var distance = inputs[0][element] - inputs[1][element];
            return (distance * distance / (2 * variance)) + (0.5 * Math.Log(2 * Math.PI * variance));
        });
    }
}
