using System.Globalization;

namespace Estampa.Data;

/// <summary>The fields of a ZTF alert's candidate and of its history, from an object, a visit and a measurement.</summary>
internal static class PacketFields
{
    private const string RealBogusVersion = "t17_f5_c3";
    private const double MissingValue = -999;

    // What prv_candidates keeps of a candidate.
    private static readonly string[] PreviousNames =
    [
        "jd", "fid", "pid", "diffmaglim", "pdiffimfilename", "programpi", "programid", "candid", "isdiffpos", "tblid", "nid", "rcid",
        "field", "xpos", "ypos", "ra", "dec", "magpsf", "sigmapsf", "chipsf", "magap", "sigmagap", "distnr", "magnr", "sigmagnr",
        "chinr", "sharpnr", "sky", "magdiff", "fwhm", "classtar", "mindtoedge", "magfromlim", "seeratio", "aimage", "bimage",
        "aimagerat", "bimagerat", "elong", "nneg", "nbad", "rb", "ssdistnr", "ssmagnr", "ssnamenr", "sumrat", "magapbig",
        "sigmagapbig", "ranr", "decnr", "scorr", "magzpsci", "magzpsciunc", "magzpscirms", "clrcoeff", "clrcounc", "rbversion",
    ];

    /// <summary>Exposure and read-out channel: ZTF's pid.</summary>
    public static long ProcessingId(SimulatedObject sky, Visit visit) =>
        (((((visit.NightNumber * 100_000L) + visit.Fraction) * 100) + sky.Catalogue.Quadrant) * 100) + 15;

    public static long Candid(SimulatedObject sky, Visit visit) =>
        (ProcessingId(sky, visit) * 1_000_000) + 15_000 + sky.Catalogue.ListNumber;

