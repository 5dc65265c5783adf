namespace Estampa.Engine;

/// <summary>
/// A gated recurrent unit (Cho et al. 2014, arXiv:1406.1078), with PyTorch's equations and two biases:
/// r = sigmoid(W_ir x + b_ir + W_hr h + b_hr), z = sigmoid(W_iz x + b_iz + W_hz h + b_hz),
/// n = tanh(W_in x + b_in + r (W_hn h + b_hn)), h' = (1 - z) n + z h. It keeps W_hn h + b_hn.
/// </summary>
public readonly unsafe struct GruCell : ICell
{
    public static string Name => "gru";

    public static int Gates => 3;

    public static bool HasSecond => false;

    public static bool SplitsGradient => true;

    public static UnitState Forward(RecurrentArguments arguments, int row, int unit, GateSums sums, UnitState before)
    {
        int hidden = arguments.Hidden, place = (row * 3 * hidden) + unit;
        var reset = Sigmoid.Apply(arguments.Gates[place] + sums.First);
        var update = Sigmoid.Apply(arguments.Gates[place + hidden] + sums.Second);
        var next = Tanh.Apply(arguments.Gates[place + (2 * hidden)] + (reset * sums.Third));
        arguments.Gates[place] = reset;
        arguments.Gates[place + hidden] = update;
        arguments.Gates[place + (2 * hidden)] = next;
        arguments.Kept[(row * hidden) + unit] = sums.Third;
        return new UnitState { State = next + (update * (before.State - next)) };
    }

    public static UnitState Backward(RecurrentArguments arguments, int row, int unit, UnitState gradient, UnitState before)
    {
        int hidden = arguments.Hidden, place = (row * 3 * hidden) + unit;
        var reset = arguments.Gates[place];
        var update = arguments.Gates[place + hidden];
        var next = arguments.Gates[place + (2 * hidden)];
        var taken = gradient.State * (1f - update);
        var nextSlope = taken * (1f - (next * next));
        var updateSlope = taken * update * (before.State - next);
        var resetSlope = nextSlope * arguments.Kept[(row * hidden) + unit] * reset * (1f - reset);
        arguments.Gates[place] = resetSlope;
        arguments.Gates[place + hidden] = updateSlope;
        arguments.Gates[place + (2 * hidden)] = nextSlope;
        arguments.HiddenGradient[place] = resetSlope;
        arguments.HiddenGradient[place + hidden] = updateSlope;
        arguments.HiddenGradient[place + (2 * hidden)] = nextSlope * reset;
        return new UnitState { State = gradient.State * update };
    }

    public static void Forward<TLanes, TVector>(in CellRow row, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var hidden = row.Hidden;
        for (var unit = first; unit < end; unit += TLanes.Count)
        {
            float* resets = row.Gates + unit, updates = resets + hidden, nexts = updates + hidden, product = row.Products + unit;
            var reset = Sigmoid.Apply<TLanes, TVector>(TLanes.Add(TLanes.Load(resets), TLanes.Load(product)));
            var update = Sigmoid.Apply<TLanes, TVector>(TLanes.Add(TLanes.Load(updates), TLanes.Load(product + hidden)));
            var candidate = TLanes.Load(product + (2 * hidden));
            var next = Tanh.Apply<TLanes, TVector>(TLanes.MultiplyAdd(reset, candidate, TLanes.Load(nexts)));
            TLanes.Store(reset, resets);
            TLanes.Store(update, updates);
            TLanes.Store(next, nexts);
            TLanes.Store(candidate, row.Kept + unit);
            TLanes.Store(TLanes.MultiplyAdd(update, TLanes.Subtract(TLanes.Load(row.Before + unit), next), next), row.After + unit);
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
            float* resets = row.Gates + unit, updates = resets + hidden, nexts = updates + hidden, target = row.HiddenGradient + unit;
            TVector reset = TLanes.Load(resets), update = TLanes.Load(updates), next = TLanes.Load(nexts);
            var gradient = TLanes.Load(row.Gradient + unit);
            var passed = TLanes.Multiply(gradient, update);
            var taken = TLanes.Subtract(gradient, passed);
            var difference = TLanes.Subtract(TLanes.Load(row.Before + unit), next);
            var updateSlope = TLanes.Multiply(TLanes.Multiply(taken, update), difference);
            var nextSlope = TLanes.Multiply(taken, TLanes.Subtract(one, TLanes.Multiply(next, next)));
            var scaled = TLanes.Multiply(nextSlope, reset);
            var resetSlope = TLanes.Multiply(
                TLanes.Multiply(scaled, TLanes.Load(row.Kept + unit)), TLanes.Subtract(one, reset));
            TLanes.Store(passed, row.Gradient + unit);
            TLanes.Store(resetSlope, resets);
            TLanes.Store(updateSlope, updates);
            TLanes.Store(nextSlope, nexts);
            TLanes.Store(resetSlope, target);
            TLanes.Store(updateSlope, target + hidden);
            TLanes.Store(scaled, target + (2 * hidden));
        }
    }
}

/// <summary>The call that adds a layer of gated recurrent units to a graph.</summary>
public static class GruCall
{
    /// <summary>
    /// Runs over sequences, (batch, steps, 1, features), from a state of zeros and gives every state, (batch, steps, 1, hidden).
    /// Parameters are named and laid out as PyTorch's: name.weight_ih_l0 (3 hidden, features), name.weight_hh_l0 (3 hidden, hidden),
    /// name.bias_ih_l0 and name.bias_hh_l0 (3 hidden), gates in the order r, z, n; the names end in _reverse where it runs backwards.
    /// A layer of both directions is two such calls, their outputs side by side along the channels; a stack is one call on the other.
    /// </summary>
    /// <param name="input">(batch, steps, 1, features).</param>
    /// <param name="name">What the parameters' names begin with.</param>
    /// <param name="hidden">Numbers of the state.</param>
    /// <param name="lengths">
    /// How many steps each sequence has, (batch, 1); all where null. In the steps beyond, which may hold any finite numbers, the state
    /// stays as it is, and no gradient flows to their inputs.
    /// </param>
    /// <param name="reverse">Whether it runs from the last step to the first.</param>
    /// <param name="layer">The layer's number in its parameters' names.</param>
    /// <exception cref="ShapeException">The input is no batch of sequences, or lengths are not one number a sequence.</exception>
    public static Tensor Gru(
        this Tensor input, string name, int hidden, Tensor? lengths = null, bool reverse = false, int layer = 0) =>
        RecurrentCall.Add<GruCell>(nameof(Gru), input, name, hidden, lengths, reverse, layer);
}
