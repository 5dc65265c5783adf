namespace Estampa.Data;

/// <summary>What <see cref="SimulatedAlerts"/> makes. The defaults of the fractions are those measured on 2,463 real alerts.</summary>
public sealed record SimulationOptions
{
    /// <summary>Alerts in a simulated file are made together, so that objects stay whole: files hold a multiple of this.</summary>
    public const int BlockLength = 64;

    public ulong Seed { get; init; } = 1;

    /// <summary>Alerts in all. Alert k is the same whatever the count.</summary>
    public long Count { get; init; } = 4000;

    /// <summary>Weights of the classes by alerts (not objects), in the order of <see cref="SimulatedClass"/>; any positive scale.</summary>
    public IReadOnlyList<double> Shares { get; init; } = [1, 1, 1, 1, 1];

    /// <summary>Share of alerts with NaN pixels somewhere.</summary>
    public double NanShare { get; init; } = 0.13;

    /// <summary>Share of alerts with NaN pixels in the central 21 x 21; a part of <see cref="NanShare"/>.</summary>
    public double NanCentreShare { get; init; } = 0.03;

    /// <summary>Share of alerts whose template has -3.4028235e38 where it has no data; a part of <see cref="NanShare"/>.</summary>
    public double FloatMinimumShare { get; init; } = 0.003;

    /// <summary>Share of alerts so near a CCD's edge that their cut-outs are 42 to 62 pixels along one side.</summary>
    public double EdgeShare { get; init; } = 0.008;

    /// <summary>Alerts in one Avro file of <see cref="SimulatedAlerts.WriteFolder"/>.</summary>
    public int AlertsPerFile { get; init; } = 4 * BlockLength;

    /// <summary>Threads that make alerts; 0 for one per processor. The bytes do not depend on it.</summary>
    public int Threads { get; init; }

    /// <exception cref="BadInputException">A value is out of range; it is named.</exception>
    public void Check()
    {
        Require(Count is >= 0 and <= 10_000_000, $"count is {Count}; it must be 0 to 10,000,000");
        Require(Shares.Count == SimulatedClasses.Names.Count, $"{Shares.Count} class shares; five are needed");
        Require(Shares.All(share => share >= 0 && double.IsFinite(share)) && Shares.Any(share => share > 0),
            "class shares must not be negative, and one must be above 0");
        Require(NanShare is >= 0 and <= 1, $"the share of NaN is {NanShare}; it must be 0 to 1");
        Require(NanCentreShare >= 0 && NanCentreShare <= NanShare, "the share of NaN in the centre must be 0 to that of NaN");
        Require(FloatMinimumShare >= 0 && FloatMinimumShare <= NanShare, "the share of -3.4e38 must be 0 to that of NaN");
        Require(EdgeShare is >= 0 and <= 1, $"the share at a CCD's edge is {EdgeShare}; it must be 0 to 1");
        Require(AlertsPerFile > 0 && AlertsPerFile % BlockLength == 0 && AlertsPerFile <= 1024 * BlockLength,
            $"{AlertsPerFile} alerts a file; it must be a multiple of {BlockLength} up to {1024 * BlockLength}");
        Require(Threads is >= 0 and <= 1024, $"{Threads} threads; it must be 0 to 1,024");

        static void Require(bool holds, string otherwise)
        {
            if (!holds)
            {
                throw new BadInputException($"simulation: {otherwise}");
            }
        }
    }
}
