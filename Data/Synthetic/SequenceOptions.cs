namespace Estampa.Data;

/// <summary>
/// What <see cref="SimulatedSequences"/> makes. The detector is the one CCD of DECam that Carrasco-Davis et al. (2019) took.
/// </summary>
public sealed record SequenceOptions
{
    /// <summary>Side of a frame, pixels.</summary>
    public const int Side = 21;

    /// <summary>Sequences at most: their frames still fit an array.</summary>
    public const int Most = 150_000;

    public ulong Seed { get; init; } = 1;

    /// <summary>Sequences in all. Sequence k is the same whatever the count.</summary>
    public int Count { get; init; } = 2100;

    /// <summary>Sequence k is of class k modulo the number of these: each once makes the classes balanced.</summary>
    public IReadOnlyList<SequenceClass> Classes { get; init; } = Enum.GetValues<SequenceClass>();

    /// <summary>Electrons of one ADU.</summary>
    public double Gain { get; init; } = 4.104;

    /// <summary>Electrons.</summary>
    public double ReadNoise { get; init; } = 6.119;

    /// <summary>The most a pixel holds, ADU.</summary>
    public double Saturation { get; init; } = 40_469;

    /// <summary>Arcsec.</summary>
    public double PixelSize { get; init; } = 0.27;

    /// <summary>Magnitude of a source of 1 ADU: it puts the supernovae and sky of HiTS's frames at their magnitudes.</summary>
    public double ZeroPoint { get; init; } = 29.6;

    /// <summary>Mean magnitude of the brightest star whose class is asked for.</summary>
    public double Brightest { get; init; } = 15;

    /// <summary>Of the faintest.</summary>
    public double Faintest { get; init; } = 20.6;

    /// <summary>The visits, in time.</summary>
    public IReadOnlyList<ObservingEpoch> Cadence { get; init; } = ObservingEpoch.Hits2015;

    /// <summary>Julian date of the first visit.</summary>
    public double FirstDate { get; init; } = 2457070.63;

    /// <summary>Share of supernovae that have a host.</summary>
    public double SupernovaHostShare { get; init; } = 0.5;

    /// <summary>Share of other sources that stand before or beside a galaxy.</summary>
    public double HostShare { get; init; } = 0.05;

    /// <summary>Stars and galaxies of the field down to <see cref="SequenceField.FaintestNeighbour"/>, a square arcminute.</summary>
    public double NeighbourDensity { get; init; } = 25;

    /// <summary>Share of frames with bad pixels or a cosmic ray.</summary>
    public double DamageShare { get; init; } = 0.01;

    /// <summary>Threads that make sequences; 0 for one per processor. The pixels do not depend on it.</summary>
    public int Threads { get; init; }

    /// <exception cref="BadInputException">A value is out of range; it is named.</exception>
    public void Check()
    {
        Require(Count is >= 1 and <= Most, $"count is {Count}; it must be 1 to {Most}");
        Require(Classes.Count > 0 && Classes.All(Enum.IsDefined), "there must be a class, and each a known one");
        Require(Gain is > 0 and < 1e4, $"the gain is {Gain}; it must be above 0");
        Require(ReadNoise is >= 0 and < 1e4, $"the read noise is {ReadNoise}; it must not be negative");
        Require(Saturation is > 0 and <= 1e9, $"the saturation is {Saturation}; it must be above 0");
        Require(PixelSize is > 0.01 and < 10, $"the pixel size is {PixelSize}; it must be 0.01 to 10 arcsec");
        Require(ZeroPoint is > 10 and < 40, $"the zero point is {ZeroPoint}; it must be 10 to 40");
        Require(Brightest < Faintest && ZeroPoint - Brightest < 20, $"magnitudes {Brightest} to {Faintest} are no range of stars");
        Require(Faintest <= ZeroPoint, $"the faintest star, {Faintest}, is below one count (zero point {ZeroPoint})");
        Require(Cadence.Count > 0 && Cadence.Any(epoch => epoch.Share >= 1), "one visit at least must be to every field");
        Require(Cadence.All(epoch => epoch is { Sky: > 0 and < 1e6, Seeing: > 1 and < 30, Ellipticity: >= 0 and < 0.6 }),
            "a visit's sky, seeing or ellipticity is out of range");
        Require(Cadence.Zip(Cadence.Skip(1)).All(pair => pair.First.Day < pair.Second.Day), "the visits must be in time");
        Require(SupernovaHostShare is >= 0 and <= 1 && HostShare is >= 0 and <= 1 && DamageShare is >= 0 and <= 1,
            "shares of hosts and damage must be 0 to 1");
        Require(NeighbourDensity is >= 0 and <= 1000, $"{NeighbourDensity} neighbours a square arcminute; it must be 0 to 1,000");
        Require(Threads is >= 0 and <= 1024, $"{Threads} threads; it must be 0 to 1,024");

        static void Require(bool holds, string otherwise)
        {
            if (!holds)
            {
                throw new BadInputException($"sequences: {otherwise}");
            }
        }
    }
}
