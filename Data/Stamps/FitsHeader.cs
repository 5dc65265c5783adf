using System.Globalization;
using System.Text;

namespace Estampa.Data;

/// <summary>The header of one FITS unit: cards of 80 bytes up to END, in free or fixed format (FITS Standard 4.0, section 4).</summary>
internal sealed class FitsHeader
{
    private const int Block = 2880;
    private const int Card = 80;

    private readonly string place;

    private FitsHeader(string place) => this.place = place;

    public Dictionary<string, string> Values { get; } = [];

    /// <summary>Where the unit's data begins.</summary>
    public int End { get; private set; }

    /// <summary>Reads from an offset; the number of blocks is bounded by <see cref="Limits.FitsHeaderBlocks"/>.</summary>
    public static FitsHeader Read(ReadOnlySpan<byte> bytes, int offset, string place)
    {
        var header = new FitsHeader(place);
        for (var card = 0; card < Limits.FitsHeaderBlocks * Block / Card; card++)
        {
            var start = offset + (card * Card);
            if (start + Card > bytes.Length)
            {
                throw header.Bad($"the header ends without END at byte {bytes.Length}");
            }

            var text = bytes.Slice(start, Card);
            if (text.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
            {
                throw header.Bad($"the header's card at byte {start} is not printable ASCII");
            }

            var keyword = Encoding.ASCII.GetString(text[..8]).TrimEnd();
            if (card == 0 && keyword is not ("SIMPLE" or "XTENSION"))
            {
                throw header.Bad($"byte {start}: the header begins with neither SIMPLE nor XTENSION");
            }

            if (keyword == "END")
            {
                // The last block is filled up with blanks; a file that stops right after END has no data to lose.
                header.End = (int)Math.Min(offset + (((long)((card + 1) * Card) + Block - 1) / Block * Block), bytes.Length);
                return header;
            }

            if (text[8] == '=')
            {
                header.Values.TryAdd(keyword, Value(Encoding.ASCII.GetString(text[9..]).Trim()));
            }
        }

        throw header.Bad($"no END within {Limits.FitsHeaderBlocks} blocks of 2,880 bytes");
    }

    /// <summary>A required integer within bounds.</summary>
    public long Integer(string keyword, long least, long most, long? absent = null)
    {
        if (!Values.TryGetValue(keyword, out var text))
        {
            return absent ?? throw Bad($"{keyword} is missing");
        }

        var known = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value);
        return known && value >= least && value <= most
            ? value
            : throw Bad($"{keyword} is no integer from {least} to {most}: {Printable.Text(text)}");
    }

    /// <summary>An optional finite number; Fortran's D exponent is read too.</summary>
    public double Real(string keyword, double absent)
    {
        if (!Values.TryGetValue(keyword, out var text))
        {
            return absent;
        }

        var known = double.TryParse(text.Replace('D', 'E'), NumberStyles.Float, CultureInfo.InvariantCulture, out var value);
        return known && double.IsFinite(value)
            ? value
            : throw Bad($"{keyword} is no finite number: {Printable.Text(text)}");
    }

    public BadInputException Bad(string reason) => new($"{place}: FITS: {reason}");

    // Text stands between quotes, a quote inside it twice; anything else ends at the comment's slash.
    private static string Value(string text)
    {
        if (!text.StartsWith('\''))
        {
            return text.Split('/', 2)[0].TrimEnd();
        }

        var value = new StringBuilder();
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == '\'' && (++i >= text.Length || text[i] != '\''))
            {
                break;
            }

            value.Append(text[i]);
        }

        return value.ToString().TrimEnd();
    }
}
