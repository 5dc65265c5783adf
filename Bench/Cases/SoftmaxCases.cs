using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>Probabilities of classes; one class, a few, more than a vector.</summary>
internal static class SoftmaxCases
{
    public static IEnumerable<OpCase> All =>
    [
        Make(new Shape(1, 1)), Make(new Shape(3, 5)), Make(new Shape(130, 7)), Make(new Shape(2, 17)), Make(new Shape(5, 64)),
        Make(new Shape(256, 5)) with { Timed = true },
    ];

    /// <summary>log p of a row's classes.</summary>
    public static double[] LogProbabilities(IEnumerable<double> logits)
    {
        var row = logits.ToArray();
        var largest = row.Max();
        var logSum = largest + Math.Log(row.Sum(logit => Math.Exp(logit - largest)));
        return [.. row.Select(logit => logit - logSum)];
    }

    private static OpCase Make(Shape shape) => new(
        $"softmax {shape}",
        [new CaseInput("logits", shape) { Draw = normal => 2 * normal }],
        inputs => inputs[0].Softmax(),
        (inputs, _) => [.. inputs[0].Chunk(shape.Channels).SelectMany(row => LogProbabilities(row).Select(Math.Exp))]);
}
