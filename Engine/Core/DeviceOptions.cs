namespace Estampa.Engine;

/// <summary>How exact the products of matrices must be.</summary>
public enum Precision
{
    /// <summary>Strict float32, as the processor has it.</summary>
    Float32,

    /// <summary>Inputs may be rounded to TF32 (10 bits of mantissa); sums in float32.</summary>
    TensorFloat32,

    /// <summary>Inputs may be rounded to bfloat16 (7 bits of mantissa); sums in float32.</summary>
    BFloat16,
}

/// <summary>How a device is opened.</summary>
public sealed record DeviceOptions
{
    /// <summary>Threads of the processor; one a core where null.</summary>
    public int? Threads { get; init; }

    public Precision Precision { get; init; }

    /// <summary>Takes also what no test has proven on such a device yet.</summary>
    public bool Unproven { get; init; }

    /// <summary>Whether the device may replay a recording by itself (a CUDA graph) instead of launch by launch.</summary>
    public bool Capture { get; init; } = true;

    /// <summary>Told, in words, what the device could not do and does in another way.</summary>
    public Action<string> Say { get; init; } = _ => { };
}

/// <summary>A device of this machine, or a kind of which there is none.</summary>
/// <param name="Name">The flag's word for it: cpu, cuda:0, opencl:0.</param>
/// <param name="Description">What it is, in words.</param>
/// <param name="Backend">What proofs count for it: cuda, opencl, opencl-cpu; cpu needs none.</param>
/// <param name="MemoryBytes">0 where unknown.</param>
/// <param name="WhyNot">Why it cannot be used; null where it can.</param>
public sealed record FoundDevice(string Name, string Description, string Backend, long MemoryBytes, string? WhyNot);
