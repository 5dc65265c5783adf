using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Estampa.Engine;

/// <summary>
/// A vector of floats as wide as the processor has them. Host kernels are written once over this interface; a struct argument picks
/// the width, and the compiler makes one version for each.
/// </summary>
public unsafe interface ILanes<TVector>
    where TVector : struct
{
    static abstract int Count { get; }

    static abstract TVector Zero { get; }

    static abstract TVector Load(float* address);

    static abstract void Store(TVector vector, float* address);

    static abstract TVector Broadcast(float value);

    static abstract TVector Add(TVector first, TVector second);

    static abstract TVector Subtract(TVector first, TVector second);

    static abstract TVector Multiply(TVector first, TVector second);

    static abstract TVector Divide(TVector first, TVector second);

    /// <summary>
    /// Lane by lane <paramref name="then"/> where <paramref name="tested"/> is above 0, <paramref name="otherwise"/> elsewhere.
    /// </summary>
    static abstract TVector WherePositive(TVector tested, TVector then, TVector otherwise);

    /// <summary>e to the power of each lane.</summary>
    static abstract TVector Exp(TVector vector);

    /// <summary>The nearest whole numbers.</summary>
    static abstract TVector Round(TVector vector);

    /// <summary>vector * 2^power, for whole powers of -150 to 129.</summary>
    static abstract TVector Scale(TVector vector, TVector power);

    static abstract TVector Sqrt(TVector vector);

    /// <summary>first * second + third, rounded once where the processor can.</summary>
    static abstract TVector MultiplyAdd(TVector first, TVector second, TVector third);

    static abstract float Sum(TVector vector);
}

internal readonly unsafe struct Lanes512 : ILanes<Vector512<float>>
{
    public static int Count => 16;

    public static Vector512<float> Zero => Vector512<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* address) => Vector512.Load(address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> vector, float* address) => vector.Store(address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> first, Vector512<float> second) => first + second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Subtract(Vector512<float> first, Vector512<float> second) => first - second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Multiply(Vector512<float> first, Vector512<float> second) => first * second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Divide(Vector512<float> first, Vector512<float> second) => first / second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> WherePositive(Vector512<float> tested, Vector512<float> then, Vector512<float> otherwise) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(tested, Vector512<float>.Zero), then, otherwise);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> vector) => Exponential.Of<Lanes512, Vector512<float>>(vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Round(Vector512<float> vector) => Vector512.Round(vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Scale(Vector512<float> vector, Vector512<float> power) => Avx512F.Scale(vector, power);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sqrt(Vector512<float> vector) => Vector512.Sqrt(vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> first, Vector512<float> second, Vector512<float> third) =>
        Vector512.MultiplyAddEstimate(first, second, third);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<float> vector) => Vector512.Sum(vector);
}

internal readonly unsafe struct Lanes256 : ILanes<Vector256<float>>
{
    public static int Count => 8;

    public static Vector256<float> Zero => Vector256<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* address) => Vector256.Load(address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> vector, float* address) => vector.Store(address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> first, Vector256<float> second) => first + second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Subtract(Vector256<float> first, Vector256<float> second) => first - second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Multiply(Vector256<float> first, Vector256<float> second) => first * second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Divide(Vector256<float> first, Vector256<float> second) => first / second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> WherePositive(Vector256<float> tested, Vector256<float> then, Vector256<float> otherwise) =>
        Vector256.ConditionalSelect(Vector256.GreaterThan(tested, Vector256<float>.Zero), then, otherwise);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> vector) => Exponential.Of<Lanes256, Vector256<float>>(vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Round(Vector256<float> vector) => Vector256.Round(vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Scale(Vector256<float> vector, Vector256<float> power)
    {
        // In two steps, each by a power that a float has.
        Vector256<int> whole = Vector256.ConvertToInt32(power), half = whole >> 1;
        var scaled = vector * Vector256.AsSingle((half + Vector256.Create(127)) << 23);
        return scaled * Vector256.AsSingle((whole - half + Vector256.Create(127)) << 23);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Sqrt(Vector256<float> vector) => Vector256.Sqrt(vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> first, Vector256<float> second, Vector256<float> third) =>
        Vector256.MultiplyAddEstimate(first, second, third);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> vector) => Vector256.Sum(vector);
}

internal readonly unsafe struct Lanes128 : ILanes<Vector128<float>>
{
    public static int Count => 4;

    public static Vector128<float> Zero => Vector128<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(float* address) => Vector128.Load(address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<float> vector, float* address) => vector.Store(address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Broadcast(float value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Add(Vector128<float> first, Vector128<float> second) => first + second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Subtract(Vector128<float> first, Vector128<float> second) => first - second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Multiply(Vector128<float> first, Vector128<float> second) => first * second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Divide(Vector128<float> first, Vector128<float> second) => first / second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> WherePositive(Vector128<float> tested, Vector128<float> then, Vector128<float> otherwise) =>
        Vector128.ConditionalSelect(Vector128.GreaterThan(tested, Vector128<float>.Zero), then, otherwise);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Exp(Vector128<float> vector) => Exponential.Of<Lanes128, Vector128<float>>(vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Round(Vector128<float> vector) => Vector128.Round(vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Scale(Vector128<float> vector, Vector128<float> power)
    {
        // In two steps, each by a power that a float has.
        Vector128<int> whole = Vector128.ConvertToInt32(power), half = whole >> 1;
        var scaled = vector * Vector128.AsSingle((half + Vector128.Create(127)) << 23);
        return scaled * Vector128.AsSingle((whole - half + Vector128.Create(127)) << 23);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sqrt(Vector128<float> vector) => Vector128.Sqrt(vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAdd(Vector128<float> first, Vector128<float> second, Vector128<float> third) =>
        Vector128.MultiplyAddEstimate(first, second, third);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector128<float> vector) => Vector128.Sum(vector);
}

/// <summary>A vector of one lane, for the elements that no whole vector covers.</summary>
internal readonly unsafe struct Lane : ILanes<float>
{
    public static int Count => 1;

    public static float Zero => 0f;

    public static float Load(float* address) => *address;

    public static void Store(float vector, float* address) => *address = vector;

    public static float Broadcast(float value) => value;

    public static float Add(float first, float second) => first + second;

    public static float Subtract(float first, float second) => first - second;

    public static float Multiply(float first, float second) => first * second;

    public static float Divide(float first, float second) => first / second;

    public static float WherePositive(float tested, float then, float otherwise) => tested > 0f ? then : otherwise;

    public static float Exp(float vector) => MathF.Exp(vector);

    public static float Round(float vector) => MathF.Round(vector);

    public static float Scale(float vector, float power) => MathF.ScaleB(vector, (int)power);

    public static float Sqrt(float vector) => MathF.Sqrt(vector);

    public static float MultiplyAdd(float first, float second, float third) => float.MultiplyAddEstimate(first, second, third);

    public static float Sum(float vector) => vector;
}
