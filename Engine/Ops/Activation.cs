using ILGPU;

namespace Estampa.Engine;

/// <summary>What the activation's kernels read and write.</summary>
public struct ActivationArguments
{
    public ArrayView<float> Input;
    public ArrayView<float> Output;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> InputGradient;
    public int Batch;

    /// <summary>Elements of a sample.</summary>
    public int Sample;
    public int Keep;
}

/// <summary>An activation on every element.</summary>
public sealed class Activation<TActivation> : Op
    where TActivation : struct, IActivation
{
    internal static readonly Kernel<ActivationArguments> ForwardKernel =
        new($"{TActivation.Name}.forward", Forward, ActivationHost<TActivation>.Forward);

    internal static readonly Kernel<ActivationArguments> BackwardKernel =
        new($"{TActivation.Name}.backward", Backward, ActivationHost<TActivation>.Backward);

    internal Activation(Tensor input)
        : base($"{TActivation.Name} of {input.Name}", input.Shape, input)
    {
    }

    public override bool CanRemake => true;

    public override void Forward(Recording recording)
    {
        var arguments = Arguments(recording);
        arguments.Output = recording.Value(Output);
        recording.Launch(ForwardKernel, arguments, Output.Shape.Count);
    }

    public override void Remake(Recording recording) => Forward(recording);

    public override void Backward(Recording recording)
    {
        var arguments = Arguments(recording);
        arguments.OutputGradient = recording.OutputGradient(Output);
        arguments.InputGradient = recording.InputGradient(Inputs[0], out arguments.Keep);
        recording.Launch(BackwardKernel, arguments, Output.Shape.Count);
    }

    private ActivationArguments Arguments(Recording recording) => new()
    {
        Input = recording.Value(Inputs[0]),
        Batch = Output.Shape.Batch,
        Sample = Output.Shape.Sample,
    };

    private static void Forward(Index1D index, ActivationArguments arguments) =>
        arguments.Output[index] = TActivation.Apply(arguments.Input[index]);

    private static void Backward(Index1D index, ActivationArguments arguments)
    {
        var gradient = arguments.OutputGradient[index] * TActivation.Slope(arguments.Input[index]);
        arguments.InputGradient[index] = arguments.Keep == 0 ? gradient : arguments.InputGradient[index] + gradient;
    }
}

/// <summary>The calls that add an activation to a graph.</summary>
public static class ActivationCall
{
    public static Tensor Activate<TActivation>(this Tensor input)
        where TActivation : struct, IActivation => new Activation<TActivation>(input).Output;

    /// <summary>The activation of this name: identity, relu, leaky-relu, sigmoid, tanh or silu.</summary>
    /// <exception cref="ArgumentException">No activation has that name.</exception>
    public static Tensor Activate(this Tensor input, string name) => name switch
    {
        "identity" => input,
        "relu" => input.Activate<Relu>(),
        "leaky-relu" => input.Activate<LeakyRelu>(),
        "sigmoid" => input.Activate<Sigmoid>(),
        "tanh" => input.Activate<Tanh>(),
        "silu" => input.Activate<Silu>(),
        _ => throw new ArgumentException(
            $"no activation '{name}' of '{input.Name}' {input.Shape}; there are identity, relu, leaky-relu, sigmoid, tanh, silu"),
    };
}
