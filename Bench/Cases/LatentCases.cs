using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>The draw from a latent's distribution and its divergence from the prior, also with one of the two inputs fixed.</summary>
internal static class LatentCases
{
    /// <summary>The latent of stamp-vae.</summary>
    private static readonly Shape Timed = new(256, 30);

    private static readonly (Shape Shape, bool Mean, bool LogVariance)[] Sizes =
    [
        (new Shape(1, 1), true, true), (new Shape(5, 17), true, true), (new Shape(2, 64), true, true), (new Shape(300, 30), true, true),
        (Timed, true, true),
        (new Shape(3, 4), true, false), (new Shape(3, 4), false, true),
    ];

    public static IEnumerable<OpCase> Draws => Sizes.Select(size => new OpCase(
        $"reparametrise {size.Shape}{Fixed(size.Mean, size.LogVariance)}",
        [.. Inputs(size.Shape, size.Mean, size.LogVariance), new CaseInput("noise", size.Shape, Differentiable: false)],
        inputs => inputs[0].Reparametrise(inputs[1], inputs[2]),
        (inputs, _) => [.. inputs[0].Select((mean, element) => mean + (Math.Exp(inputs[1][element] / 2) * inputs[2][element]))])
    {
        Evaluation = (inputs, _) => inputs[0],
        Timed = size.Shape == Timed,
    });

    public static IEnumerable<OpCase> Divergences => Sizes.Select(size => new OpCase(
        $"divergence {size.Shape}{Fixed(size.Mean, size.LogVariance)}",
        Inputs(size.Shape, size.Mean, size.LogVariance),
        inputs => inputs[0].Divergence(inputs[1]),
        (inputs, _) => Divergence(size.Shape, inputs[0], inputs[1]))
    {
        Timed = size.Shape == Timed,
    })
        .Append(new OpCase(
            "divergence of one tensor as mean and log-variance",
            [new CaseInput("both", new Shape(3, 7))],
            inputs => inputs[0].Divergence(inputs[0]),
            (inputs, _) => Divergence(new Shape(3, 7), inputs[0], inputs[0])));

    private static CaseInput[] Inputs(Shape shape, bool mean, bool logVariance) =>
        [new CaseInput("mean", shape, mean), new CaseInput("logVariance", shape, logVariance)];

    private static string Fixed(bool mean, bool logVariance) =>
        $"{(mean ? "" : " of a fixed mean")}{(logVariance ? "" : " of a fixed variance")}";

    private static double[] Divergence(Shape shape, double[] mean, double[] logVariance) =>
        [.. Enumerable.Range(0, shape.Batch).Select(sample => Enumerable.Range(sample * shape.Sample, shape.Sample).Sum(
            j => 0.5 * ((mean[j] * mean[j]) + Math.Exp(logVariance[j]) - 1 - logVariance[j])))];
}
