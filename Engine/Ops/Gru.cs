using ILGPU;

namespace Estampa.Engine;

/// <summary>What the recurrent kernels of a gated recurrent unit read and write. A row is a step of a sequence of the batch.</summary>
public struct GruArguments
{
    /// <summary>
    /// (rows, 3 hidden): at first W_in x + b_in of r, z and n; then r, z and n themselves; after the backward pass the gradients of the
    /// first.
    /// </summary>
    public ArrayView<float> Gates;

    /// <summary>(rows, hidden): W_hn h + b_hn; after the backward pass the state before the step.</summary>
    public ArrayView<float> Candidate;

    /// <summary>(rows, hidden): the state after the step.</summary>
    public ArrayView<float> Output;

    /// <summary>W_h as (hidden, 3 hidden), and its bias.</summary>
    public ArrayView<float> Weight;
    public ArrayView<float> Bias;

    /// <summary>(batch, 1): steps of each sequence; read where <see cref="HasLengths"/> is 1.</summary>
    public ArrayView<float> Lengths;
    public ArrayView<float> OutputGradient;

    /// <summary>(rows, 3 hidden): the gradients of W_h h + b_h.</summary>
    public ArrayView<float> HiddenGradient;

    /// <summary>(batch, hidden): what of a state's gradient goes past the gates to the state before it.</summary>
    public ArrayView<float> Carry;

    /// <summary>The packed weights of the host routes.</summary>
    public ArrayView<float> Working;
    public int Batch;
    public int Steps;
    public int Hidden;

    /// <summary>How many steps came before this launch's.</summary>
    public int Step;

    /// <summary>1 forwards in time, -1 backwards.</summary>
    public int Direction;
    public int HasLengths;
}

/// <summary>
/// One layer of gated recurrent units, in one direction (Cho et al. 2014, arXiv:1406.1078), with PyTorch's equations and two biases:
/// r = sigmoid(W_ir x + b_ir + W_hr h + b_hr), z = sigmoid(W_iz x + b_iz + W_hz h + b_hz),
/// n = tanh(W_in x + b_in + r (W_hn h + b_hn)), h' = (1 - z) n + z h. What the steps' inputs give is one linear layer over all rows, and
/// so are the weights' gradients; only W_h h is left to the steps, which are one launch each.
/// </summary>
public sealed class Gru : Op
{
    internal static readonly Kernel<GruArguments> ForwardKernel = new("gru.forward", Forward, GruHost.Forward);

    internal static readonly Kernel<GruArguments> BackwardKernel = new("gru.backward", Backward, GruHost.Backward);

    private readonly Tensor? lengths;
    private readonly int direction;
    private readonly LinearArguments ofInput;
    private readonly LinearArguments ofState;
    private readonly Scratch gates;
    private readonly Scratch candidate;
    private readonly Scratch hiddenGradient;
    private readonly Scratch carry;
    private readonly Scratch backwardWeights;
    private readonly Scratch products;
    private readonly (Scratch Training, Scratch Evaluation) inputWeights;
    private readonly (Scratch Training, Scratch Evaluation) stateWeights;

    /// <param name="name">Named in errors.</param>
    /// <param name="inputs">Sequences, W_i, W_h, b_i, b_h and, where there are any, lengths.</param>
    /// <param name="output">(batch, steps, 1, hidden).</param>
    /// <param name="isReverse">Whether the last step comes first.</param>
    internal Gru(string name, Tensor[] inputs, Shape output, bool isReverse)
        : base(name, output, inputs)
    {
        int hidden = output.Channels, features = inputs[0].Shape.Channels, rows = output.Pixels, all = checked(3 * hidden);
        lengths = inputs.Length > 5 ? inputs[5] : null;
        direction = isReverse ? -1 : 1;
        ofInput = new LinearArguments { Batch = rows, Inputs = features, Outputs = all };
        ofState = new LinearArguments { Batch = rows, Inputs = hidden, Outputs = all };
        gates = new Scratch(checked(rows * all));
        hiddenGradient = new Scratch(rows * all);
        candidate = new Scratch(output.Count);
        carry = new Scratch(output.Batch * hidden);
        backwardWeights = new Scratch(GruHost.BackwardWorking(hidden), grouped: 0);
        var parts = Products.Working<LinearForward, LinearArguments>(ofInput);
        var packed = LinearHost.ForwardWorking(features, all);
        inputWeights = (new Scratch(packed, grouped: parts), new Scratch(packed, lasts: true, parts));
        packed = LinearHost.ForwardWorking(hidden, all);
        stateWeights = (new Scratch(packed, grouped: 0), new Scratch(packed, lasts: true, grouped: 0));
        products = new Scratch(
            Math.Max(LinearHost.BackwardWorking(rows, features, all), LinearHost.BackwardWorking(rows, hidden, all)),
            grouped: Math.Max(
                Products.Working<LinearInputGradient, LinearArguments>(ofInput),
                Math.Max(
                    Products.Working<LinearWeightGradient, LinearArguments>(ofInput),
                    Products.Working<LinearWeightGradient, LinearArguments>(ofState))));
    }