    /// <param name="sky">The object.</param>
    /// <param name="detection">Which of its detections.</param>
    /// <param name="m">What was measured.</param>
    /// <param name="chip">Column and row on the chip, pixels.</param>
    /// <param name="random">The detection's own stream.</param>
    public static AvroRecord Candidate(
        SimulatedObject sky, int detection, Measurement m, (double X, double Y) chip, RandomStream random)
    {
        var visit = sky.Visits[sky.Detections[detection]];
        var facts = sky.Catalogue;
        var (rightAscension, declination) = sky.Position.Offset(0.1 * random.Normal(), 0.1 * random.Normal());
        var near = Nearest(sky, visit, random);
        var scores = new Scores(sky, m, random);
        var width = Math.Max(1, m.FullWidth * PortableMath.Exp(0.18 * random.Normal()));
        var peakRatio = Math.Abs(m.Flux) * visit.PointSpread.Peak / (visit.PixelNoise * Visit.DifferenceNoise);
        var color = visit.Filter == 1 ? -0.06 + (0.04 * random.Normal()) : 0.09 + (0.03 * random.Normal());
        var known = facts.IsKnownAsteroid;
        return new AvroRecord(
            ("jd", visit.JulianDate), ("fid", visit.Filter), ("pid", ProcessingId(sky, visit)),
            ("diffmaglim", (float)visit.LimitingMagnitude), ("pdiffimfilename", FileName(sky, visit)), ("programpi", "Kulkarni"),
            ("programid", 1), ("candid", Candid(sky, visit)), ("isdiffpos", m.Flux >= 0 ? "t" : "f"), ("tblid", (long)facts.ListNumber),
            ("nid", visit.NightNumber), ("rcid", facts.Quadrant), ("field", facts.Field), ("xpos", (float)chip.X), ("ypos", (float)chip.Y),
            ("ra", rightAscension), ("dec", declination), ("magpsf", (float)m.Magnitude), ("sigmapsf", (float)m.MagnitudeError),
            ("chipsf", (float)m.ReducedChiSquared), ("magap", (float)m.ApertureMagnitude), ("sigmagap", (float)m.ApertureError),
            ("distnr", (float)near.Distance), ("magnr", (float)near.Magnitude), ("sigmagnr", (float)near.Error),
            ("chinr", (float)near.ChiSquared), ("sharpnr", (float)near.Sharpness), ("sky", (float)m.Sky),
            ("magdiff", (float)(m.ApertureMagnitude - m.Magnitude)), ("fwhm", (float)width), ("classtar", (float)scores.Star),
            ("mindtoedge", (float)Math.Min(Math.Min(chip.X, 3072 - chip.X), Math.Min(chip.Y, 3080 - chip.Y))),
            ("magfromlim", (float)(visit.LimitingMagnitude - m.Magnitude)), ("seeratio", (float)Math.Min(2, visit.Seeing / width)),
            ("aimage", (float)m.MajorExtent), ("bimage", (float)m.MinorExtent), ("aimagerat", (float)(m.MajorExtent / width)),
            ("bimagerat", (float)(m.MinorExtent / width)), ("elong", (float)(m.MajorExtent / m.MinorExtent)),
            ("nneg", m.NegativePixels), ("nbad", 0), ("rb", (float)scores.RealBogus),
            ("ssdistnr", known ? (float)Math.Floor(2.2 * random.Uniform() * random.Uniform()) : (float)MissingValue),
            ("ssmagnr", known ? (float)(m.Magnitude + (0.2 * random.Normal())) : (float)MissingValue),
            ("ssnamenr", known ? facts.AsteroidNumber.ToString(CultureInfo.InvariantCulture) : "null"), ("sumrat", (float)m.SumRatio),
            ("magapbig", (float)m.LargeApertureMagnitude), ("sigmagapbig", (float)m.LargeApertureError),
            ("ranr", near.RightAscension), ("decnr", near.Declination),
            ("sgmag1", Photometry(facts, 0, 'g')), ("srmag1", Photometry(facts, 0, 'r')), ("simag1", Photometry(facts, 0, 'i')),
            ("szmag1", Photometry(facts, 0, 'z')), ("sgscore1", Score(facts, 0)), ("distpsnr1", Distance(sky, 0)),
            ("ndethist", facts.EarlierDetections + detection + 1),
            ("ncovhist", facts.EarlierVisits + sky.Detections[detection] + 1),
            ("jdstarthist", facts.StartOfHistory), ("jdendhist", visit.JulianDate), ("scorr", 0.8 * Math.Abs(m.Flux) / m.PixelError),
            ("tooflag", 0), ("objectidps1", Identifier(facts, 0)), ("objectidps2", Identifier(facts, 1)),
            ("sgmag2", Photometry(facts, 1, 'g')), ("srmag2", Photometry(facts, 1, 'r')), ("simag2", Photometry(facts, 1, 'i')),
            ("szmag2", Photometry(facts, 1, 'z')), ("sgscore2", Score(facts, 1)), ("distpsnr2", Distance(sky, 1)),
            ("objectidps3", Identifier(facts, 2)), ("sgmag3", Photometry(facts, 2, 'g')), ("srmag3", Photometry(facts, 2, 'r')),
            ("simag3", Photometry(facts, 2, 'i')), ("szmag3", Photometry(facts, 2, 'z')), ("sgscore3", Score(facts, 2)),
            ("distpsnr3", Distance(sky, 2)), ("nmtchps", facts.Near.Count),
            ("rfid", (facts.Field * 1_000_000L) + 120_000 + (visit.Filter * 100) + facts.Quadrant),
            ("jdstartref", 2458160.5 + facts.Quadrant), ("jdendref", 2458300.5 + facts.Quadrant),
            ("nframesref", sky.TemplateFrames[visit.Filter - 1]), ("rbversion", RealBogusVersion),
            ("dsnrms", (float)peakRatio), ("ssnrms", (float)(peakRatio * 2)), ("dsdiff", (float)-peakRatio),
            ("magzpsci", (float)visit.ZeroPoint), ("magzpsciunc", 6e-6f), ("magzpscirms", 0.03f),
            ("nmatches", 150 + (25 * facts.Near.Count)), ("clrcoeff", (float)color), ("clrcounc", 1e-5f), ("zpclrcov", -5e-6f),
            ("zpmed", (float)(visit.ZeroPoint + 0.01)), ("clrmed", 0.65f), ("clrrms", 0.25f),
            ("neargaia", (float)facts.GaiaDistance), ("neargaiabright", (float)facts.BrightStarDistance),
            ("maggaia", (float)facts.GaiaMagnitude), ("maggaiabright", (float)facts.BrightStarMagnitude),
            ("exptime", 30f), ("drb", (float)scores.DeepRealBogus), ("drbversion", "d6_m7"));
    }

    /// <summary>A detection as later alerts list it.</summary>
    public static AvroRecord Previous(AvroRecord candidate) =>
        new(PreviousNames, Array.ConvertAll(PreviousNames, name => candidate[name]));

    /// <summary>A visit without detection: its limiting magnitude alone.</summary>
    public static AvroRecord UpperLimit(SimulatedObject sky, Visit visit) =>
        new(
            ("jd", visit.JulianDate), ("fid", visit.Filter), ("pid", ProcessingId(sky, visit)),
            ("diffmaglim", (float)visit.LimitingMagnitude), ("pdiffimfilename", FileName(sky, visit)), ("programpi", "Kulkarni"),
            ("programid", 1), ("nid", visit.NightNumber), ("rcid", sky.Catalogue.Quadrant), ("field", sky.Catalogue.Field),
            ("magzpsci", (float)visit.ZeroPoint), ("magzpsciunc", 6e-6f), ("magzpscirms", 0.03f), ("rbversion", RealBogusVersion));

