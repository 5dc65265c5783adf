namespace Estampa.Data;

/// <summary>What an object has from catalogues and from its past, the same in each of its alerts.</summary>
internal sealed class CatalogueFacts
{
    private const long Letters = 26;
    private const long Names = Letters * Letters * Letters * Letters * Letters * Letters * Letters;
    private readonly SimulatedObject owner;
    private readonly double centroidError;
    private readonly double gaiaBeyond;

    public CatalogueFacts(SimulatedObject owner, RandomStream random)
    {
        this.owner = owner;
        var number = owner.Number;
        Quadrant = (int)(number % 64);
        ListNumber = 1 + (int)(number / 64 % 999);
        ExposureDigits = (int)(number / (64 * 999) % 160);
        ObjectId = Name(number, owner.Seed);
        Field = 246 + random.Below(635);
        var isOld = owner.Class is SimulatedClass.ActiveNucleus or SimulatedClass.VariableStar;
        EarlierDetections = isOld ? (int)(200 * PortableMath.Exp(1.1 * random.Normal())) : 0;
        EarlierVisits = EarlierDetections + (int)(450 * PortableMath.Exp(0.9 * random.Normal()));
        FirstDetection = Visit.FirstNight - random.Uniform(400, 2600);
        ColumnOnChip = random.Uniform(40, 3030);
        RowOnChip = random.Uniform(40, 3040);

        var at = (owner.X, owner.Y);
        var listed = owner.Own is null ? owner.Sources : [.. owner.Sources, owner.Own];
        if (owner.Artefact?.Star is { } star)
        {
            listed = [.. listed, star];
        }

        Near = [.. listed.Where(source => source.Distance(at.X, at.Y) < 30).OrderBy(source => source.Distance(at.X, at.Y))
            .DistinctBy(source => Math.Round(source.X, 1) + (1000 * Math.Round(source.Y, 1))).Take(60)];
        Scores = [.. Near.Select(source => StarScore(source, random))];
        Identifiers = [.. Near.Select(_ => 100_000_000_000_000_000L + (long)(random.Uniform() * 9e16))];
        Colours = [.. Near.Select(source => random.Uniform(0.1, 0.4) * (source.IsStar ? 1 : 1.3))];
        // The template's own source list goes deeper, into the noise.
        PhantomDistance = 10 * Math.Sqrt(random.Exponential());
        PhantomMagnitude = random.Uniform(22.3, 23.4);
        PhantomX = random.Chance(0.5) ? 0.6 : -0.6;
        centroidError = 0.25 * Math.Sqrt(random.Exponential());
        gaiaBeyond = 30 + (15 * random.Exponential());
        GaiaMagnitude = Near.FirstOrDefault(IsInGaia)?.Red ?? random.Uniform(15, 20.7);
        IsKnownAsteroid = owner.Class == SimulatedClass.Asteroid && random.Chance(0.9);
        AsteroidNumber = 1000 + (int)(1.2e5 * random.Exponential());
        BrightStarDistance = random.Chance(0.55) ? -999 : 90 * Math.Sqrt(random.Uniform());
        BrightStarMagnitude = BrightStarDistance < 0 ? -999 : random.Uniform(10.5, 14);
    }

    /// <summary>The read-out channel, 0 to 63.</summary>
    public int Quadrant { get; }

    /// <summary>The last three digits of candid.</summary>
    public int ListNumber { get; }

    /// <summary>With <see cref="Quadrant"/> and <see cref="ListNumber"/>, what keeps the candids of 10 million objects apart.</summary>
    public int ExposureDigits { get; }

    public string ObjectId { get; }

    public int Field { get; }

    /// <summary>Detections before the first simulated alert.</summary>
    public int EarlierDetections { get; }

    public int EarlierVisits { get; }

    /// <summary>When the first of the earlier detections was.</summary>
    public double FirstDetection { get; }

    public double ColumnOnChip { get; }

    public double RowOnChip { get; }

    /// <summary>Catalogued sources within 30 arcsec, nearest first.</summary>
    public IReadOnlyList<SkySource> Near { get; }

    /// <summary>Star (1) or galaxy (0) scores of <see cref="Near"/>.</summary>
    public IReadOnlyList<double> Scores { get; }

    public IReadOnlyList<long> Identifiers { get; }

    /// <summary>r - i of <see cref="Near"/>.</summary>
    public IReadOnlyList<double> Colours { get; }

    public double PhantomDistance { get; }

    public double PhantomMagnitude { get; }

    /// <summary>East part of the phantom's distance.</summary>
    public double PhantomX { get; }

    public bool IsKnownAsteroid { get; }

    public int AsteroidNumber { get; }

    public double BrightStarDistance { get; }

    public double BrightStarMagnitude { get; }

    /// <summary>Magnitude of the nearest star brighter than 20.7.</summary>
    public double GaiaMagnitude { get; }

    /// <summary>Its distance, arcsec.</summary>
    public double GaiaDistance =>
        Near.FirstOrDefault(IsInGaia) is { } star ? Separation(star.Distance(owner.X, owner.Y)) : gaiaBeyond;

    /// <summary>Distance of a catalogued source, arcsec, with the error of the candidate's place.</summary>
    public double MatchDistance(int place) => Separation(Near[place].Distance(owner.X, owner.Y));

    /// <summary>The first detection of all, as jdstarthist.</summary>
    public double StartOfHistory =>
        EarlierDetections > 0 ? FirstDetection : owner.Visits[owner.Detections[0]].JulianDate;

    private static bool IsInGaia(SkySource source) => source.IsStar && source.Red < 20.7;

    private double Separation(double distance) => Math.Sqrt((distance * distance) + (centroidError * centroidError));

    // ZTF26 and seven letters; multiplying by a number prime to 26 shuffles the names without making two alike.
    private static string Name(long number, ulong seed)
    {
        var value = (long)(((UInt128)(ulong)number * 4_826_809_771UL + (seed % (ulong)Names)) % (ulong)Names);
        Span<char> letters = stackalloc char[7];
        for (var i = 6; i >= 0; i--)
        {
            letters[i] = (char)('a' + (value % Letters));
            value /= Letters;
        }

        return string.Concat("ZTF26", letters);
    }

    // Morphology is certain for the bright and open for the faint, as in Tachibana and Miller (2018).
    private static double StarScore(SkySource source, RandomStream random)
    {
        var doubt = Math.Clamp((source.Red - 19.5) / 2.5, 0.06, 1);
        if (random.Chance(0.04 + (0.5 * doubt * doubt)))
        {
            return 0.5;
        }

        var score = 0.75 * doubt * random.Uniform() * random.Uniform();
        return source.IsStar ? 1 - score : score;
    }
}
