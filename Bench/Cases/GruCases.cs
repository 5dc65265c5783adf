using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>Gated recurrent units over sequences, in both directions, with and without lengths.</summary>
internal static class GruCases
{
    public static IEnumerable<OpCase> All
    {
        get
        {
            foreach (var (batch, steps, features, hidden) in new[]
            {
                (1, 1, 1, 1), (2, 3, 4, 5), (5, 2, 3, 17), (13, 4, 2, 16), (25, 3, 5, 4), (2, 5, 17, 33), (3, 1, 16, 7),
            })
            {
                yield return Make(new Shape(batch, steps, 1, features), hidden, isReverse: false, hasLengths: false);
                yield return Make(new Shape(batch, steps, 1, features), hidden, isReverse: steps % 2 == 1, hasLengths: true);
            }

            yield return Make(new Shape(3, 4, 1, 5), 6, isReverse: true, hasLengths: false);
            yield return Make(new Shape(2, 3, 1, 5), 4, isReverse: false, hasLengths: false, isFixed: true);
            yield return Make(new Shape(256, 22, 1, 128), 128, isReverse: false, hasLengths: false) with { Timed = true };
        }
    }

    private static OpCase Make(Shape shape, int hidden, bool isReverse, bool hasLengths, bool isFixed = false)
    {
        CaseInput[] inputs = [new CaseInput("sequences", shape, !isFixed)];
        if (hasLengths)
        {
            // From 0, an empty sequence, to all steps.
            inputs = [.. inputs, new CaseInput("lengths", new Shape(shape.Batch, 1), Differentiable: false)
            {
                Draw = normal => Math.Clamp(Math.Round((normal + 1) * shape.Height / 2), 0, shape.Height),
            }];
        }

        var kind = (isReverse ? " reverse" : "") + (hasLengths ? " with lengths" : "") + (isFixed ? " of fixed input" : "");
        return new OpCase(
            $"gru {shape}->{hidden}{kind}",
            inputs,
            tensors => tensors[0].Gru("layer", hidden, hasLengths ? tensors[1] : null, isReverse),
            (numbers, parameters) => Define(shape, hidden, isReverse, numbers[0], hasLengths ? numbers[1] : null, parameters));
    }

    private static double[] Define(
        Shape shape, int hidden, bool isReverse, double[] input, double[]? lengths, double[][] parameters)
    {
        var output = new double[shape.Batch * shape.Height * hidden];
        for (var sample = 0; sample < shape.Batch; sample++)
        {
            var state = new double[hidden];
            for (var step = 0; step < shape.Height; step++)
            {
                var time = isReverse ? shape.Height - 1 - step : step;
                var row = (sample * shape.Height) + time;
                if (lengths is null || time < lengths[sample])
                {
                    state = Next(input.AsSpan(row * shape.Channels, shape.Channels), state, parameters);
                }

                state.CopyTo(output, row * hidden);
            }
        }

        return output;
    }

    /// <summary>PyTorch's equations; parameters are W_i, W_h, b_i, b_h, each for r, z and n one below the other.</summary>
    private static double[] Next(ReadOnlySpan<double> input, double[] state, double[][] parameters)
    {
        var hidden = state.Length;
        var next = new double[hidden];
        for (var unit = 0; unit < hidden; unit++)
        {
            var reset = Sigmoid(OfInput(input, unit) + OfState(unit));
            var update = Sigmoid(OfInput(input, hidden + unit) + OfState(hidden + unit));
            var candidate = Math.Tanh(OfInput(input, (2 * hidden) + unit) + (reset * OfState((2 * hidden) + unit)));
            next[unit] = ((1 - update) * candidate) + (update * state[unit]);
        }

        return next;

        double OfInput(ReadOnlySpan<double> numbers, int row) => Row(numbers, row, parameters[0], parameters[2]);
        double OfState(int row) => Row(state, row, parameters[1], parameters[3]);
    }

    private static double Row(ReadOnlySpan<double> numbers, int row, double[] weight, double[] bias)
    {
        var sum = bias[row];
        for (var k = 0; k < numbers.Length; k++)
        {
            sum += weight[(row * numbers.Length) + k] * numbers[k];
        }

        return sum;
    }

    private static double Sigmoid(double number) => 1 / (1 + Math.Exp(-number));
}
