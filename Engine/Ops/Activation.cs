using ILGPU;

namespace Estampa.Engine;

/// <summary>What the activation's kernels read and write.</summary>
public struct ActivationArguments
{
    public ArrayView<float> Input;
    public ArrayView<float> Output;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> InputGradient;
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

    public override void Forward(Recording recording) => recording.Launch(
        ForwardKernel,
        new ActivationArguments { Input = recording.Value(Inputs[0]), Output = recording.Value(Output) },
        Output.Shape.Count);

    public override void Backward(Recording recording)
    {
        var arguments = new ActivationArguments
        {
            Input = recording.Value(Inputs[0]),
            OutputGradient = recording.OutputGradient(Output),
        };
        arguments.InputGradient = recording.InputGradient(Inputs[0], out arguments.Keep);
        recording.Launch(BackwardKernel, arguments, Output.Shape.Count);
    }

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
        _ => throw new ArgumentException($"no activation '{name}'; there are identity, relu, leaky-relu, sigmoid, tanh, silu"),
    };
}
