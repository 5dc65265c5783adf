namespace Estampa.Data;

/// <summary>
/// One object of the simulated sky: what it is, its field, its visits and which of them detect it. All of it follows from
/// (seed, number), so that an alert does not depend on how many others are made.
/// </summary>
internal sealed class SimulatedObject
{
    public const int Size = 63;
    public const int Centre = 31;
    private const int Attempts = 12;

    // A predicted signal-to-noise that the measured one, at least 5, seldom misses.
    private const double Detectable = 5.6;

    public SimulatedObject(ulong seed, long number, SimulatedClass kind, int detections)
    {
        (Seed, Number, Class) = (seed, number, kind);
        var random = new RandomStream(seed, (ulong)number + 1);
        Position = SkyPosition.Draw(kind, random);
        X = Centre + random.Uniform(-0.5, 0.5);
        Y = Centre + random.Uniform(-0.5, 0.5);
        Sources = [.. SkySource.Field(Size, Position.SinLatitude, random)];
        switch (kind)
        {
            case SimulatedClass.Supernova when random.Chance(0.93):
                Sources.Add(Host(random));
                break;
            case SimulatedClass.ActiveNucleus:
                AddNucleus(random);
                break;
            case SimulatedClass.VariableStar:
                Own = SkySource.Star(X, Y, random.Magnitude(12.8, 19.3, 0.03), random);
                break;
            case SimulatedClass.Bogus:
                Artefact = Artefact.Draw(X, Y, random);
                break;
            case SimulatedClass.Asteroid:
                // Main belt: 20 to 45 arcsec an hour, a fraction of a pixel in 30 s; one in thirty is near the Earth and leaves a trail.
                Trail = random.Chance(0.03) ? random.Uniform(2, 12) : random.Uniform(0.1, 0.5);
                TrailDirection = PortableMath.SinCos(random.Uniform(0, Math.PI));
                break;
        }

        for (var filter = 0; filter < 2; filter++)
        {
            Levels[filter] = (filter == 0 ? 98 : 219) * PortableMath.Exp(0.3 * random.Normal());
            TemplateSpread[filter] = new PointSpread(Math.Clamp(2.2 * PortableMath.Exp(0.1 * random.Normal()), 1.7, 3.2));
            TemplateFrames[filter] = random.Chance(0.7) ? random.Below(3) + 15 : random.Below(23) + 18;
        }

        Strength = 9 * PortableMath.Exp(1.1 * Math.Abs(random.Normal()));
        Catalogue = new CatalogueFacts(this, random);
        (Visits, Fluxes, Detections) = Schedule(detections, random);
    }

    public ulong Seed { get; }

    public long Number { get; }

    public SimulatedClass Class { get; }

    public SkyPosition Position { get; }

    /// <summary>Where the candidate is: within the central pixel.</summary>
    public double X { get; }

    public double Y { get; }

    /// <summary>Stars and galaxies that do not change.</summary>
    public List<SkySource> Sources { get; }

    /// <summary>The star or nucleus that varies, as it was in the template; null where there was nothing.</summary>
    public SkySource? Own { get; private set; }

    public Artefact? Artefact { get; }

    /// <summary>Pixels an asteroid moves during the exposure.</summary>
    public double Trail { get; }

    public (double Sin, double Cos) TrailDirection { get; }

    /// <summary>Sky level of the templates in g and r, ADU at the typical zero point: science cut-outs are matched to it.</summary>
    public double[] Levels { get; } = new double[2];

    public PointSpread[] TemplateSpread { get; } = new PointSpread[2];

    /// <summary>Exposures in each template.</summary>
    public int[] TemplateFrames { get; } = new int[2];

    /// <summary>Strength of an artefact in units of the pixel noise.</summary>
    public double Strength { get; }

    public CatalogueFacts Catalogue { get; }

    public IReadOnlyList<Visit> Visits { get; }

    /// <summary>Science minus template at each visit, 1 at magnitude 25.</summary>
    public double[] Fluxes { get; }

    /// <summary>Indices of the visits that make the alerts, in time.</summary>
    public int[] Detections { get; }

