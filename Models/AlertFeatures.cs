namespace Estampa.Models;

/// <summary>The numbers of an alert that classifiers read beside its stamps.</summary>
public static class AlertFeatures
{
    /// <summary>The 23 of the stamp classifier, in the order of its production system (Carrasco-Davis et al. 2021).</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "sgscore1", "distpsnr1", "sgscore2", "distpsnr2", "sgscore3", "distpsnr3", "isdiffpos", "fwhm", "magpsf", "sigmapsf",
        "ra", "dec", "diffmaglim", "classtar", "ndethist", "ncovhist", "ecl_lat", "ecl_long", "gal_lat", "gal_long",
        "non_detections", "chinr", "sharpnr",
    ];

    /// <summary>Under this name a step says whether it has a stamp (1) or is an earlier detection without one (0).</summary>
    public const string HasStamp = "has-stamp";

    /// <summary>
    /// What a step of a sequence has besides its stamp and the time gap; earlier detections without stamps know all but one.
    /// </summary>
    public static IReadOnlyList<string> OfSteps { get; } = ["magpsf", "sigmapsf", "fid", "isdiffpos", "diffmaglim", HasStamp];
}
