namespace Estampa.Data;

/// <summary>One cut-out of an alert as it came: a gzip of a FITS file and its name there.</summary>
public sealed record CutOut(string FileName, byte[] Packed)
{
    /// <summary>Inflates and reads it.</summary>
    /// <param name="place">Named in errors: the file, the alert and the channel.</param>
    /// <exception cref="BadInputException">The gzip or the FITS file in it is damaged, or above <see cref="Limits.Stamp"/>.</exception>
    public Stamp Open(string place) => Fits.Read(Gzip.Unpack(Packed, place), place);

    /// <summary>Packs a stamp as ZTF does.</summary>
    public static CutOut Pack(string fileName, Stamp stamp) => new(fileName, Gzip.Pack(Fits.Write(stamp, "DN")));
}
