namespace Estampa.Data;

/// <summary>A sequence of frames of one object, and the truth behind it. Days are from the first visit to any field.</summary>
public sealed class SimulatedSequence
{
    public required long Number { get; init; }

    public required SequenceClass Class { get; init; }

    public required string ObjectId { get; init; }

    /// <summary>Raw frames in time, (Side, Side) row-major, ADU.</summary>
    public required float[][] Frames { get; init; }

    public required double[] Days { get; init; }

    /// <summary>Of the source without extinction; NaN where it is not there.</summary>
    public required double[] Magnitudes { get; init; }

    /// <summary>Full width at half maximum of a star in each frame, pixels.</summary>
    public required double[] Seeing { get; init; }

    /// <summary>ADU a pixel in each frame.</summary>
    public required double[] Sky { get; init; }

    /// <summary>Magnitudes lost in each frame.</summary>
    public required double[] Extinctions { get; init; }

    /// <summary>Column and row of the source in each frame: within half a pixel of the middle.</summary>
    public required (double X, double Y)[] Places { get; init; }

    /// <summary>Days; NaN where nothing repeats.</summary>
    public required double Period { get; init; }

    /// <summary>From brightest to faintest, magnitudes; 0 for what does not change, NaN for what comes and goes.</summary>
    public required double Amplitude { get; init; }

    /// <summary>Day of a supernova's explosion; NaN for the others.</summary>
    public required double Start { get; init; }

    /// <summary>Day of a supernova's maximum; NaN for the others.</summary>
    public required double Peak { get; init; }

    /// <summary>NaN where there is none.</summary>
    public required double HostMagnitude { get; init; }

    /// <summary>Whether each frame has bad pixels or a cosmic ray.</summary>
    public required bool[] Damaged { get; init; }
}
