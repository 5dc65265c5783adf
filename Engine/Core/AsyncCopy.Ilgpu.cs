using ILGPU;
using ILGPU.IR.Intrinsics;

namespace Estampa.Engine;

/// <summary>
/// CUDA's copies from global to shared memory that pass no register and wait for nobody (cp.async). A thread sees its own after
/// <see cref="Wait"/>, others after a barrier behind that.
/// </summary>
internal static class AsyncCopy
{
    /// <summary>Copies four floats; zeros where not <paramref name="isThere"/>, and then <paramref name="from"/> is 0.</summary>
    public static void Quad(ArrayView<Quad> target, int to, ArrayView<Quad> source, int from, bool isThere) =>
        Copy(ref target[to], ref source[from], isThere ? 16 : 0);

    /// <summary>Makes one group of this thread's copies since the last.</summary>
    [IntrinsicImplementation, PtxInstruction("cp.async.commit_group;")]
    public static void Commit() => throw new NotSupportedException("asynchronous copies are CUDA's");

    /// <summary>Waits until all but the last <paramref name="pending"/> groups of this thread have arrived.</summary>
    public static void Wait(int pending)
    {
        if (pending == 0)
        {
            WaitForAll();
        }
        else
        {
            WaitForAllButOne();
        }
    }

    [IntrinsicImplementation, PtxInstruction("cp.async.wait_group 0;")]
    private static void WaitForAll() => throw new NotSupportedException("asynchronous copies are CUDA's");

    [IntrinsicImplementation, PtxInstruction("cp.async.wait_group 1;")]
    private static void WaitForAllButOne() => throw new NotSupportedException("asynchronous copies are CUDA's");

    /// <summary>The third operand says how many bytes are read; the others of the 16 become zero.</summary>
    [IntrinsicImplementation, PtxInstruction(
        "{ .reg .u32 near; cvt.u32.u64 near, $0; cp.async.ca.shared.global [near], [$1], 16, $2; }")]
    private static void Copy(ref Quad target, ref Quad source, int bytes) =>
        throw new NotSupportedException("asynchronous copies are CUDA's");
}
