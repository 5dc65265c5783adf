using ILGPU;

namespace Estampa.Engine;

/// <summary>What the linear layer's kernels read and write.</summary>
public struct LinearArguments
{
    public ArrayView<float> Input;
    public ArrayView<float> Weight;
    public ArrayView<float> Bias;
    public ArrayView<float> Output;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> InputGradient;
    public ArrayView<float> WeightGradient;
    public ArrayView<float> BiasGradient;

    /// <summary>Working memory of the routes that need some.</summary>
    public ArrayView<float> Working;
    public int Batch;
    public int Inputs;
    public int Outputs;
    public int Keep;
    public int KeepBias;
}

/// <summary>
/// A linear layer, y[b, o] = bias[o] + sum over i of x[b, i] weight[i, o]. Weights lie as (in, out) here and (out, in) in files; where
/// an input or output is a flattened image, its file order is (channels, height, width).
/// </summary>
public sealed class Linear : Op
{
    internal static readonly Kernel<LinearArguments> ForwardKernel = new("linear.forward", Forward, LinearHost.Forward)
    {
        Devices = LinearGrouped.Forward,
    };

    internal static readonly Kernel<LinearArguments> InputKernel = new("linear.inputGradient", InputGradient, LinearHost.InputGradient)
    {
        Devices = LinearGrouped.InputGradient,
    };

    internal static readonly Kernel<LinearArguments> WeightKernel = new("linear.weightGradient", WeightGradient, LinearHost.WeightGradient)
    {
        Devices = LinearGrouped.WeightGradient,
    };

    private readonly int inputs;
    private readonly Scratch forwardWorking;
    private readonly Scratch packedWeights;
    private readonly Scratch backwardWorking;

    internal Linear(string name, Tensor input, Tensor weight, Tensor bias, Shape output)
        : base(name, output, input, weight, bias)
    {
        inputs = input.Shape.Sample;
        var arguments = new LinearArguments { Batch = output.Batch, Inputs = inputs, Outputs = output.Sample };
        var forwardParts = Products.Working<LinearForward, LinearArguments>(arguments);
        var inputParts = Products.Working<LinearInputGradient, LinearArguments>(arguments);
        var weightParts = Products.Working<LinearWeightGradient, LinearArguments>(arguments);
        forwardWorking = new Scratch(LinearHost.ForwardWorking(inputs, output.Sample), grouped: forwardParts);
        packedWeights = new Scratch(LinearHost.ForwardWorking(inputs, output.Sample), lasts: true, forwardParts);
        backwardWorking = new Scratch(
            LinearHost.BackwardWorking(output.Batch, inputs, output.Sample), grouped: Math.Max(inputParts, weightParts));
    }

    public override long Flops => 2L * Output.Shape.Count * inputs;

    public override void Forward(Recording recording)
    {
        var arguments = Arguments(recording, recording.Training ? forwardWorking : packedWeights);
        arguments.Bias = recording.Value(Inputs[2]);
        arguments.Output = recording.Value(Output);
        recording.Launch(ForwardKernel, arguments, Output.Shape.Count);
    }

    public override void Backward(Recording recording)
    {
        var arguments = Arguments(recording, backwardWorking);
        arguments.OutputGradient = recording.OutputGradient(Output);
        arguments.WeightGradient = recording.InputGradient(Inputs[1], out arguments.Keep);
        arguments.BiasGradient = recording.InputGradient(Inputs[2], out arguments.KeepBias);
        recording.Launch(WeightKernel, arguments, (inputs + 1) * Output.Shape.Sample);
        if (Inputs[0].IsDifferentiable)
        {
            arguments.InputGradient = recording.InputGradient(Inputs[0], out arguments.Keep);
            recording.Launch(InputKernel, arguments, Inputs[0].Shape.Count);
        }
    }

    private LinearArguments Arguments(Recording recording, Scratch working) => new()
    {
        Input = recording.Value(Inputs[0]),
        Weight = recording.Value(Inputs[1]),
        Working = recording.Scratch(working),
        Batch = Output.Shape.Batch,
        Inputs = inputs,
        Outputs = Output.Shape.Sample,
    };

