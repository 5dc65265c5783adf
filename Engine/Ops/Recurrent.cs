using ILGPU;

namespace Estampa.Engine;

/// <summary>What the kernels of a recurrent layer's steps read and write. A row is a step of a sequence of the batch.</summary>
public struct RecurrentArguments
{
    /// <summary>
    /// (rows, gates hidden): at first W_i x + b_i of each gate; then what the cell makes of it; after the backward pass the gradients of
    /// the first.
    /// </summary>
    public ArrayView<float> Gates;

    /// <summary>(rows, hidden): what the cell keeps of a step; after the backward pass the state before the step.</summary>
    public ArrayView<float> Kept;

    /// <summary>(rows, hidden): the state after the step.</summary>
    public ArrayView<float> Output;

    /// <summary>W_h as (hidden, gates hidden), and its bias.</summary>
    public ArrayView<float> Weight;
    public ArrayView<float> Bias;

    /// <summary>(batch, 1): steps of each sequence; read where <see cref="HasLengths"/> is 1.</summary>
    public ArrayView<float> Lengths;
    public ArrayView<float> OutputGradient;

    /// <summary>
    /// (rows, gates hidden): the gradients of W_h h + b_h; <see cref="Gates"/> itself where W_i x + b_i has the same.
    /// </summary>
    public ArrayView<float> HiddenGradient;

    /// <summary>(batch, hidden): what of a state's gradient goes past the gates to the state before it.</summary>
    public ArrayView<float> Carry;

