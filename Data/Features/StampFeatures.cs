using System.Globalization;

namespace Estampa.Data;

/// <summary>The range a feature is clipped to before it is scaled; infinite where open.</summary>
public readonly record struct FeatureRange(double Least, double Most)
{
    public static readonly FeatureRange Open = new(double.NegativeInfinity, double.PositiveInfinity);
}

/// <summary>
/// What an alert says in numbers: the 23 features of ALeRCE's stamp classifier in its order (Carrasco-Davis et al. 2021,
/// arXiv:2008.03309), and the filter, which sequences need. Values are as the alert has them: -999 for "no match" stays, what is absent,
/// null or not finite is NaN.
/// </summary>
public static class StampFeatures
{
    /// <summary>The 23.</summary>
    public static readonly IReadOnlyList<string> Names =
    [
        "sgscore1", "distpsnr1", "sgscore2", "distpsnr2", "sgscore3", "distpsnr3", "isdiffpos", "fwhm", "magpsf", "sigmapsf", "ra", "dec",
        "diffmaglim", "classtar", "ndethist", "ncovhist", "ecl_lat", "ecl_long", "gal_lat", "gal_long", "non_detections", "chinr",
        "sharpnr",
    ];

    /// <summary>The 23 and fid: 1 for g, 2 for r, 3 for i.</summary>
    public static readonly IReadOnlyList<string> WithFilter = [.. Names, "fid"];

    /// <summary>
    /// The published clips. Their open ends ("min", "max") are those of the data that is clipped and so cut nothing; here they are open.
    /// The clip at -1 makes -1 of ZTF's -999.
    /// </summary>
    public static FeatureRange Clip(string name) => name switch
    {
        "sgscore1" or "distpsnr1" or "sgscore2" or "distpsnr2" or "sgscore3" or "distpsnr3" => FeatureRange.Open with { Least = -1 },
        "fwhm" => FeatureRange.Open with { Most = 10 },
        "ndethist" => FeatureRange.Open with { Most = 20 },
        "ncovhist" => FeatureRange.Open with { Most = 3000 },
        "non_detections" => FeatureRange.Open with { Most = 2000 },
        "chinr" => new FeatureRange(-1, 15),
        "sharpnr" => new FeatureRange(-1, 1.5),
        _ => FeatureRange.Open,
    };

    /// <summary>Of a packet's candidate, or of an earlier detection, which knows fewer.</summary>
    /// <returns>One value for each of <see cref="WithFilter"/>.</returns>
    public static float[] Of(AvroRecord candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        return Gather(field => candidate.Text(field) is { } text ? Number(field, text) : candidate.Number(field) ?? double.NaN);
    }

    /// <summary>Of a row of a table; columns are found by the fields' names, and one that is not there is unknown.</summary>
    /// <param name="header">Names of the columns.</param>
    /// <returns>A function from a row's cells, as many as the header has, to one value for each of <see cref="WithFilter"/>.</returns>
    public static Func<string[], float[]> OfTable(IReadOnlyList<string> header)
    {
        var columns = new Dictionary<string, int>();
        for (var column = 0; column < header.Count; column++)
        {
            columns.TryAdd(header[column], column);
        }

        return cells => Gather(field => columns.TryGetValue(field, out var column) ? Number(field, cells[column]) : double.NaN);
    }

    private static float[] Gather(Func<string, double> field)
    {
        var (rightAscension, declination) = (field("ra"), field("dec"));
        var ecliptic = SkyCoordinates.Ecliptic(rightAscension, declination);
        var galactic = SkyCoordinates.Galactic(rightAscension, declination);
        var values = new float[WithFilter.Count];
        for (var place = 0; place < values.Length; place++)
        {
            var value = (float)(WithFilter[place] switch
            {
                "ecl_lat" => ecliptic.Latitude,
                "ecl_long" => ecliptic.Longitude,
                "gal_lat" => galactic.Latitude,
                "gal_long" => galactic.Longitude,
                "non_detections" => field("ncovhist") - field("ndethist"),
                var name => field(name),
            });
            values[place] = float.IsFinite(value) ? value : float.NaN;
        }

        return values;
    }

    /// <summary>
    /// isdiffpos is t or 1, and f or 0: 1 where the source is brighter than the template. (ALeRCE counts the other way round, which its
    /// z-score makes a change of sign.)
    /// </summary>
    private static double Number(string field, string text) => (field, text) switch
    {
        ("isdiffpos", "t") => 1,
        ("isdiffpos", "f") => 0,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : double.NaN,
    };
}
