using ILGPU.Algorithms;

namespace Estampa.Engine;

/// <summary>
/// An activation as a type, so that the compiler makes one kernel for each: scalar for the portable route, vectors for the host route.
/// The slope is the derivative at the input.
/// </summary>
public interface IActivation
{
    static abstract string Name { get; }

    static abstract float Apply(float input);

    static abstract float Slope(float input);

    static abstract TVector Apply<TLanes, TVector>(TVector input)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct;

    static abstract TVector Slope<TLanes, TVector>(TVector input)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct;
}

/// <summary>f(x) = x.</summary>
public readonly struct Identity : IActivation
{
    public static string Name => "identity";

    public static float Apply(float input) => input;

    public static float Slope(float input) => 1f;

    public static TVector Apply<TLanes, TVector>(TVector input)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => input;

    public static TVector Slope<TLanes, TVector>(TVector input)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Broadcast(1f);
}

/// <summary>f(x) = max(x, 0), and NaN of NaN, so that nothing hides it; the slope at 0 is 0. Both as in PyTorch.</summary>
public readonly struct Relu : IActivation
{
    public static string Name => "relu";

    public static float Apply(float input) => input < 0f ? 0f : input;

    public static float Slope(float input) => input > 0f ? 1f : 0f;

    public static TVector Apply<TLanes, TVector>(TVector input)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.WherePositive(TLanes.Subtract(TLanes.Zero, input), TLanes.Zero, input);

    public static TVector Slope<TLanes, TVector>(TVector input)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.WherePositive(input, TLanes.Broadcast(1f), TLanes.Zero);
}

/// <summary>f(x) = x above 0, 0.01 x below.</summary>
public readonly struct LeakyRelu : IActivation
{
    private const float Leak = 0.01f;

    public static string Name => "leaky-relu";

    public static float Apply(float input) => input > 0f ? input : Leak * input;

    public static float Slope(float input) => input > 0f ? 1f : Leak;

    public static TVector Apply<TLanes, TVector>(TVector input)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.WherePositive(input, input, TLanes.Multiply(input, TLanes.Broadcast(Leak)));

    public static TVector Slope<TLanes, TVector>(TVector input)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.WherePositive(input, TLanes.Broadcast(1f), TLanes.Broadcast(Leak));
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

    public static TVector Apply<TLanes, TVector>(TVector input)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var one = TLanes.Broadcast(1f);
        return TLanes.Divide(one, TLanes.Add(one, TLanes.Exp(TLanes.Subtract(TLanes.Zero, input))));
    }

    public static TVector Slope<TLanes, TVector>(TVector input)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var output = Apply<TLanes, TVector>(input);
        return TLanes.Multiply(output, TLanes.Subtract(TLanes.Broadcast(1f), output));
    }
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

    public static TVector Apply<TLanes, TVector>(TVector input)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        // 2 sigmoid(2x) - 1, which no exponential can make NaN.
        var twice = TLanes.Add(input, input);
        var gate = Sigmoid.Apply<TLanes, TVector>(twice);
        return TLanes.Subtract(TLanes.Add(gate, gate), TLanes.Broadcast(1f));
    }

    public static TVector Slope<TLanes, TVector>(TVector input)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var output = Apply<TLanes, TVector>(input);
        return TLanes.Subtract(TLanes.Broadcast(1f), TLanes.Multiply(output, output));
    }
}

/// <summary>f(x) = x / (1 + exp(-x)), also called swish (Elfwing et al. 2017, arXiv:1702.03118).</summary>
public readonly struct Silu : IActivation
{
    public static string Name => "silu";

    public static float Apply(float input) => input / (1f + XMath.Exp(-input));

    public static float Slope(float input)
    {
        var gate = 1f / (1f + XMath.Exp(-input));
        return gate * (1f + (input * (1f - gate)));
    }

    public static TVector Apply<TLanes, TVector>(TVector input)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Multiply(input, Sigmoid.Apply<TLanes, TVector>(input));

    public static TVector Slope<TLanes, TVector>(TVector input)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var one = TLanes.Broadcast(1f);
        var gate = Sigmoid.Apply<TLanes, TVector>(input);
        return TLanes.Multiply(gate, TLanes.MultiplyAdd(input, TLanes.Subtract(one, gate), one));
    }
}
