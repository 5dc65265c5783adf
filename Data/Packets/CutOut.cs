namespace Estampa.Data;

/// <summary>One cut-out of an alert as it came: a gzip of a FITS file and its name there.</summary>
public sealed record CutOut(string FileName, byte[] Packed);
