namespace Estampa.Data;

/// <summary>A direction in some frame of the sky, degrees: longitude in [0, 360), latitude in [-90, 90].</summary>
public readonly record struct SkyAngles(double Longitude, double Latitude);

/// <summary>
/// Equatorial positions (ICRS, which a ZTF alert's ra and dec are) in galactic and ecliptic coordinates. NaN gives NaN.
/// </summary>
public static class SkyCoordinates
{
    private const double Degree = Math.PI / 180;

    /// <summary>Of 2000.0, arc seconds (IAU 2006).</summary>
    private const double Obliquity = 84381.406;

    /// <summary>
    /// Rows are the galactic axes in equatorial coordinates of J2000: the IAU's system of 1958 as the Hipparcos Catalogue defines it for
    /// the ICRS (volume 1, equation 1.5.11).
    /// </summary>
    private static readonly double[] ToGalactic =
    [
        -0.0548755604, -0.8734370902, -0.4838350155,
        0.4941094279, -0.4448296300, 0.7469822445,
        -0.8676661490, -0.1980763734, 0.4559837762,
    ];

    private static readonly double[] ToEcliptic =
    [
        1, 0, 0,
        0, Math.Cos(Obliquity / 3600 * Degree), Math.Sin(Obliquity / 3600 * Degree),
        0, -Math.Sin(Obliquity / 3600 * Degree), Math.Cos(Obliquity / 3600 * Degree),
    ];

    public static SkyAngles Galactic(double rightAscension, double declination) => Turn(ToGalactic, rightAscension, declination);

    /// <summary>
    /// Mean ecliptic and equinox of J2000. astropy's BarycentricMeanEcliptic differs by the frame bias, 0.02"; its BarycentricTrueEcliptic,
    /// which many pipelines take, by the nutation of that day too, 14" in longitude: both are nothing to a feature that spans the sky.
    /// </summary>
    public static SkyAngles Ecliptic(double rightAscension, double declination) => Turn(ToEcliptic, rightAscension, declination);

    private static SkyAngles Turn(double[] matrix, double rightAscension, double declination)
    {
        var (sinLongitude, cosLongitude) = Math.SinCos(rightAscension * Degree);
        var (sinLatitude, cosLatitude) = Math.SinCos(declination * Degree);
        double[] from = [cosLatitude * cosLongitude, cosLatitude * sinLongitude, sinLatitude];
        double Axis(int row) => (matrix[3 * row] * from[0]) + (matrix[(3 * row) + 1] * from[1]) + (matrix[(3 * row) + 2] * from[2]);
        var (x, y, z) = (Axis(0), Axis(1), Axis(2));

        // The remainder brings -1e-20 to 360 itself, and that to 0.
        var longitude = ((Math.Atan2(y, x) / Degree) + 360) % 360;
        return new SkyAngles(longitude, Math.Atan2(z, Math.Sqrt((x * x) + (y * y))) / Degree);
    }
}
