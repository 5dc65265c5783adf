using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>Recurrent layers of every cell over sequences, in both directions, with and without lengths.</summary>
internal static class RecurrentCases
{
    /// <summary>A cell: the call that adds its layer, and its equations.</summary>
    private static readonly Cell[] Cells =
    [
        new("gru", GruCall.Gru, Gru), new("lstm", LstmCall.Lstm, Lstm),
        new("rnn tanh", RnnCall.Rnn<Tanh>, Rnn(Math.Tanh)), new("rnn relu", RnnCall.Rnn<Relu>, Rnn(number => Math.Max(number, 0))),
    ];

    private delegate Tensor Call(Tensor input, string name, int hidden, Tensor? lengths, bool reverse, int layer);

    /// <summary>
    /// The next state and cell from W_i x + b_i and W_h h + b_h, each (gates, hidden), and the ones before, which are to be changed.
    /// </summary>
    private delegate void Step(double[] ofInput, double[] ofState, double[] state, double[] cell);

    public static IEnumerable<OpCase> All => Cells.SelectMany(Of);

    private static IEnumerable<OpCase> Of(Cell cell)
    {
        foreach (var (batch, steps, features, hidden) in new[]
        {
            (1, 1, 1, 1), (2, 3, 4, 5), (5, 2, 3, 17), (13, 4, 2, 16), (25, 3, 5, 4), (2, 5, 17, 33), (3, 1, 16, 7),
        })
        {
            yield return Make(cell, new Shape(batch, steps, 1, features), hidden, isReverse: false, hasLengths: false);
            yield return Make(cell, new Shape(batch, steps, 1, features), hidden, isReverse: steps % 2 == 1, hasLengths: true);
        }

        yield return Make(cell, new Shape(3, 4, 1, 5), 6, isReverse: true, hasLengths: false);
        yield return Make(cell, new Shape(2, 3, 1, 5), 4, isReverse: false, hasLengths: false, isFixed: true);
        yield return Make(cell, new Shape(256, 22, 1, 128), 128, isReverse: false, hasLengths: false) with { Timed = true };
    }

    private static OpCase Make(Cell cell, Shape shape, int hidden, bool isReverse, bool hasLengths, bool isFixed = false)
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
            $"{cell.Name} {shape}->{hidden}{kind}",
            inputs,
            tensors => cell.Call(tensors[0], "layer", hidden, hasLengths ? tensors[1] : null, isReverse, 0),
            (numbers, parameters) =>
                Define(cell.Step, shape, hidden, isReverse, numbers[0], hasLengths ? numbers[1] : null, parameters));
    }

    /// <summary>Parameters are W_i, W_h, b_i, b_h, each for all gates one below the other.</summary>
    private static double[] Define(
        Step step, Shape shape, int hidden, bool isReverse, double[] input, double[]? lengths, double[][] parameters)
    {
        var output = new double[shape.Batch * shape.Height * hidden];
        for (var sample = 0; sample < shape.Batch; sample++)
        {
            double[] state = new double[hidden], cell = new double[hidden];
            for (var number = 0; number < shape.Height; number++)
            {
                var time = isReverse ? shape.Height - 1 - number : number;
                var row = (sample * shape.Height) + time;
                if (lengths is null || time < lengths[sample])
                {
                    var ofInput = Linear(input.AsSpan(row * shape.Channels, shape.Channels), parameters[0], parameters[2]);
                    step(ofInput, Linear(state, parameters[1], parameters[3]), state, cell);
                }

                state.CopyTo(output, row * hidden);
            }
        }

        return output;
    }

    private static void Gru(double[] ofInput, double[] ofState, double[] state, double[] cell)
    {
        var hidden = state.Length;
        for (var unit = 0; unit < hidden; unit++)
        {
            var reset = Sigmoid(ofInput[unit] + ofState[unit]);
            var update = Sigmoid(ofInput[hidden + unit] + ofState[hidden + unit]);
            var candidate = Math.Tanh(ofInput[(2 * hidden) + unit] + (reset * ofState[(2 * hidden) + unit]));
            state[unit] = ((1 - update) * candidate) + (update * state[unit]);
        }
    }

    private static void Lstm(double[] ofInput, double[] ofState, double[] state, double[] cell)
    {
        for (var unit = 0; unit < state.Length; unit++)
        {
            double Sum(int gate) => ofInput[(gate * state.Length) + unit] + ofState[(gate * state.Length) + unit];
            cell[unit] = (Sigmoid(Sum(1)) * cell[unit]) + (Sigmoid(Sum(0)) * Math.Tanh(Sum(2)));
            state[unit] = Sigmoid(Sum(3)) * Math.Tanh(cell[unit]);
        }
    }

    private static Step Rnn(Func<double, double> activation) => (ofInput, ofState, state, _) =>
    {
        for (var unit = 0; unit < state.Length; unit++)
        {
            state[unit] = activation(ofInput[unit] + ofState[unit]);
        }
    };

    private static double[] Linear(ReadOnlySpan<double> numbers, double[] weight, double[] bias)
    {
        var sums = bias.ToArray();
        for (var row = 0; row < sums.Length; row++)
        {
            for (var k = 0; k < numbers.Length; k++)
            {
                sums[row] += weight[(row * numbers.Length) + k] * numbers[k];
            }
        }

        return sums;
    }

    private static double Sigmoid(double number) => 1 / (1 + Math.Exp(-number));

    private sealed record Cell(string Name, Call Call, Step Step);
}
