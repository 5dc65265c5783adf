using System.Runtime.CompilerServices;

namespace Estampa.Engine;

/// <summary>
/// The tensor cores' products of a warp (PTX: mma.sync), executed lane by lane in the layout of PTX's fragments, where a lane's row is
/// lane / 4 and its column lane % 4. Products are exact and sums are rounded once; hardware may round differently.
/// </summary>
internal static class TensorCore
{
    /// <summary>The bits of a float that TF32 has.</summary>
    private const uint TensorFloat32Bits = 0xFFFFE000;

    /// <summary>
    /// C += A B with A of 16 x 8, B of 8 x 8 and C of 16 x 8 numbers. Of A, a0 to a3 are rows r and r + 8 of column c, then of column
    /// c + 4; of B, b0 and b1 are rows c and c + 4 of column r.
    /// </summary>
    public static Fragment MultiplyTensorFloat32(
        uint a0, uint a1, uint a2, uint a3, uint b0, uint b1, Fragment c,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        Multiply(
            a0, a1, a2, a3, b0, b1, c, new Place("mma of TF32", file, line),
            static warp => Execute(warp, depth: 8, static (register, k) => Float(register & TensorFloat32Bits), perRegister: 1));

    /// <summary>
    /// C += A B with A of 16 x 16, B of 16 x 8 and C of 16 x 8 numbers, two in a register, the lower half first. Of A, a0 to a3 are rows r
    /// and r + 8 of columns 2c and 2c + 1, then of those 8 further; of B, b0 and b1 are rows 2c and 2c + 1 of column r, and those 8 below.
    /// </summary>
    public static Fragment MultiplyBFloat16(
        uint a0, uint a1, uint a2, uint a3, uint b0, uint b1, Fragment c,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        Multiply(
            a0, a1, a2, a3, b0, b1, c, new Place("mma of bfloat16", file, line),
            static warp => Execute(
                warp, depth: 16, static (register, k) => Float(k % 2 == 0 ? register << 16 : register & 0xFFFF0000), perRegister: 2));

    /// <summary>To the nearest of 10 bits of mantissa, ties away from zero (PTX: cvt.rna.tf32.f32).</summary>
    public static uint ToTensorFloat32(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsFinite(value) ? (bits + 0x1000) & TensorFloat32Bits : float.IsNaN(value) ? 0x7FFFE000 : bits;
    }

    /// <summary>Two numbers to the nearest of 7 bits of mantissa, ties to even (PTX: cvt.rn.bf16x2.f32).</summary>
    public static uint ToBFloat16(float low, float high) => Half(low) | (Half(high) << 16);

    private static uint Half(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? 0x7FFF : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    }

    private static double Float(uint bits) => BitConverter.UInt32BitsToSingle(bits);

    private static Fragment Multiply(
        uint a0, uint a1, uint a2, uint a3, uint b0, uint b1, Fragment c, Place place, Action<CheckedWarp> instruction)
    {
        var thread = CheckedThread.Here;
        var operands = thread.Operands;
        (operands[0], operands[1], operands[2], operands[3], operands[4], operands[5]) = (a0, a1, a2, a3, b0, b1);
        thread.Sum = c;
        thread.Meet(place, instruction);
        return thread.Sum;
    }

    private static void Execute(CheckedWarp warp, int depth, Func<uint, int, double> number, int perRegister)
    {
        if (warp.Lanes.Length < CheckedWarp.MostLanes)
        {
            throw warp.Lanes[0].Fault($"multiplies on tensor cores with a warp of {warp.Lanes.Length} threads");
        }

        Span<double> a = stackalloc double[16 * depth], b = stackalloc double[depth * 8];
        var half = depth / 2;
        for (var lane = 0; lane < CheckedWarp.MostLanes; lane++)
        {
            int row = lane / 4, column = lane % 4 * perRegister;
            var operands = warp.Lanes[lane].Operands;
            for (var k = 0; k < perRegister; k++)
            {
                a[(row * depth) + column + k] = number(operands[0], k);
                a[((row + 8) * depth) + column + k] = number(operands[1], k);
                a[(row * depth) + column + half + k] = number(operands[2], k);
                a[((row + 8) * depth) + column + half + k] = number(operands[3], k);
                b[((column + k) * 8) + row] = number(operands[4], k);
                b[((column + half + k) * 8) + row] = number(operands[5], k);
            }
        }

        foreach (var lane in warp.Lanes)
        {
            int row = lane.Index % CheckedWarp.MostLanes / 4, column = lane.Index % 4 * 2;
            var sum = lane.Sum;
            sum.A = Add(sum.A, a, b, depth, row, column);
            sum.B = Add(sum.B, a, b, depth, row, column + 1);
            sum.C = Add(sum.C, a, b, depth, row + 8, column);
            sum.D = Add(sum.D, a, b, depth, row + 8, column + 1);
            lane.Sum = sum;
        }
    }

    private static float Add(double sum, ReadOnlySpan<double> a, ReadOnlySpan<double> b, int depth, int row, int column)
    {
        for (var k = 0; k < depth; k++)
        {
            sum += a[(row * depth) + k] * b[(k * 8) + column];
        }

        return (float)sum;
    }
}
