namespace Estampa.Data;

/// <summary>A place on the sky, drawn where a class is found: equatorial degrees of 2000.0.</summary>
/// <param name="RightAscension">Degrees.</param>
/// <param name="Declination">Degrees, north of -30 as Palomar sees.</param>
/// <param name="SinLatitude">Sine of the galactic latitude.</param>
internal readonly record struct SkyPosition(double RightAscension, double Declination, double SinLatitude)
{
    private const double Degree = Math.PI / 180;
    private const double PoleRightAscension = 192.85948;
    private const double PoleDeclination = 27.12825;
    private const double Obliquity = 23.4392911;

    public static SkyPosition Draw(SimulatedClass kind, RandomStream random)
    {
        var (poleSin, poleCos) = PortableMath.SinCos(PoleDeclination * Degree);
        var (tiltSin, tiltCos) = PortableMath.SinCos(Obliquity * Degree);
        while (true)
        {
            var rightAscension = random.Uniform(0, 360);
            var sin = random.Uniform(-0.5, 1);
            var cos = Math.Sqrt(1 - (sin * sin));
            var galactic = (sin * poleSin) + (cos * poleCos * PortableMath.SinCos((rightAscension - PoleRightAscension) * Degree).Cos);
            var ecliptic = (sin * tiltCos) - (cos * tiltSin * PortableMath.SinCos(rightAscension * Degree).Sin);
            // Variable stars crowd to the Milky Way, asteroids to the ecliptic; galaxies are hidden behind the former.
            var chance = kind switch
            {
                SimulatedClass.VariableStar => PortableMath.Exp(-Math.Abs(galactic) / 0.15),
                SimulatedClass.Asteroid => PortableMath.Exp(-Math.Abs(ecliptic) / 0.1),
                SimulatedClass.Bogus => 1,
                _ => Math.Abs(galactic) > 0.2 ? 1 : 0.02,
            };
            if (random.Chance(chance))
            {
                return new SkyPosition(rightAscension, PortableMath.Asin(sin) / Degree, galactic);
            }
        }
    }

    /// <summary>A place some arcsec away.</summary>
    public (double RightAscension, double Declination) Offset(double east, double north)
    {
        var cos = Math.Max(0.01, PortableMath.SinCos(Declination * Degree).Cos);
        return ((RightAscension + (east / 3600 / cos) + 360) % 360, Declination + (north / 3600));
    }
}
