namespace ILGPU.Algorithms;

/// <summary>The functions of ILGPU.Algorithms' XMath that kernels use; on the processor that one calls MathF too, so bits agree.</summary>
public static class XMath
{
    public static float Exp(float value) => MathF.Exp(value);

    public static float Log(float value) => MathF.Log(value);

    public static float Sqrt(float value) => MathF.Sqrt(value);

    public static float Cos(float value) => MathF.Cos(value);

    public static float Sin(float value) => MathF.Sin(value);

    public static float Tanh(float value) => MathF.Tanh(value);

    public static float Abs(float value) => MathF.Abs(value);

    public static float Max(float first, float second) => MathF.Max(first, second);

    public static float Min(float first, float second) => MathF.Min(first, second);
}
