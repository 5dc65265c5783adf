using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>The cross-entropy of classes, some labels ignored, with and without weights, smoothing and the entropy's reward.</summary>
internal static class SoftmaxCrossEntropyCases
{
    public static IEnumerable<OpCase> All
    {
        get
        {
            foreach (var (batch, classes) in new[] { (1, 1), (4, 2), (17, 5), (130, 7), (3, 65) })
            {
                yield return Make(batch, classes);
                yield return Make(batch, classes, weighted: true);
                yield return Make(batch, classes, smoothing: 0.1f);
                yield return Make(batch, classes, reward: 0.5f);
                yield return Make(batch, classes, weighted: true, smoothing: 0.2f, reward: 0.8f);
            }

            yield return Make(256, 5, reward: 0.5f) with { Timed = true };
        }
    }

    private static OpCase Make(int batch, int classes, bool weighted = false, float smoothing = 0, float reward = 0)
    {
        float[] weights = [.. Enumerable.Range(0, classes).Select(c => weighted ? 0.5f + (c % 3) : 1f)];
        return new OpCase(
            $"softmax cross-entropy {batch}x{classes}{(weighted ? " weighted" : "")} smoothing {smoothing} reward {reward}",
            [
                new CaseInput("logits", new Shape(batch, classes)) { Draw = normal => 2 * normal },
                new CaseInput("labels", new Shape(batch, 1), Differentiable: false)
                {
                    // A fifth or so is below 0, of two values.
                    Draw = normal => Math.Clamp(Math.Floor((normal + 0.8) * Math.Max(classes / 2.0, 1)), -2, classes - 1),
                },
            ],
            inputs => inputs[0].SoftmaxCrossEntropy(inputs[1], weighted ? weights : null, smoothing, reward),
            (inputs, _) =>
                [.. inputs[0].Chunk(classes).Zip(inputs[1], (row, label) => Define(row, (int)label, weights, smoothing, reward))]);
    }

    private static double Define(double[] logits, int label, float[] weights, double smoothing, double reward)
    {
        if (label < 0)
        {
            return 0;
        }

        var logs = SoftmaxCases.LogProbabilities(logits);
        var hard = -weights[label] * logs[label];
        var uniform = -logs.Zip(weights, (log, weight) => weight * log).Sum() / logits.Length;
        var entropy = -logs.Sum(log => Math.Exp(log) * log);
        return ((1 - smoothing) * hard) + (smoothing * uniform) - (reward * entropy);
    }
}