    private static void Forward(Index1D index, LinearArguments arguments)
    {
        var output = index % arguments.Outputs;
        var row = index / arguments.Outputs * arguments.Inputs;
        var sum = arguments.Bias[output];
        for (var i = 0; i < arguments.Inputs; i++)
        {
            sum += arguments.Input[row + i] * arguments.Weight[(i * arguments.Outputs) + output];
        }

        arguments.Output[index] = sum;
    }

    private static void InputGradient(Index1D index, LinearArguments arguments)
    {
        var input = index % arguments.Inputs;
        var row = index / arguments.Inputs * arguments.Outputs;
        var sum = 0f;
        for (var o = 0; o < arguments.Outputs; o++)
        {
            sum += arguments.OutputGradient[row + o] * arguments.Weight[(input * arguments.Outputs) + o];
        }

        arguments.InputGradient[index] = arguments.Keep == 0 ? sum : arguments.InputGradient[index] + sum;
    }

    /// <summary>One call a weight, then one a bias.</summary>
    private static void WeightGradient(Index1D index, LinearArguments arguments)
    {
        var output = index % arguments.Outputs;
        var input = index / arguments.Outputs;
        var sum = 0f;
        if (input == arguments.Inputs)
        {
            for (var b = 0; b < arguments.Batch; b++)
            {
                sum += arguments.OutputGradient[(b * arguments.Outputs) + output];
            }

            arguments.BiasGradient[output] = arguments.KeepBias == 0 ? sum : arguments.BiasGradient[output] + sum;
            return;
        }

        for (var b = 0; b < arguments.Batch; b++)
        {
            sum += arguments.Input[(b * arguments.Inputs) + input] * arguments.OutputGradient[(b * arguments.Outputs) + output];
        }

        arguments.WeightGradient[index] = arguments.Keep == 0 ? sum : arguments.WeightGradient[index] + sum;
    }
}

/// <summary>The call that adds a linear layer to a graph.</summary>
public static class LinearCall
{
    /// <summary>Every sample, flattened, times a matrix: (batch, outputs).</summary>
    public static Tensor Linear(this Tensor input, string name, int outputs, InitialRule? initial = null) =>
        input.Linear(name, new Shape(input.Shape.Batch, outputs), initial);

    /// <summary>
    /// Every sample, flattened, times a matrix, as images of <paramref name="output"/>. An input that is an image is flattened in
    /// PyTorch's order as far as files are concerned, so do not call Flatten before it.
    /// </summary>
    /// <exception cref="ShapeException">The batch of the output is not the input's.</exception>
    public static Tensor Linear(this Tensor input, string name, Shape output, InitialRule? initial = null)
    {
        var who = $"Linear '{name}' of {input.Shape}";
        if (output.Checked(who).Batch != input.Shape.Batch)
        {
            throw new ShapeException($"{who}: input and output {output} differ in their batch");
        }

        return input.Graph.Whole(who, () => Add(input, name, output, initial));
    }

    /// <summary>Room for what routes round up: rows of numbers to whole vectors.</summary>
    internal static void CheckSizes(Shape rows, long outputs)
    {
        if (Shape.IsTooMany(rows.Sample + 16L, outputs + 16) || Shape.IsTooMany(rows.Batch, outputs + 16))
        {
            throw new ShapeException($"a matrix from {rows.Sample} to {outputs} numbers and its product with {rows.Batch} rows have more"
                + " than 2^31 - 1 elements");
        }
    }

    private static Tensor Add(Tensor input, string name, Shape output, InitialRule? initial)
    {
        CheckSizes(input.Shape, output.Sample);
        int fanIn = input.Shape.Sample, fanOut = output.Sample;
        var weights = initial?.Invoke(fanIn, fanOut) ?? Initial.PyTorch(fanIn);
        var weight = input.Graph.Parameter($"{name}.weight", Layout.Linear(input.Shape, output), weights);
        var bias = input.Graph.Parameter($"{name}.bias", Layout.Bias(output), Initial.PyTorch(fanIn));
        return new Linear(name, input, weight, bias, output).Output;
    }
}
