namespace Estampa.Data;

/// <summary>
/// One exposure of a field: when, through which filter and under which sky. Numbers follow ZTF: gain 6.2 e-/ADU, read noise 10 e-,
/// zero point 26.25, 1.01 arcsec a pixel, 30 s.
/// </summary>
/// <param name="Night">Nights since <see cref="FirstNight"/>.</param>
/// <param name="Fraction">Hundred-thousandths of the UT day, as in ZTF's exposure numbers.</param>
/// <param name="Remainder">What is left of the day beyond Fraction, in hundred-thousandths: 0 to 1.</param>
/// <param name="Filter">1 for g, 2 for r.</param>
/// <param name="ZeroPoint">Magnitude of a source of 1 ADU.</param>
/// <param name="Seeing">Full width at half maximum of a star, pixels.</param>
/// <param name="Sky">Sky brightness, ADU a pixel: it makes the noise, while the level shown is the template's.</param>
internal sealed record Visit(int Night, int Fraction, double Remainder, int Filter, double ZeroPoint, double Seeing, double Sky)
{
    public const double Gain = 6.2;
    public const double ReadNoise = 10;
    public const double Saturation = 50_000;
    public const double TypicalZeroPoint = 26.25;

    /// <summary>2026-01-01 0h UT.</summary>
    public const double FirstNight = 2461041.5;

    /// <summary>Quoted errors over those of the pixels' noise: measured on sigmapsf and diffmaglim of the faintest real alerts.</summary>
    public const double QuotedExcess = 1.6;

    /// <summary>The part of a quoted error that does not fall with brightness, magnitudes.</summary>
    public const double ErrorFloor = 0.018;

    /// <summary>Noise of the difference against that of the science image, as measured.</summary>
    public const double DifferenceNoise = 0.956;

    // Of 1.0857 = 2.5 / ln 10.
    public const double MagnitudesPerRelativeError = 1.085736;

    public double Day => Night + (Fraction / 1e5);

    public double JulianDate => FirstNight + Night + ((Fraction + Remainder) / 1e5);

    /// <summary>Nights since 2017-01-01, ZTF's nid.</summary>
    public int NightNumber => (int)(FirstNight - 2457754.5) + Night;

    public PointSpread PointSpread { get; } = new(Seeing);

    /// <summary>Noise of a pixel of empty science sky, ADU.</summary>
    public double PixelNoise => Math.Sqrt((Sky * Gain) + (ReadNoise * ReadNoise)) / Gain;

    /// <summary>Magnitude of a source at five times the quoted noise of an empty place.</summary>
    public double LimitingMagnitude =>
        ZeroPoint - (2.5 * PortableMath.Log10(5 * QuotedExcess * DifferenceNoise * PixelNoise * Math.Sqrt(PointSpread.NoiseArea)));

    /// <summary>ADU of a magnitude.</summary>
    public double Counts(double magnitude) => PortableMath.PowerOfTen(0.4 * (ZeroPoint - magnitude));

    /// <summary>ADU of a flux that is 1 at magnitude 25.</summary>
    public double CountsOf(double flux) => flux * PortableMath.PowerOfTen(0.4 * (ZeroPoint - 25));

    /// <summary>Expected ratio of a difference flux to its quoted error, over a constant source.</summary>
    /// <param name="counts">Of the difference, ADU.</param>
    /// <param name="constant">Of the source in the template, ADU.</param>
    public double ExpectedSignalToNoise(double counts, double constant)
    {
        var psf = PointSpread;
        var variance = (PixelNoise * PixelNoise * psf.NoiseArea * DifferenceNoise * DifferenceNoise)
            + ((Math.Max(0, constant + counts) + (0.5 * constant)) / Gain);
        var relative = (QuotedExcess * QuotedExcess * variance / (counts * counts)) + (ErrorFloor * ErrorFloor);
        // The subtraction itself leaves about a hundredth of a constant source.
        return counts == 0 ? 0 : 1 / Math.Sqrt(relative + (1e-4 * constant * constant / (counts * counts)));
    }

    public static Visit Draw(int night, int fraction, ReadOnlySpan<double> levels, RandomStream random)
    {
        var filter = random.Chance(0.5) ? 1 : 2;
        var clouds = random.Chance(0.12) ? Math.Min(2, 0.5 * random.Exponential()) : 0;
        var zeroPoint = TypicalZeroPoint + (0.08 * random.Normal()) - clouds;
        var seeing = Math.Clamp(2.35 * PortableMath.Exp(0.24 * random.Normal()), 1.5, 4.5);
        // Moonlight: it was subtracted, its noise was not. It is stronger in g.
        var moon = PortableMath.Exp((filter == 1 ? 1.05 : 0.6) * Math.Abs(random.Normal()));
        return new Visit(night, fraction, random.Uniform(), filter, zeroPoint, seeing, 1.15 * levels[filter - 1] * moon);
    }
}