    /// <summary>(batch, hidden): the same of the second state, where the cell has one.</summary>
    public ArrayView<float> SecondCarry;

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
/// One layer of recurrent units, in one direction. What the steps' inputs give is one linear layer over all rows, and so are the
/// weights' gradients; only W_h h is left to the steps, which are one launch each.
/// </summary>
public sealed class Recurrent<TCell> : Op
    where TCell : struct, ICell
{
    internal static readonly Kernel<RecurrentArguments> ForwardKernel =
        new($"{TCell.Name}.forward", Forward, RecurrentHost<TCell>.Forward);

    internal static readonly Kernel<RecurrentArguments> BackwardKernel =
        new($"{TCell.Name}.backward", Backward, RecurrentHost<TCell>.Backward);

    private readonly Tensor? lengths;
    private readonly int direction;
    private readonly LinearArguments ofInput;
    private readonly LinearArguments ofState;
    private readonly Scratch gates;
    private readonly Scratch kept;
    private readonly Scratch hiddenGradient;
    private readonly Scratch carry;
    private readonly Scratch secondCarry;
    private readonly Scratch backwardWeights;
    private readonly Scratch products;
    private readonly (Scratch Training, Scratch Evaluation) inputWeights;
    private readonly (Scratch Training, Scratch Evaluation) stateWeights;

    /// <param name="name">Named in errors.</param>
    /// <param name="inputs">Sequences, W_i, W_h, b_i, b_h and, where there are any, lengths.</param>
    /// <param name="output">(batch, steps, 1, hidden).</param>
    /// <param name="isReverse">Whether the last step comes first.</param>
    internal Recurrent(string name, Tensor[] inputs, Shape output, bool isReverse)
        : base(name, output, inputs)
    {
        int hidden = output.Channels, features = inputs[0].Shape.Channels, rows = output.Pixels, all = checked(TCell.Gates * hidden);
        lengths = inputs.Length > 5 ? inputs[5] : null;
        direction = isReverse ? -1 : 1;
        ofInput = new LinearArguments { Batch = rows, Inputs = features, Outputs = all };
        ofState = new LinearArguments { Batch = rows, Inputs = hidden, Outputs = all };
        gates = new Scratch(checked(rows * all));
        hiddenGradient = TCell.SplitsGradient ? new Scratch(rows * all) : gates;
        kept = new Scratch(output.Count);
        carry = new Scratch(output.Batch * hidden);
        secondCarry = TCell.HasSecond ? new Scratch(carry.Count) : carry;
        backwardWeights = new Scratch(RecurrentHost<TCell>.BackwardWorking(hidden), grouped: 0);
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
        arguments.SecondCarry = recording.Scratch(secondCarry);
        for (arguments.Step = arguments.Steps - 1; arguments.Step >= 0; arguments.Step--)
        {
            recording.Launch(BackwardKernel, arguments, carry.Count);
        }

        var working = recording.Scratch(products);
        var state = ofState with { Input = arguments.Kept, OutputGradient = arguments.HiddenGradient, Working = working };
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

    private RecurrentArguments Arguments(Recording recording, Scratch packed) => new()
    {
        Gates = recording.Scratch(gates),
        Kept = recording.Scratch(kept),
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
    private static void Forward(Index1D index, RecurrentArguments arguments)
    {
        int hidden = arguments.Hidden, unit = index % hidden, sample = index / hidden;
        var time = arguments.Direction > 0 ? arguments.Step : arguments.Steps - 1 - arguments.Step;
        var row = (sample * arguments.Steps) + time;
        var state = (row * hidden) + unit;
        var after = Before(arguments, state);
        if (arguments.HasLengths == 0 || time < arguments.Lengths[sample])
        {
            after = TCell.Forward(arguments, row, unit, Sums(arguments, row, unit), after);
        }

        arguments.Output[state] = after.State;
        if (TCell.HasSecond)
        {
            arguments.Kept[state] = after.Second;
        }
    }

    private static GateSums Sums(RecurrentArguments arguments, int row, int unit)
    {
        int hidden = arguments.Hidden, all = TCell.Gates * hidden;
        var sums = new GateSums { First = arguments.Bias[unit] };
        if (TCell.Gates > 1)
        {
            sums.Second = arguments.Bias[hidden + unit];
            sums.Third = arguments.Bias[(2 * hidden) + unit];
        }

        if (TCell.Gates > 3)
        {
            sums.Fourth = arguments.Bias[(3 * hidden) + unit];
        }

        // The state before the first step is 0.
        var count = arguments.Step > 0 ? hidden : 0;
        var state = (row - arguments.Direction) * hidden;
        for (var k = 0; k < count; k++)
        {
            var number = arguments.Output[state + k];
            var weight = (k * all) + unit;
            sums.First += number * arguments.Weight[weight];
            if (TCell.Gates > 1)
            {
                sums.Second += number * arguments.Weight[weight + hidden];
                sums.Third += number * arguments.Weight[weight + (2 * hidden)];
            }

            if (TCell.Gates > 3)
            {
                sums.Fourth += number * arguments.Weight[weight + (3 * hidden)];
            }
        }

        return sums;
    }

    /// <summary>One call a unit of a sequence, for one step; the last step comes first.</summary>
    private static void Backward(Index1D index, RecurrentArguments arguments)
    {
        int hidden = arguments.Hidden, all = TCell.Gates * hidden, unit = index % hidden, sample = index / hidden;
        var time = arguments.Direction > 0 ? arguments.Step : arguments.Steps - 1 - arguments.Step;
        var row = (sample * arguments.Steps) + time;
        var state = (row * hidden) + unit;
        var gradient = new UnitState { State = arguments.OutputGradient[state] };
        if (arguments.Step + 1 < arguments.Steps)
        {
            gradient.State += arguments.Carry[index];
            gradient.Second = TCell.HasSecond ? arguments.SecondCarry[index] : 0f;
            var next = (row + arguments.Direction) * all;
            for (var k = 0; k < all; k++)
            {
                gradient.State += arguments.HiddenGradient[next + k] * arguments.Weight[(unit * all) + k];
            }
        }

        var before = Before(arguments, state);
        if (arguments.HasLengths == 0 || time < arguments.Lengths[sample])
        {
            gradient = TCell.Backward(arguments, row, unit, gradient, before);
        }
        else
        {
            for (var place = (row * all) + unit; place < (row + 1) * all; place += hidden)
            {
                arguments.Gates[place] = 0f;
                arguments.HiddenGradient[place] = 0f;
            }
        }

        arguments.Carry[index] = gradient.State;
        if (TCell.HasSecond)
        {
            arguments.SecondCarry[index] = gradient.Second;
        }

        arguments.Kept[state] = before.State;
    }

    /// <summary>A unit's state before the step: zeros before the first.</summary>
    private static UnitState Before(RecurrentArguments arguments, int state)
    {
        var before = new UnitState();
        if (arguments.Step > 0)
        {
            var place = state - (arguments.Direction * arguments.Hidden);
            before.State = arguments.Output[place];
            before.Second = TCell.HasSecond ? arguments.Kept[place] : 0f;
        }

        return before;
    }
}

/// <summary>What the calls of all recurrent layers have in common.</summary>
internal static class RecurrentCall
{
    /// <summary>Checks the shapes, and adds parameters with PyTorch's names and the op.</summary>
    public static Tensor Add<TCell>(string call, Tensor input, string name, int hidden, Tensor? lengths, bool reverse, int layer)
        where TCell : struct, ICell
    {
        var who = $"{call} '{name}' of {input.Shape}";
        var output = (input.Shape with { Channels = hidden }).Checked(who);
        if (input.Shape.Width != 1)
        {
            throw new ShapeException($"{who}: the input is not (batch, steps, 1, features)");
        }

        if (lengths is not null && lengths.Shape != new Shape(output.Batch, 1))
        {
            throw new ShapeException($"{who}: lengths {lengths.Shape} are not one number a sequence");
        }

        if (lengths is { IsDifferentiable: true })
        {
            throw new ArgumentException($"{who}: lengths '{lengths.Name}' would need a gradient, and have none");
        }

        return input.Graph.Whole(who, () => Add<TCell>(input, name, output, lengths, reverse, layer));
    }

    private static Tensor Add<TCell>(Tensor input, string name, Shape output, Tensor? lengths, bool reverse, int layer)
        where TCell : struct, ICell
    {
        var hidden = output.Channels;
        LinearCall.CheckSizes(new Shape(output.Pixels, input.Shape.Channels), (long)TCell.Gates * hidden);
        LinearCall.CheckSizes(new Shape(output.Pixels, hidden), (long)TCell.Gates * hidden);
        var initial = Initial.PyTorch(hidden);
        var all = new Shape(1, TCell.Gates * hidden);
        Tensor Make(string kind, Layout layout) =>
            input.Graph.Parameter($"{name}.{kind}_l{layer}{(reverse ? "_reverse" : "")}", layout, initial);
        var inputWeight = Make("weight_ih", Layout.Linear(new Shape(1, input.Shape.Channels), all));
        var stateWeight = Make("weight_hh", Layout.Linear(new Shape(1, hidden), all));
        Tensor[] inputs = [input, inputWeight, stateWeight, Make("bias_ih", Layout.Bias(all)), Make("bias_hh", Layout.Bias(all))];
        return new Recurrent<TCell>(name, lengths is null ? inputs : [.. inputs, lengths], output, reverse).Output;
    }
}
