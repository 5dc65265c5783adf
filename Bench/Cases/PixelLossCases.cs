using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>Losses of a prediction against a target, one number a sample.</summary>
internal static class PixelLossCases
{
    public static IEnumerable<OpCase> All
    {
        get
        {
            foreach (var shape in new[] { new Shape(1, 1), new Shape(2, 3, 4, 5), new Shape(17, 33), new Shape(37, 2, 1, 3) })
            {
                yield return Make("squared error", shape, (prediction, target) => prediction.SquaredError(target), Squared);
                yield return Make(
                    "mean squared error",
                    shape,
                    (prediction, target) => prediction.MeanSquaredError(target),
                    (prediction, target) => Squared(prediction, target) / shape.Sample);
                yield return Make(
                    "binary cross-entropy",
                    shape,
                    (prediction, target) => prediction.BinaryCrossEntropy(target),
                    (p, t) => -(t * Math.Log(p)) - ((1 - t) * Math.Log(1 - p)),
                    Probability);
                yield return Make(
                    "logit cross-entropy",
                    shape,
                    (prediction, target) => prediction.LogitCrossEntropy(target),
                    (x, t) => Math.Log(1 + Math.Exp(x)) - (x * t));
            }

            var large = new Shape(256, 21, 21, 1);
            yield return Make("squared error", large, (prediction, target) => prediction.SquaredError(target), Squared) with
            {
                Timed = true,
            };
        }
    }

    /// <summary>A probability away from 0 and 1, where the logarithm's slope would magnify rounding.</summary>
    public static double Probability(double normal) => 1 / (1 + Math.Exp(-normal));

    private static double Squared(double prediction, double target) => (prediction - target) * (prediction - target);

    private static OpCase Make(
        string name,
        Shape shape,
        Func<Tensor, Tensor, Tensor> call,
        Func<double, double, double> value,
        Func<double, double>? draw = null) => new(
            $"{name} {shape}",
            [
                new CaseInput("prediction", shape) { Draw = draw ?? (normal => normal) },
                new CaseInput("target", shape, Differentiable: false) { Draw = Probability },
            ],
            inputs => call(inputs[0], inputs[1]),
            (inputs, _) => [.. Enumerable.Range(0, shape.Batch).Select(sample => Enumerable.Range(sample * shape.Sample, shape.Sample)
                .Sum(element => value(inputs[0][element], inputs[1][element])))]);
}
