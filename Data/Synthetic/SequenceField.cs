namespace Estampa.Data;

/// <summary>What stands around a sequence's source and does not change: its host and its neighbours. Places are from the source.</summary>
internal sealed class SequenceField
{
    /// <summary>Magnitude of the faintest neighbour.</summary>
    public const double FaintestNeighbour = 24.5;

    /// <summary>Pixels beyond the stamp in which galaxies are drawn before they are blurred.</summary>
    public const int Margin = 10;

    private const int Side = SequenceOptions.Side;
    private const int Wide = Side + (2 * Margin);
    private readonly SequenceOptions options;

    public SequenceField(SequenceOptions options, bool hasHost, RandomStream random)
    {
        this.options = options;
        if (hasHost)
        {
            AddHost(random);
        }

        const double Outside = 6;
        var side = (Side + (2 * Outside)) * options.PixelSize / 60;
        var count = random.Poisson(options.NeighbourDensity * side * side);
        for (var i = 0; i < count; i++)
        {
            var reach = (Side / 2.0) + Outside;
            var (x, y) = (random.Uniform(-reach, reach), random.Uniform(-reach, reach));
            if (random.Chance(0.2))
            {
                Stars.Add((x, y, random.Magnitude(16, FaintestNeighbour, 0.15)));
            }
            else
            {
                var magnitude = random.Magnitude(18, FaintestNeighbour, 0.45);
                Galaxies.Add((x, y, magnitude, Shape(magnitude, random)));
            }
        }
    }

    /// <summary>Of the host; NaN where there is none.</summary>
    public double HostMagnitude { get; private set; } = double.NaN;

    public List<(double X, double Y, double Magnitude)> Stars { get; } = [];

    public List<(double X, double Y, double Magnitude, Galaxy Shape)> Galaxies { get; } = [];

    /// <summary>
    /// The galaxies without air, (Side + 2 Margin) squared, ADU for a visit without extinction; null where there is none.
    /// </summary>
    /// <param name="x">Column of the source, from the stamp's first.</param>
    /// <param name="y">Its row.</param>
    public float[]? DrawGalaxies(double x, double y)
    {
        if (Galaxies.Count == 0)
        {
            return null;
        }

        var plane = new float[Wide * Wide];
        foreach (var galaxy in Galaxies)
        {
            var flux = PortableMath.PowerOfTen(0.4 * (options.ZeroPoint - galaxy.Magnitude));
            galaxy.Shape.Add(plane, Wide, x + galaxy.X + Margin, y + galaxy.Y + Margin, flux);
        }

        return plane;
    }

    private void AddHost(RandomStream random)
    {
        HostMagnitude = random.Magnitude(16.5, 23.5, 0.15);
        var shape = Shape(HostMagnitude, random);
        // Sources follow the light: the distance from the nucleus is an exponential disk's, along the galaxy's axes.
        var radius = Math.Min(2.2, 0.6 * (random.Exponential() + random.Exponential())) * shape.EffectiveRadius;
        var (sin, cos) = PortableMath.SinCos(random.Uniform(0, 2 * Math.PI));
        var (major, minor) = (radius * cos, radius * sin * shape.AxisRatio);
        Galaxies.Add((-((major * shape.Cos) - (minor * shape.Sin)), -((major * shape.Sin) + (minor * shape.Cos)), HostMagnitude, shape));
    }

    // About 2 arcsec at magnitude 19.7, five times as many for each 3.5 magnitudes.
    private Galaxy Shape(double magnitude, RandomStream random)
    {
        var radius = 2 / options.PixelSize * PortableMath.PowerOfTen((0.2 * (19.7 - magnitude)) + (0.15 * random.Normal()));
        var spheroid = random.Chance(0.5);
        var (sin, cos) = PortableMath.SinCos(random.Uniform(0, Math.PI));
        return new Galaxy(Math.Clamp(radius, 0.8, 25), spheroid ? random.Uniform(0.5, 1) : random.Uniform(0.2, 1), sin, cos, spheroid);
    }
}
