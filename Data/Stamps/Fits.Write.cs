using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Estampa.Data;

/// <summary>FITS images (FITS Standard 4.0): one two-dimensional plane of a file becomes a <see cref="Stamp"/>, and back.</summary>
public static partial class Fits
{
    private const int Block = 2880;
    private const int Card = 80;

    /// <summary>One primary HDU of BITPIX -32, padded to whole blocks of 2,880 bytes.</summary>
    /// <param name="stamp">Its first row is the first row of the file. Keywords are not written.</param>
    /// <param name="unit">The text of BUNIT, at most 60 letters of ASCII without quotes; null for no such card.</param>
    public static byte[] Write(Stamp stamp, string? unit = null)
    {
        ArgumentNullException.ThrowIfNull(stamp);
        var header = new StringBuilder();
        Add(header, "SIMPLE", "T");
        Add(header, "BITPIX", "-32");
        Add(header, "NAXIS", "2");
        Add(header, "NAXIS1", stamp.Width.ToString(CultureInfo.InvariantCulture));
        Add(header, "NAXIS2", stamp.Height.ToString(CultureInfo.InvariantCulture));
        if (unit is not null)
        {
            if (unit.Length > 60 || unit.Any(letter => letter is < ' ' or > '~' or '\''))
            {
                throw new ArgumentException("a unit is at most 60 letters of ASCII without quotes", nameof(unit));
            }

            header.Append($"BUNIT   = '{unit,-8}'".PadRight(Card));
        }

        header.Append("END".PadRight(Card));

        var start = RoundUp(header.Length);
        var bytes = new byte[RoundUp(start + (4L * stamp.Pixels.Length))];
        bytes.AsSpan(0, start).Fill((byte)' ');
        Encoding.ASCII.GetBytes(header.ToString(), bytes);
        for (var i = 0; i < stamp.Pixels.Length; i++)
        {
            BinaryPrimitives.WriteSingleBigEndian(bytes.AsSpan(start + (4 * i)), stamp.Pixels[i]);
        }

        return bytes;
    }

    private static void Add(StringBuilder header, string keyword, string value) =>
        header.Append($"{keyword,-8}= {value,20}".PadRight(Card));

    private static int RoundUp(long length) => checked((int)((length + Block - 1) / Block * Block));
}
