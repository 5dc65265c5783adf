namespace Estampa.Data;

/// <summary>Grey images of Netpbm: P2 (text) and P5 (bytes), up to 8 bits, scaled to 0..255 where the file's maximum is less.</summary>
public static class Pgm
{
    public static Picture Read(string path) => Decode(InputFile.ReadAll(path, Limits.Picture), path);

    /// <param name="bytes">The whole file.</param>
    /// <param name="place">Named in errors.</param>
    public static Picture Decode(ReadOnlySpan<byte> bytes, string place)
    {
        if (bytes.Length < 3 || bytes[0] != 'P' || bytes[1] is not ((byte)'2' or (byte)'5'))
        {
            throw new BadInputException($"{place}: byte 0: no PGM file (P2 or P5)");
        }

        var at = 2;
        var width = Number(bytes, ref at, Limits.Picture, place);
        var height = Number(bytes, ref at, Limits.Picture, place);
        var most = Number(bytes, ref at, byte.MaxValue, place);
        var isText = bytes[1] == '2';

        // One white space ends the header of P5; a text pixel takes at least a digit.
        at += isText ? 0 : 1;
        if (width == 0 || height == 0 || most == 0 || (long)width * height > bytes.Length - at)
        {
            throw new BadInputException($"{place}: byte {at}: {width} x {height} pixels up to {most} are not in {bytes.Length} bytes");
        }

        var pixels = new byte[width * height];
        for (var i = 0; i < pixels.Length; i++)
        {
            var value = isText ? Number(bytes, ref at, most, place) : bytes[at++];
            pixels[i] = value <= most
                ? (byte)(((value * byte.MaxValue) + (most / 2)) / most)
                : throw new BadInputException($"{place}: byte {at - 1}: a pixel of {value} above the maximum of {most}");
        }

        return new Picture(width, height, 1, pixels);
    }

    private static int Number(ReadOnlySpan<byte> bytes, ref int at, int most, string place)
    {
        var comment = false;
        while (at < bytes.Length && (comment || bytes[at] is (byte)'#' or (byte)' ' or (>= 9 and <= 13)))
        {
            comment = bytes[at] == '#' || (comment && bytes[at] is not (10 or 13));
            at++;
        }

        var start = at;
        var value = 0;
        for (; at < bytes.Length && bytes[at] is >= (byte)'0' and <= (byte)'9' && value <= most; at++)
        {
            value = (value * 10) + bytes[at] - '0';
        }

        return at > start && value <= most
            ? value
            : throw new BadInputException($"{place}: byte {start}: no number up to {most}");
    }
}