    public override long Flops => 2L * Output.Shape.Pixels * (ofInput.Inputs + ofState.Inputs) * ofInput.Outputs;

    public override void Forward(Recording recording)
    {
        recording.Launch(
            Linear.ForwardKernel,
            ofInput with
            {
                Input = recording.Value(Inputs[0]),
                Weight = recording.Value(Inputs[1]),
                Bias = recording.Value(Inputs[3]),
                Output = recording.Scratch(gates),
                Working = recording.Scratch(recording.Training ? inputWeights.Training : inputWeights.Evaluation),
            },
            gates.Count);
        var arguments = Arguments(recording, recording.Training ? stateWeights.Training : stateWeights.Evaluation);
        arguments.Bias = recording.Value(Inputs[4]);
        for (; arguments.Step < arguments.Steps; arguments.Step++)
        {
            recording.Launch(ForwardKernel, arguments, carry.Count);
        }
    }

    public override void Backward(Recording recording)
    {
        var arguments = Arguments(recording, backwardWeights);
        arguments.OutputGradient = recording.OutputGradient(Output);
        arguments.HiddenGradient = recording.Scratch(hiddenGradient);
        arguments.Carry = recording.Scratch(carry);
        for (arguments.Step = arguments.Steps - 1; arguments.Step >= 0; arguments.Step--)
        {
            recording.Launch(BackwardKernel, arguments, carry.Count);
        }

        var working = recording.Scratch(products);
        var state = ofState with { Input = arguments.Candidate, OutputGradient = arguments.HiddenGradient, Working = working };
        state.WeightGradient = recording.InputGradient(Inputs[2], out state.Keep);
        state.BiasGradient = recording.InputGradient(Inputs[4], out state.KeepBias);
        recording.Launch(Linear.WeightKernel, state, (state.Inputs + 1) * state.Outputs);

        var input = ofInput with { Input = recording.Value(Inputs[0]), OutputGradient = arguments.Gates, Working = working };
        input.WeightGradient = recording.InputGradient(Inputs[1], out input.Keep);
        input.BiasGradient = recording.InputGradient(Inputs[3], out input.KeepBias);
        recording.Launch(Linear.WeightKernel, input, (input.Inputs + 1) * input.Outputs);
        if (Inputs[0].IsDifferentiable)
        {
            input.Weight = recording.Value(Inputs[1]);
            input.InputGradient = recording.InputGradient(Inputs[0], out input.Keep);
            recording.Launch(Linear.InputKernel, input, Inputs[0].Shape.Count);
        }
    }

    private GruArguments Arguments(Recording recording, Scratch packed) => new()
    {
        Gates = recording.Scratch(gates),
        Candidate = recording.Scratch(candidate),
        Output = recording.Value(Output),
        Weight = recording.Value(Inputs[2]),
        Lengths = lengths is null ? default : recording.Value(lengths),
        Working = recording.Scratch(packed),
        Batch = Output.Shape.Batch,
        Steps = Output.Shape.Height,
        Hidden = Output.Shape.Channels,
        Direction = direction,
        HasLengths = lengths is null ? 0 : 1,
    };