    private SkySource Host(RandomStream random)
    {
        var red = random.Magnitude(15.5, 21.3, 0.2);
        var galaxy = SkySource.GalaxyOf(X, Y, red, random);
        // Supernovae follow the light: their distance from the nucleus is drawn from an exponential disk's, along the galaxy's axes.
        var shape = galaxy.Shape!.Value;
        var radius = Math.Min(2.2, 0.6 * (random.Exponential() + random.Exponential())) * shape.EffectiveRadius;
        var (sin, cos) = PortableMath.SinCos(random.Uniform(0, 2 * Math.PI));
        var (major, minor) = (radius * cos, radius * sin * shape.AxisRatio);
        return galaxy with
        {
            X = X - ((major * shape.Cos) - (minor * shape.Sin)),
            Y = Y - ((major * shape.Sin) + (minor * shape.Cos)),
        };
    }

    private void AddNucleus(RandomStream random)
    {
        var red = random.Magnitude(15.2, 19.2, 0.2);
        Own = new SkySource(X, Y, red, random.Uniform(0, 0.7));
        // A quasar outshines its galaxy; in a Seyfert the galaxy is as bright as the nucleus or brighter.
        if (random.Chance(0.45))
        {
            Sources.Add(SkySource.GalaxyOf(X, Y, Math.Max(14, red + random.Uniform(-1.5, 1)), random));
        }
    }

    private (IReadOnlyList<Visit> Visits, double[] Fluxes, int[] Detections) Schedule(int detections, RandomStream random)
    {
        var count = Class == SimulatedClass.Asteroid ? 9 : 8 + (4 * detections);
        // Exposure numbers of a night belong to one object each: rcid, the last digits and the fraction of the day are shared out.
        var visits = new Visit[count];
        var night = random.Below(250);
        for (var i = 0; i < count; i++)
        {
            night += 1 + random.Below(3);
            visits[i] = Visit.Draw(night, 10_000 + (160 * random.Below(250)) + Catalogue.ExposureDigits, Levels, random);
        }

        var days = Array.ConvertAll(visits, visit => visit.Day - visits[0].Day);
        var filters = Array.ConvertAll(visits, visit => visit.Filter);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var fluxes = Brightness(days, filters, random);
            var seen = Enumerable.Range(0, count).Where(i => Artefact is null ? IsSeen(visits[i], fluxes[i]) : i >= 5).ToArray();
            if (seen.Length >= detections)
            {
                // Artefacts are not at each visit; the chosen visits are the first, as the stream reports at once.
                return (visits, fluxes, seen[..detections]);
            }
        }

        return Forced(visits, detections, random);
    }

    // No drawn light curve was bright enough: the last visits are set above the limit, with the sign the class can have.
    private (IReadOnlyList<Visit> Visits, double[] Fluxes, int[] Detections) Forced(Visit[] visits, int detections, RandomStream random)
    {
        var fluxes = new double[visits.Length];
        var chosen = Enumerable.Range(visits.Length - detections, detections).ToArray();
        foreach (var i in chosen)
        {
            var visit = visits[i];
            var constant = Own is null ? 0 : LightCurves.Flux(Own.Magnitude(visit.Filter));
            var change = random.Uniform(1.4, 2.5) * (LightCurves.Flux(visit.LimitingMagnitude) + (0.06 * constant));
            fluxes[i] = change < 0.7 * constant && random.Chance(0.6) ? -change : change;
        }

        return (visits, fluxes, chosen);
    }

    private double[] Brightness(double[] days, int[] filters, RandomStream random) => Class switch
    {
        SimulatedClass.Supernova => LightCurves.Explosion(days, filters, random),
        SimulatedClass.ActiveNucleus => LightCurves.DampedWalk(days, Own!, random, filters),
        SimulatedClass.VariableStar => LightCurves.Variable(days, filters, Own!, random),
        SimulatedClass.Asteroid => Passage(days.Length, random),
        _ => new double[days.Length],
    };

    // An asteroid is at this place once.
    private static double[] Passage(int visits, RandomStream random)
    {
        var fluxes = new double[visits];
        fluxes[visits - 1 - random.Below(3)] = LightCurves.Flux(random.Magnitude(16, 20.6, 0.35));
        return fluxes;
    }

    private bool IsSeen(Visit visit, double flux)
    {
        var constant = Own is null ? 0 : visit.Counts(Own.Magnitude(visit.Filter));
        return visit.ExpectedSignalToNoise(visit.CountsOf(flux), constant) >= Detectable;
    }
}
