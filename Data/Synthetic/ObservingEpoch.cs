namespace Estampa.Data;

/// <summary>One visit of a survey to a field: when, how likely, and through what air. Spreads are from field to field.</summary>
/// <param name="Day">Days since the first visit.</param>
/// <param name="Share">Share of the fields that have the visit.</param>
/// <param name="Sky">Median sky, ADU a pixel.</param>
/// <param name="SkySpread">Standard deviation of the sky's logarithm.</param>
/// <param name="Seeing">Median full width at half maximum of a star, pixels.</param>
/// <param name="SeeingSpread">Standard deviation of the seeing's logarithm.</param>
/// <param name="Extinction">Magnitudes lost against a typical visit.</param>
/// <param name="ExtinctionSpread">Their standard deviation.</param>
/// <param name="Ellipticity">Median of (a^2 - b^2) / (a^2 + b^2) of a star with axes a and b.</param>
public sealed record ObservingEpoch(
    double Day, double Share, double Sky, double SkySpread, double Seeing, double SeeingSpread, double Extinction,
    double ExtinctionSpread, double Ellipticity)
{
    /// <summary>
    /// HiTS in February and March 2015 (DECam, g, .27 arcsec a pixel): six nights, then four later dates, of which some fields lack the
    /// last two. Medians and spreads over all frames that are public, by Moffat profiles (b = 3.5) fitted to their stars.
    /// </summary>
    public static IReadOnlyList<ObservingEpoch> Hits2015 { get; } =
    [
        new(0.000, 1.00, 114, 0.05, 3.59, 0.07, -0.02, 0.02, 0.08),
        new(0.086, 1.00, 109, 0.04, 3.37, 0.06, -0.02, 0.02, 0.07),
        new(0.154, 0.99, 110, 0.04, 3.62, 0.06, 0.00, 0.02, 0.10),
        new(0.201, 0.60, 119, 0.05, 4.07, 0.06, 0.04, 0.03, 0.18),
        new(0.930, 1.00, 120, 0.05, 3.41, 0.05, 0.06, 0.02, 0.19),
        new(0.996, 1.00, 110, 0.05, 2.91, 0.08, 0.01, 0.02, 0.12),
        new(1.062, 1.00, 108, 0.05, 2.73, 0.07, -0.03, 0.02, 0.09),
        new(1.133, 1.00, 111, 0.04, 2.85, 0.07, 0.00, 0.02, 0.10),
        new(1.203, 0.99, 118, 0.05, 3.48, 0.07, 0.06, 0.03, 0.18),
        new(1.926, 1.00, 130, 0.05, 4.59, 0.05, 0.03, 0.02, 0.13),
        new(1.992, 1.00, 118, 0.05, 3.86, 0.13, -0.02, 0.02, 0.07),
        new(2.062, 1.00, 113, 0.05, 3.64, 0.06, -0.05, 0.02, 0.09),
        new(2.132, 1.00, 109, 0.05, 3.45, 0.06, 0.00, 0.02, 0.07),
        new(2.199, 0.99, 121, 0.05, 3.96, 0.05, 0.07, 0.03, 0.17),
        new(2.922, 0.99, 135, 0.05, 5.69, 0.12, 0.12, 0.04, 0.10),
        new(2.992, 0.10, 135, 0.07, 5.04, 0.05, 0.90, 0.25, 0.05),
        new(3.922, 0.95, 130, 0.08, 7.50, 0.11, 0.07, 0.05, 0.07),
        new(4.188, 0.85, 137, 0.08, 10.15, 0.13, 0.06, 0.07, 0.05),
        new(4.918, 1.00, 125, 0.09, 5.97, 0.09, 0.10, 0.03, 0.09),
        new(4.984, 1.00, 117, 0.05, 5.44, 0.08, 0.04, 0.03, 0.05),
        new(5.055, 1.00, 118, 0.05, 3.98, 0.08, 0.03, 0.02, 0.06),
        new(5.121, 1.00, 119, 0.06, 5.09, 0.11, 0.04, 0.02, 0.04),
        new(5.191, 0.98, 131, 0.08, 6.72, 0.09, 0.12, 0.04, 0.07),
        new(6.969, 0.95, 160, 0.20, 4.30, 0.07, 0.04, 0.02, 0.07),
        new(7.031, 1.00, 117, 0.05, 3.56, 0.11, 0.01, 0.02, 0.06),
        new(8.039, 0.20, 128, 0.05, 4.33, 0.07, 0.00, 0.03, 0.08),
        new(9.961, 1.00, 610, 0.07, 6.75, 0.15, -0.02, 0.04, 0.05),
        new(10.030, 0.99, 480, 0.20, 5.44, 0.13, -0.05, 0.06, 0.13),
        new(20.090, 0.50, 1750, 0.06, 3.90, 0.06, -0.16, 0.08, 0.09),
        new(25.031, 0.55, 118, 0.13, 3.44, 0.11, 0.02, 0.08, 0.08),
    ];
}
