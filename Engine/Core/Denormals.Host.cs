using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Estampa.Engine;

/// <summary>
/// Numbers below 1.2e-38, which processors compute a hundred times more slowly: gradients of samples that a model is sure of get there,
/// and a step of the stamp classifier grew from 0.3 to 9 seconds. Kernels take them for zero, as GPUs do, where the thread can be told to
/// (Linux on x64, by the C library's floating-point environment); elsewhere they stay.
/// </summary>
internal static unsafe partial class Denormals
{
    /// <summary>Flush results to zero, and take operands for zero: bits 15 and 6 of MXCSR.</summary>
    private const uint Flush = 0x8040;

    /// <summary>Whether this machine's threads can be told to.</summary>
    public static bool CanFlush { get; } = Try();

    /// <summary>The thread's kernels take denormal numbers for zero from here on.</summary>
    /// <returns>What <see cref="Restore"/> needs to undo it.</returns>
    public static uint Start()
    {
        if (!CanFlush)
        {
            return 0;
        }

        var environment = default(FloatingPoint);
        _ = Get(&environment);
        var before = environment.Control;
        if ((before & Flush) != Flush)
        {
            environment.Control |= Flush;
            _ = Set(&environment);
        }

        return before;
    }

    /// <summary>The thread computes as before <see cref="Start"/>: code that is not ours expects it.</summary>
    public static void Restore(uint before)
    {
        if (!CanFlush || (before & Flush) == Flush)
        {
            return;
        }

        var environment = default(FloatingPoint);
        _ = Get(&environment);
        environment.Control = before;
        _ = Set(&environment);
    }

    private static bool Try()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return false;
        }

        try
        {
            var environment = default(FloatingPoint);
            return Get(&environment) == 0;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libm.so.6", EntryPoint = "fegetenv")]
    [SuppressGCTransition]
    private static partial int Get(FloatingPoint* environment);

    [LibraryImport("libm.so.6", EntryPoint = "fesetenv")]
    [SuppressGCTransition]
    private static partial int Set(FloatingPoint* environment);

    /// <summary>The C library's fenv_t on x64: 28 bytes of the old unit's state, then MXCSR.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct FloatingPoint
    {
        public OldUnit Old;
        public uint Control;
    }

    [InlineArray(7)]
    private struct OldUnit
    {
        private uint first;
    }
}
