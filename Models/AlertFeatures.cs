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
}
