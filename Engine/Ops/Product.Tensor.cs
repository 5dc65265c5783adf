using ILGPU;

namespace Estampa.Engine;

/// <summary>Registers of one thread that hold its part of the left factor of a warp's product: 16 rows.</summary>
internal struct LeftFactor
{
    public uint A;
    public uint B;
    public uint C;
    public uint D;
}

/// <summary>Registers of one thread that hold its part of the right factor of a warp's product: 8 columns.</summary>
internal struct RightFactor
{
    public uint A;
    public uint B;
}

/// <summary>
/// Numbers that tensor cores multiply. Thread 4 g + t of a warp holds, of the left factor, rows g and g + 8, of the right one column g,
/// and of the terms those that t says. A factor's elements lie <c>row</c>, <c>column</c> and <c>term</c> floats apart.
/// </summary>
internal interface ITensorNumber
{
    /// <summary>Terms of one product.</summary>
    static abstract int Terms { get; }

    /// <param name="numbers">Shared memory.</param>
    /// <param name="place">Where row g of the first term lies.</param>
    /// <param name="row">Floats from a row to the next.</param>
    /// <param name="term">Floats from a term to the next.</param>
    /// <param name="t">Lane % 4.</param>
    static abstract LeftFactor Left(ArrayView<float> numbers, int place, int row, int term, int t);

    static abstract RightFactor Right(ArrayView<float> numbers, int place, int term, int t);

    static abstract Fragment Multiply(LeftFactor left, RightFactor right, Fragment sums);
}

/// <summary>TF32: a float's range with 10 bits of mantissa; terms t and t + 4 of 8.</summary>
internal struct TensorFloat32 : ITensorNumber
{
    public static int Terms => 8;

    public static LeftFactor Left(ArrayView<float> numbers, int place, int row, int term, int t)
    {
        var first = place + (t * term);
        LeftFactor factor = default;
        factor.A = TensorCore.ToTensorFloat32(numbers[first]);
        factor.B = TensorCore.ToTensorFloat32(numbers[first + (8 * row)]);
        factor.C = TensorCore.ToTensorFloat32(numbers[first + (4 * term)]);
        factor.D = TensorCore.ToTensorFloat32(numbers[first + (4 * term) + (8 * row)]);
        return factor;
    }

    public static RightFactor Right(ArrayView<float> numbers, int place, int term, int t)
    {
        var first = place + (t * term);
        RightFactor factor = default;
        factor.A = TensorCore.ToTensorFloat32(numbers[first]);
        factor.B = TensorCore.ToTensorFloat32(numbers[first + (4 * term)]);
        return factor;
    }

    public static Fragment Multiply(LeftFactor left, RightFactor right, Fragment sums) =>
        TensorCore.MultiplyTensorFloat32(left.A, left.B, left.C, left.D, right.A, right.B, sums);
}

/// <summary>bfloat16: a float's range with 7 bits of mantissa; terms 2t, 2t + 1, 2t + 8 and 2t + 9 of 16.</summary>
internal struct BFloat16 : ITensorNumber
{
    public static int Terms => 16;

    public static LeftFactor Left(ArrayView<float> numbers, int place, int row, int term, int t)
    {
        var first = place + (2 * t * term);
        LeftFactor factor = default;
        factor.A = Pair(numbers, first, term);
        factor.B = Pair(numbers, first + (8 * row), term);
        factor.C = Pair(numbers, first + (8 * term), term);
        factor.D = Pair(numbers, first + (8 * term) + (8 * row), term);
        return factor;
    }

    public static RightFactor Right(ArrayView<float> numbers, int place, int term, int t)
    {
        var first = place + (2 * t * term);
        RightFactor factor = default;
        factor.A = Pair(numbers, first, term);
        factor.B = Pair(numbers, first + (8 * term), term);
        return factor;
    }

    public static Fragment Multiply(LeftFactor left, RightFactor right, Fragment sums) =>
        TensorCore.MultiplyBFloat16(left.A, left.B, left.C, left.D, right.A, right.B, sums);

    private static uint Pair(ArrayView<float> numbers, int place, int term) =>
        TensorCore.ToBFloat16(numbers[place], numbers[place + term]);
}
