namespace Estampa.Bench;

/// <summary>What this machine can do at most.</summary>
/// <param name="Gflops">Giga floating-point operations a second from registers, two a multiply-add.</param>
/// <param name="Gbytes">Gigabytes a second, read and written, of a copy that no cache holds.</param>
internal sealed record Roof(double Gflops, double Gbytes)
{
    public override string ToString() => $"{Gflops:F0} GFLOP/s multiply-adds, {Gbytes:F1} GB/s copied";
}

/// <summary>Measures a roof again and again during a run; the median of what was measured between the cases counts.</summary>
internal interface IRoofMeter : IDisposable
{
    /// <summary>Of all samples so far.</summary>
    Roof Median { get; }

    void Sample();

    static IRoofMeter Of(Target target) => target.IsProcessor ? new RoofMeter(target.Threads) : new DeviceRoof(target);
}
