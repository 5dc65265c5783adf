namespace Estampa.Engine;

/// <summary>
/// A simple recurrent unit (Elman 1990), with PyTorch's equation and two biases: h' = f(W_i x + b_i + W_h h + b_h). Its one gate holds
/// the sum in the brackets.
/// </summary>
public readonly unsafe struct RnnCell<TActivation> : ICell
    where TActivation : struct, IActivation
{
    public static string Name => $"rnn.{TActivation.Name}";

    public static int Gates => 1;

    public static bool HasSecond => false;

    public static bool SplitsGradient => false;

    public static UnitState Forward(RecurrentArguments arguments, int row, int unit, GateSums sums, UnitState before)
    {
        var place = (row * arguments.Hidden) + unit;
        var sum = arguments.Gates[place] + sums.First;
        arguments.Gates[place] = sum;
        return new UnitState { State = TActivation.Apply(sum) };
    }

    public static UnitState Backward(RecurrentArguments arguments, int row, int unit, UnitState gradient, UnitState before)
    {
        var place = (row * arguments.Hidden) + unit;
        arguments.Gates[place] = gradient.State * TActivation.Slope(arguments.Gates[place]);
        return default;
    }

    public static void Forward<TLanes, TVector>(in CellRow row, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        for (var unit = first; unit < end; unit += TLanes.Count)
        {
            var sum = TLanes.Add(TLanes.Load(row.Gates + unit), TLanes.Load(row.Products + unit));
            TLanes.Store(sum, row.Gates + unit);
            TLanes.Store(TActivation.Apply<TLanes, TVector>(sum), row.After + unit);
        }
    }

    public static void Backward<TLanes, TVector>(in CellRow row, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        for (var unit = first; unit < end; unit += TLanes.Count)
        {
            var slope = TActivation.Slope<TLanes, TVector>(TLanes.Load(row.Gates + unit));
            TLanes.Store(TLanes.Multiply(TLanes.Load(row.Gradient + unit), slope), row.Gates + unit);
            TLanes.Store(TLanes.Zero, row.Gradient + unit);
        }
    }
}

/// <summary>The call that adds a layer of simple recurrent units to a graph.</summary>
public static class RnnCall
{
    /// <summary>
    /// As <see cref="GruCall.Gru"/>, with one gate: name.weight_ih_l0 (hidden, features), name.weight_hh_l0 (hidden, hidden),
    /// name.bias_ih_l0 and name.bias_hh_l0 (hidden). PyTorch knows <see cref="Tanh"/> and <see cref="Relu"/> as activations.
    /// </summary>
    /// <param name="input">(batch, steps, 1, features).</param>
    /// <param name="name">What the parameters' names begin with.</param>
    /// <param name="hidden">Numbers of the state.</param>
    /// <param name="lengths">How many steps each sequence has, (batch, 1); all where null. Beyond, the state stays as it is.</param>
    /// <param name="reverse">Whether it runs from the last step to the first.</param>
    /// <param name="layer">The layer's number in its parameters' names.</param>
    /// <exception cref="ShapeException">The input is no batch of sequences, or lengths are not one number a sequence.</exception>
    public static Tensor Rnn<TActivation>(
        this Tensor input, string name, int hidden, Tensor? lengths = null, bool reverse = false, int layer = 0)
        where TActivation : struct, IActivation =>
        RecurrentCall.Add<RnnCell<TActivation>>(nameof(Rnn), input, name, hidden, lengths, reverse, layer);
}
