namespace Estampa.Engine;

/// <summary>
/// A long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000), with PyTorch's equations and
/// two biases: i, f and o = sigmoid(W_i x + b_i + W_h h + b_h), g = tanh of the same, each with weights of its own; c' = f c + i g,
/// h' = o tanh(c'). The second state is c, which it keeps.
/// </summary>
public readonly unsafe struct LstmCell : ICell
{
    public static string Name => "lstm";

    public static int Gates => 4;

    public static bool HasSecond => true;

    public static bool SplitsGradient => false;

    public static UnitState Forward(RecurrentArguments arguments, int row, int unit, GateSums sums, UnitState before)
    {
        int hidden = arguments.Hidden, place = (row * 4 * hidden) + unit;
        var input = Sigmoid.Apply(arguments.Gates[place] + sums.First);
        var forget = Sigmoid.Apply(arguments.Gates[place + hidden] + sums.Second);
        var next = Tanh.Apply(arguments.Gates[place + (2 * hidden)] + sums.Third);
        var output = Sigmoid.Apply(arguments.Gates[place + (3 * hidden)] + sums.Fourth);
        arguments.Gates[place] = input;
        arguments.Gates[place + hidden] = forget;
        arguments.Gates[place + (2 * hidden)] = next;
        arguments.Gates[place + (3 * hidden)] = output;
        var cell = (forget * before.Second) + (input * next);
        return new UnitState { State = output * Tanh.Apply(cell), Second = cell };
    }

    public static UnitState Backward(RecurrentArguments arguments, int row, int unit, UnitState gradient, UnitState before)
    {
        int hidden = arguments.Hidden, place = (row * 4 * hidden) + unit;
        var input = arguments.Gates[place];
        var forget = arguments.Gates[place + hidden];
        var next = arguments.Gates[place + (2 * hidden)];
        var output = arguments.Gates[place + (3 * hidden)];
        var squashed = Tanh.Apply(arguments.Kept[(row * hidden) + unit]);
        var cellSlope = gradient.Second + (gradient.State * output * (1f - (squashed * squashed)));
        arguments.Gates[place] = cellSlope * next * input * (1f - input);
        arguments.Gates[place + hidden] = cellSlope * before.Second * forget * (1f - forget);
        arguments.Gates[place + (2 * hidden)] = cellSlope * input * (1f - (next * next));
        arguments.Gates[place + (3 * hidden)] = gradient.State * squashed * output * (1f - output);
        return new UnitState { Second = cellSlope * forget };
    }

    public static void Forward<TLanes, TVector>(in CellRow row, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var hidden = row.Hidden;
        for (var unit = first; unit < end; unit += TLanes.Count)
        {
            float* inputs = row.Gates + unit, forgets = inputs + hidden, nexts = forgets + hidden, outputs = nexts + hidden;
            var product = row.Products + unit;
            var input = Sigmoid.Apply<TLanes, TVector>(TLanes.Add(TLanes.Load(inputs), TLanes.Load(product)));
            var forget = Sigmoid.Apply<TLanes, TVector>(TLanes.Add(TLanes.Load(forgets), TLanes.Load(product + hidden)));
            var next = Tanh.Apply<TLanes, TVector>(TLanes.Add(TLanes.Load(nexts), TLanes.Load(product + (2 * hidden))));
            var output = Sigmoid.Apply<TLanes, TVector>(TLanes.Add(TLanes.Load(outputs), TLanes.Load(product + (3 * hidden))));
            TLanes.Store(input, inputs);
            TLanes.Store(forget, forgets);
            TLanes.Store(next, nexts);
            TLanes.Store(output, outputs);
            var cell = TLanes.MultiplyAdd(forget, TLanes.Load(row.KeptBefore + unit), TLanes.Multiply(input, next));
            TLanes.Store(cell, row.Kept + unit);
            TLanes.Store(TLanes.Multiply(output, Tanh.Apply<TLanes, TVector>(cell)), row.After + unit);
        }
    }

    public static void Backward<TLanes, TVector>(in CellRow row, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var hidden = row.Hidden;
        var one = TLanes.Broadcast(1f);
        for (var unit = first; unit < end; unit += TLanes.Count)
        {
            float* inputs = row.Gates + unit, forgets = inputs + hidden, nexts = forgets + hidden, outputs = nexts + hidden;
            TVector input = TLanes.Load(inputs), forget = TLanes.Load(forgets), next = TLanes.Load(nexts), output = TLanes.Load(outputs);
            var squashed = Tanh.Apply<TLanes, TVector>(TLanes.Load(row.Kept + unit));
            var gradient = TLanes.Multiply(TLanes.Load(row.Gradient + unit), output);
            var cellSlope = TLanes.MultiplyAdd(
                gradient, TLanes.Subtract(one, TLanes.Multiply(squashed, squashed)), TLanes.Load(row.SecondGradient + unit));
            var ofInput = TLanes.Multiply(cellSlope, input);
            var ofForget = TLanes.Multiply(cellSlope, forget);
            TLanes.Store(TLanes.Multiply(TLanes.Multiply(ofInput, next), TLanes.Subtract(one, input)), inputs);
            TLanes.Store(
                TLanes.Multiply(TLanes.Multiply(ofForget, TLanes.Load(row.KeptBefore + unit)), TLanes.Subtract(one, forget)), forgets);
            TLanes.Store(TLanes.Multiply(ofInput, TLanes.Subtract(one, TLanes.Multiply(next, next))), nexts);
            TLanes.Store(TLanes.Multiply(TLanes.Multiply(gradient, squashed), TLanes.Subtract(one, output)), outputs);
            TLanes.Store(TLanes.Zero, row.Gradient + unit);
            TLanes.Store(ofForget, row.SecondGradient + unit);
        }
    }
}

/// <summary>The call that adds a layer of long short-term memories to a graph.</summary>
public static class LstmCall
{
    /// <summary>
    /// As <see cref="GruCall.Gru"/>, from states and cells of zeros, with gates in PyTorch's order i, f, g, o: name.weight_ih_l0
    /// (4 hidden, features), name.weight_hh_l0 (4 hidden, hidden), name.bias_ih_l0 and name.bias_hh_l0 (4 hidden).
    /// </summary>
    /// <param name="input">(batch, steps, 1, features).</param>
    /// <param name="name">What the parameters' names begin with.</param>
    /// <param name="hidden">Numbers of the state.</param>
    /// <param name="lengths">How many steps each sequence has, (batch, 1); all where null. Beyond, state and cell stay as they are.</param>
    /// <param name="reverse">Whether it runs from the last step to the first.</param>
    /// <param name="layer">The layer's number in its parameters' names.</param>
    /// <exception cref="ShapeException">The input is no batch of sequences, or lengths are not one number a sequence.</exception>
    public static Tensor Lstm(
        this Tensor input, string name, int hidden, Tensor? lengths = null, bool reverse = false, int layer = 0) =>
        RecurrentCall.Add<LstmCell>(nameof(Lstm), input, name, hidden, lengths, reverse, layer);
}
