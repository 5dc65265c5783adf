using System.Numerics.Tensors;
using ILGPU;
using ILGPU.Algorithms;

namespace Estampa.Engine;

/// <summary>
/// An activation as a type, so that the compiler makes one kernel for each. Spans serve the host route; the slope is the derivative
/// at the input.
/// </summary>
public interface IActivation
{
    static abstract string Name { get; }

    static abstract float Apply(float input);

    static abstract float Slope(float input);

    /// <summary>On many numbers at once; both spans may be the same memory.</summary>
    static abstract void Apply(ReadOnlySpan<float> inputs, Span<float> outputs);
}

/// <summary>f(x) = x.</summary>
public readonly struct Identity : IActivation
{
    public static string Name => "identity";

    public static float Apply(float input) => input;

    public static float Slope(float input) => 1f;

    public static void Apply(ReadOnlySpan<float> inputs, Span<float> outputs) => inputs.CopyTo(outputs);
}

/// <summary>f(x) = max(x, 0); the slope at 0 is 0, as in PyTorch.</summary>
public readonly struct Relu : IActivation
{
    public static string Name => "relu";

    public static float Apply(float input) => input > 0f ? input : 0f;

    public static float Slope(float input) => input > 0f ? 1f : 0f;

    public static void Apply(ReadOnlySpan<float> inputs, Span<float> outputs) => TensorPrimitives.Max(inputs, 0f, outputs);
}

/// <summary>f(x) = x above 0, 0.01 x below.</summary>
public readonly struct LeakyRelu : IActivation
{
    private const float Leak = 0.01f;

    public static string Name => "leaky-relu";

    public static float Apply(float input) => input > 0f ? input : Leak * input;

    public static float Slope(float input) => input > 0f ? 1f : Leak;

    public static void Apply(ReadOnlySpan<float> inputs, Span<float> outputs)
    {
        for (var element = 0; element < inputs.Length; element++)
        {
            outputs[element] = Apply(inputs[element]);
        }
    }
}

/// <summary>f(x) = 1 / (1 + exp(-x)).</summary>
public readonly struct Sigmoid : IActivation
{
    public static string Name => "sigmoid";

    public static float Apply(float input) => 1f / (1f + XMath.Exp(-input));

    public static float Slope(float input)
    {
        var output = Apply(input);
        return output * (1f - output);
    }

    public static void Apply(ReadOnlySpan<float> inputs, Span<float> outputs) => TensorPrimitives.Sigmoid(inputs, outputs);
}

/// <summary>f(x) = tanh(x).</summary>
public readonly struct Tanh : IActivation
{
    public static string Name => "tanh";

    public static float Apply(float input) => XMath.Tanh(input);

    public static float Slope(float input)
    {
        var output = XMath.Tanh(input);
        return 1f - (output * output);
    }

    public static void Apply(ReadOnlySpan<float> inputs, Span<float> outputs) => TensorPrimitives.Tanh(inputs, outputs);
}

/// <summary>f(x) = x / (1 + exp(-x)), also called swish (Elfwing et al. 2017, arXiv:1702.03118).</summary>
public readonly struct Silu : IActivation
{
    private const int Block = 256;

    public static string Name => "silu";

    public static float Apply(float input) => input / (1f + XMath.Exp(-input));

    public static float Slope(float input)
    {
        var gate = 1f / (1f + XMath.Exp(-input));
        return gate * (1f + (input * (1f - gate)));
    }

    public static void Apply(ReadOnlySpan<float> inputs, Span<float> outputs)
    {
        // The inputs are read again after the gates are known, so those need room of their own.
        Span<float> gates = stackalloc float[Block];
        for (var start = 0; start < inputs.Length; start += Block)
        {
            var count = Math.Min(Block, inputs.Length - start);
            TensorPrimitives.Sigmoid(inputs.Slice(start, count), gates);
            TensorPrimitives.Multiply(inputs.Slice(start, count), gates[..count], outputs[start..]);
        }
    }
}

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
    /// <summary>Elements that a thread takes at a time.</summary>
    private const int Grain = 16384;

    internal static readonly Kernel<ActivationArguments> ForwardKernel = new(
        $"{TActivation.Name}.forward", Forward, new HostRoute<ActivationArguments>(a => (int)a.Output.Length, Grain, ForwardHost));

    internal static readonly Kernel<ActivationArguments> BackwardKernel = new(
        $"{TActivation.Name}.backward", Backward, new HostRoute<ActivationArguments>(a => (int)a.Input.Length, Grain, BackwardHost));

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

    private static unsafe void ForwardHost(in ActivationArguments arguments, int first, int end) => TActivation.Apply(
        new ReadOnlySpan<float>(HostMemory.Address(arguments.Input) + first, end - first),
        new Span<float>(HostMemory.Address(arguments.Output) + first, end - first));

    private static unsafe void BackwardHost(in ActivationArguments arguments, int first, int end)
    {
        float* input = HostMemory.Address(arguments.Input), gradient = HostMemory.Address(arguments.OutputGradient);
        var target = HostMemory.Address(arguments.InputGradient);
        for (var element = first; element < end; element++)
        {
            var slope = gradient[element] * TActivation.Slope(input[element]);
            target[element] = arguments.Keep == 0 ? slope : target[element] + slope;
        }
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
