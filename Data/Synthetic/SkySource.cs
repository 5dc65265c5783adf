namespace Estampa.Data;

/// <summary>A star or galaxy of the field, as it stands in template and science alike.</summary>
/// <param name="X">Pixels from the cut-out's first column; its central pixel is 31.</param>
/// <param name="Y">Pixels from its first row.</param>
/// <param name="Red">r magnitude.</param>
/// <param name="Colour">g - r.</param>
/// <param name="Shape">Null for a star.</param>
internal sealed record SkySource(double X, double Y, double Red, double Colour, Galaxy? Shape = null)
{
    /// <summary>Stars and galaxies fainter than this are lost in the noise and in no catalogue.</summary>
    public const double Faintest = 22.5;

    private const double Arcsecond = 1 / 1.01;

    public bool IsStar => Shape is null;

    /// <summary>A magnitude in ZTF's g (1) or r (2).</summary>
    public double Magnitude(int filter) => filter == 1 ? Red + Colour : Red;

    /// <summary>Distance from a place, arcsec.</summary>
    public double Distance(double x, double y) => Math.Sqrt(((X - x) * (X - x)) + ((Y - y) * (Y - y))) / Arcsecond;

    public static SkySource Star(double x, double y, double red, RandomStream random) =>
        new(x, y, red, random.Uniform(0.2, 1.2));

    /// <summary>A galaxy whose size follows its magnitude: about 2 arcsec at r = 19, five times as many for each 3.5 magnitudes.</summary>
    public static SkySource GalaxyOf(double x, double y, double red, RandomStream random)
    {
        var radius = 2 * PortableMath.PowerOfTen((0.2 * (19 - red)) + (0.15 * random.Normal()));
        var spheroid = random.Chance(0.35);
        var (sin, cos) = PortableMath.SinCos(random.Uniform(0, Math.PI));
        var ratio = spheroid ? random.Uniform(0.55, 1) : random.Uniform(0.2, 1);
        var shape = new Galaxy(Math.Clamp(radius, 0.4, 14), ratio, sin, cos, spheroid);
        return new SkySource(x, y, red, random.Uniform(0.4, 1), shape);
    }

    /// <summary>
    /// The field around a candidate: counts per square arcsec to r = 22.5 that give the real alerts' distances to their nearest
    /// Pan-STARRS sources (medians 11 arcsec far from the Milky Way, 6 near it).
    /// </summary>
    /// <param name="size">Side of the cut-out, pixels; sources up to 6 pixels outside are drawn too.</param>
    /// <param name="sinLatitude">Sine of the galactic latitude.</param>
    /// <param name="random">The object's stream.</param>
    public static IEnumerable<SkySource> Field(int size, double sinLatitude, RandomStream random)
    {
        const double Margin = 6;
        var area = (size + (2 * Margin)) * (size + (2 * Margin)) / (Arcsecond * Arcsecond);
        var height = Math.Abs(sinLatitude);
        var stars = random.Poisson(area * (4.5e-4 + (0.02 * PortableMath.Exp(-height / 0.12))));
        var galaxies = random.Poisson(area * 9e-4 * (1 - PortableMath.Exp(-height / 0.15)));
        for (var i = 0; i < stars + galaxies; i++)
        {
            var x = random.Uniform(-Margin, size - 1 + Margin);
            var y = random.Uniform(-Margin, size - 1 + Margin);
            yield return i < stars
                ? Star(x, y, random.Magnitude(11.5, Faintest, 0.2), random)
                : GalaxyOf(x, y, random.Magnitude(15, Faintest, 0.5), random);
        }
    }
}
