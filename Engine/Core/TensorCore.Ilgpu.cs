using ILGPU.IR.Intrinsics;

namespace Estampa.Engine;

/// <summary>
/// CUDA's tensor cores, by warp: all 32 threads must come to the same call. Layouts as in NVIDIA's PTX ISA, "Matrix Fragments".
/// </summary>
internal static class TensorCore
{
    private const string Sums = "{$0, $1, $2, $3}, {$4, $5, $6, $7}, {$8, $9}, {$10, $11, $12, $13};";

    /// <summary>c + a b for a of 16 x 8 and b of 8 x 8 TF32 numbers.</summary>
    [IntrinsicImplementation, PtxInstruction("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 " + Sums)]
    public static Fragment MultiplyTensorFloat32(uint a0, uint a1, uint a2, uint a3, uint b0, uint b1, Fragment c) =>
        throw new NotSupportedException("tensor cores are CUDA's");

    /// <summary>c + a b for a of 16 x 16 and b of 16 x 8 bfloat16 numbers, two a register.</summary>
    [IntrinsicImplementation, PtxInstruction("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 " + Sums)]
    public static Fragment MultiplyBFloat16(uint a0, uint a1, uint a2, uint a3, uint b0, uint b1, Fragment c) =>
        throw new NotSupportedException("tensor cores are CUDA's");

    /// <summary>The nearest TF32 number, ties away from zero.</summary>
    [IntrinsicImplementation, PtxInstruction("cvt.rna.tf32.f32 $0, $1;")]
    public static uint ToTensorFloat32(float number) => throw new NotSupportedException("tensor cores are CUDA's");

    /// <summary>The nearest bfloat16 numbers, ties to even, <paramref name="low"/> in the lower half.</summary>
    [IntrinsicImplementation, PtxInstruction("cvt.rn.bf16x2.f32 $0, $2, $1;")]
    public static uint ToBFloat16(float low, float high) => throw new NotSupportedException("tensor cores are CUDA's");
}
