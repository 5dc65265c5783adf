namespace Estampa.Data;

/// <summary>What was put into a simulated alert: one row of truth.csv.</summary>
/// <param name="Candid">The alert.</param>
/// <param name="ObjectId">Its object.</param>
/// <param name="Class">The object's class.</param>
/// <param name="JulianDate">Of the science image.</param>
/// <param name="Filter">1 for g, 2 for r.</param>
/// <param name="IsPositive">Whether the source was brighter than in the template.</param>
/// <param name="Magnitude">Of the difference, as measured.</param>
/// <param name="MagnitudeError">Quoted error.</param>
/// <param name="TrueMagnitude">Of the difference, as drawn; NaN for artefacts.</param>
/// <param name="Seeing">Full width at half maximum, pixels.</param>
/// <param name="HasNan">Whether pixels are missing.</param>
/// <param name="Width">Of the cut-outs, pixels.</param>
/// <param name="Height">Of the cut-outs, pixels.</param>
public sealed record SimulatedTruth(
    long Candid, string ObjectId, SimulatedClass Class, double JulianDate, int Filter, bool IsPositive, double Magnitude,
    double MagnitudeError, double TrueMagnitude, double Seeing, bool HasNan, int Width, int Height)
{
    public const string Header =
        "candid,objectId,class,jd,fid,isdiffpos,magpsf,sigmapsf,true_magnitude,seeing,has_nan,naxis1,naxis2,file";

    /// <summary>The row with its line end.</summary>
    public string Row(string file) => Csv.Line(
        Candid, ObjectId, Class.Name(), JulianDate, Filter, IsPositive ? "t" : "f", (float)Magnitude, (float)MagnitudeError,
        double.IsNaN(TrueMagnitude) ? null : (float)TrueMagnitude, (float)Seeing, HasNan ? 1 : 0, Width, Height, file);
}