    /// <summary>One call a unit of a sequence, for one step.</summary>
    private static void Forward(Index1D index, GruArguments arguments)
    {
        int hidden = arguments.Hidden, all = 3 * hidden, unit = index % hidden, sample = index / hidden;
        var time = arguments.Direction > 0 ? arguments.Step : arguments.Steps - 1 - arguments.Step;
        var row = (sample * arguments.Steps) + time;
        var reset = arguments.Bias[unit];
        var update = arguments.Bias[hidden + unit];
        var candidate = arguments.Bias[(2 * hidden) + unit];
        var before = 0f;
        if (arguments.Step > 0)
        {
            var state = (row - arguments.Direction) * hidden;
            before = arguments.Output[state + unit];
            for (var k = 0; k < hidden; k++)
            {
                var number = arguments.Output[state + k];
                var weight = (k * all) + unit;
                reset += number * arguments.Weight[weight];
                update += number * arguments.Weight[weight + hidden];
                candidate += number * arguments.Weight[weight + (2 * hidden)];
            }
        }

        var place = (row * all) + unit;
        reset = Sigmoid.Apply(arguments.Gates[place] + reset);
        update = Sigmoid.Apply(arguments.Gates[place + hidden] + update);
        var next = Tanh.Apply(arguments.Gates[place + (2 * hidden)] + (reset * candidate));
        arguments.Gates[place] = reset;
        arguments.Gates[place + hidden] = update;
        arguments.Gates[place + (2 * hidden)] = next;
        arguments.Candidate[(row * hidden) + unit] = candidate;
        var isBeyond = arguments.HasLengths != 0 && time >= arguments.Lengths[sample];
        arguments.Output[(row * hidden) + unit] = isBeyond ? before : next + (update * (before - next));
    }

    /// <summary>One call a unit of a sequence, for one step; the last step comes first.</summary>
    private static void Backward(Index1D index, GruArguments arguments)
    {
        int hidden = arguments.Hidden, all = 3 * hidden, unit = index % hidden, sample = index / hidden;
        var time = arguments.Direction > 0 ? arguments.Step : arguments.Steps - 1 - arguments.Step;
        var row = (sample * arguments.Steps) + time;
        int state = (row * hidden) + unit, place = (row * all) + unit;
        var gradient = arguments.OutputGradient[state];
        if (arguments.Step + 1 < arguments.Steps)
        {
            gradient += arguments.Carry[index];
            var next = (row + arguments.Direction) * all;
            for (var k = 0; k < all; k++)
            {
                gradient += arguments.HiddenGradient[next + k] * arguments.Weight[(unit * all) + k];
            }
        }

        var before = arguments.Step > 0 ? arguments.Output[state - (arguments.Direction * hidden)] : 0f;
        float resetSlope = 0f, updateSlope = 0f, candidateSlope = 0f, reset = 0f;
        if (arguments.HasLengths == 0 || time < arguments.Lengths[sample])
        {
            reset = arguments.Gates[place];
            var update = arguments.Gates[place + hidden];
            var candidate = arguments.Gates[place + (2 * hidden)];
            updateSlope = gradient * (before - candidate) * update * (1f - update);
            candidateSlope = gradient * (1f - update) * (1f - (candidate * candidate));
            resetSlope = candidateSlope * arguments.Candidate[state] * reset * (1f - reset);
            gradient *= update;
        }

        arguments.Carry[index] = gradient;
        arguments.Candidate[state] = before;
        arguments.Gates[place] = resetSlope;
        arguments.Gates[place + hidden] = updateSlope;
        arguments.Gates[place + (2 * hidden)] = candidateSlope;
        arguments.HiddenGradient[place] = resetSlope;
        arguments.HiddenGradient[place + hidden] = updateSlope;
        arguments.HiddenGradient[place + (2 * hidden)] = candidateSlope * reset;
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
        this Tensor input, string name, int hidden, Tensor? lengths = null, bool reverse = false, int layer = 0)
    {
        var output = (input.Shape with { Channels = hidden }).Checked($"Gru '{name}'");
        if (input.Shape.Width != 1)
        {
            throw new ShapeException($"Gru '{name}': {input.Shape} is not (batch, steps, 1, features)");
        }

        if (lengths is not null && lengths.Shape != new Shape(output.Batch, 1))
        {
            throw new ShapeException($"Gru '{name}': lengths {lengths.Shape} are not one number a sequence of {input.Shape}");
        }

        if (lengths is { IsDifferentiable: true })
        {
            throw new ArgumentException($"Gru '{name}': lengths '{lengths.Name}' would need a gradient, and have none");
        }

        var initial = Initial.PyTorch(hidden);
        var all = new Shape(1, checked(3 * hidden));
        Tensor Make(string kind, Layout layout) =>
            input.Graph.Parameter($"{name}.{kind}_l{layer}{(reverse ? "_reverse" : "")}", layout, initial);
        var inputWeight = Make("weight_ih", Layout.Linear(new Shape(1, input.Shape.Channels), all));
        var stateWeight = Make("weight_hh", Layout.Linear(new Shape(1, hidden), all));
        Tensor[] inputs = [input, inputWeight, stateWeight, Make("bias_ih", Layout.Bias(all)), Make("bias_hh", Layout.Bias(all))];
        return new Gru(name, lengths is null ? inputs : [.. inputs, lengths], output, reverse).Output;
    }
}