    private static string FileName(SimulatedObject sky, Visit visit)
    {
        var date = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddDays(visit.Night);
        var filter = visit.Filter == 1 ? "zg" : "zr";
        var (chip, quadrant) = ((sky.Catalogue.Quadrant / 4) + 1, (sky.Catalogue.Quadrant % 4) + 1);
        return string.Create(CultureInfo.InvariantCulture,
            $"ztf_{date:yyyyMMdd}{visit.Fraction:D5}{(int)(10 * visit.Remainder)}_{sky.Catalogue.Field:D6}_{filter}"
            + $"_c{chip:D2}_o_q{quadrant}_scimrefdiffimg.fits");
    }

    private static float Photometry(CatalogueFacts facts, int place, char band)
    {
        // The faintest of the catalogue were measured in one band only.
        if (place >= facts.Near.Count || (band != 'i' && facts.Near[place].Red > 21.3 && facts.Identifiers[place] % 3 == 0))
        {
            return (float)MissingValue;
        }

        var (source, colour) = (facts.Near[place], facts.Colours[place]);
        return (float)(source.Red + (band switch { 'g' => source.Colour, 'r' => 0, 'i' => -colour, _ => -1.6 * colour }));
    }

    private static float Score(CatalogueFacts facts, int place) =>
        (float)(place < facts.Scores.Count ? facts.Scores[place] : MissingValue);

    private static long Identifier(CatalogueFacts facts, int place) => place < facts.Identifiers.Count ? facts.Identifiers[place] : -999;

    private static float Distance(SimulatedObject sky, int place) =>
        (float)(place < sky.Catalogue.Near.Count ? sky.Catalogue.MatchDistance(place) : MissingValue);

    private static (double Distance, double Magnitude, double Error, double ChiSquared, double Sharpness, double RightAscension,
        double Declination) Nearest(SimulatedObject sky, Visit visit, RandomStream random)
    {
        var facts = sky.Catalogue;
        var source = facts.Near.Count == 0 || facts.MatchDistance(0) > facts.PhantomDistance ? null : facts.Near[0];
        var distance = source is null ? facts.PhantomDistance : facts.MatchDistance(0) + (0.03 * Math.Abs(random.Normal()));
        var magnitude = (source?.Magnitude(visit.Filter) ?? facts.PhantomMagnitude) + (0.02 * random.Normal());
        var error = 0.012 + (0.3 * PortableMath.PowerOfTen(0.4 * Math.Min(0, magnitude - 22.8)));
        var (chi, sharp) = (0.75 * PortableMath.Exp(0.45 * random.Normal()), -0.02 + (0.05 * random.Normal()));
        if (source is null)
        {
            sharp = -0.2 + (0.25 * random.Normal());
        }
        else if (source.Shape is { } shape)
        {
            // An extended source fits a point badly, the more so the brighter it is.
            chi *= 1 + (5 * PortableMath.PowerOfTen(0.25 * (17 - Math.Max(15, magnitude))));
            sharp += 0.15 * Math.Min(2, shape.EffectiveRadius / 2);
        }

        var (east, north) = source is null
            ? (facts.PhantomX * facts.PhantomDistance, 0.8 * facts.PhantomDistance)
            : ((source.X - sky.X) * 1.01, (source.Y - sky.Y) * 1.01);
        var (rightAscension, declination) = sky.Position.Offset(east, north);
        return (distance, magnitude, error, chi, sharp, rightAscension, declination);
    }

    /// <summary>The scores of the survey's own classifiers: real alerts' distributions, not a classifier run.</summary>
    private readonly struct Scores
    {
        public Scores(SimulatedObject sky, Measurement m, RandomStream random)
        {
            var clear = Math.Min(1, m.SignalToNoise / 15);
            Star = Math.Clamp(1 - ((0.02 + (0.2 * (1 - clear))) * random.Exponential()), 0.35, 1);
            if (sky.Class == SimulatedClass.Bogus)
            {
                var chance = random.Uniform();
                RealBogus = Math.Clamp(0.4 + (0.12 * random.Normal()), 0.02, 0.75);
                DeepRealBogus = 0.9 * chance * chance * chance * chance * chance;
            }
            else
            {
                RealBogus = Math.Clamp(0.62 + (0.25 * clear) + (0.12 * random.Normal()), 0.3, 0.98);
                DeepRealBogus = 1 - PortableMath.PowerOfTen(-(0.5 + (5.5 * random.Uniform() * (0.4 + (0.6 * clear)))));
            }
        }

        public double Star { get; }

        public double RealBogus { get; }

        public double DeepRealBogus { get; }
    }
}
