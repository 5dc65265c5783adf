using System.Globalization;
using System.IO.Compression;
using System.Text;
using Estampa.Data;

namespace Estampa.Tests;

/// <summary>Alert packets that no set can be made of, each alone in a folder of its own.</summary>
internal static class BadPackets
{
    public const string File = "bad.avro";
    private const long Candid = 2_345_678_901_234_567_890;

    /// <summary>A packet whose end is missing.</summary>
    public static string Truncated(string folder) => Write(folder, DataFiles.Container([DataFiles.Alert(Candid, "ZTF26aaaaaaa")])[..^100]);

    /// <summary>A stamp of 16 kB that inflates to 16 MiB.</summary>
    public static string GzipBomb(string folder) => Write(folder, Pack(new byte[16 << 20]));

    /// <summary>A stamp whose FITS header asks for 10^9 pixels.</summary>
    public static string ManyPixels(string folder)
    {
        (string, string)[] cards = [("SIMPLE", "T"), ("BITPIX", "-32"), ("NAXIS", "2"), ("NAXIS1", "50000"), ("NAXIS2", "20000")];
        var header = string.Concat(cards.Select(card =>
            string.Create(CultureInfo.InvariantCulture, $"{card.Item1,-8}= {card.Item2,20}").PadRight(80))) + "END";
        return Write(folder, Pack(Encoding.ASCII.GetBytes(header.PadRight(2 * 2880))));
    }

    private static byte[] Pack(byte[] stamp)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
        {
            gzip.Write(stamp);
        }

        var science = new AvroRecord(("fileName", "bad.fits.gz"), ("stampData", packed.ToArray()));
        return DataFiles.Container([DataFiles.Alert(Candid, "ZTF26aaaaaaa", science: science)]);
    }

    private static string Write(string folder, byte[] bytes)
    {
        Directory.CreateDirectory(folder);
        System.IO.File.WriteAllBytes(Path.Combine(folder, File), bytes);
        return folder;
    }
}
