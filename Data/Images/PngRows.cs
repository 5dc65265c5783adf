using System.Buffers.Binary;
using System.IO.Compression;

namespace Estampa.Data;

/// <summary>What a PNG file's first chunk says. Channels are the samples of a pixel as stored: 1 for grey and for a palette.</summary>
internal readonly record struct PngHeader(int Width, int Height, int Channels, bool HasPalette)
{
    public static PngHeader Read(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data, string place)
    {
        if (!type.SequenceEqual("IHDR"u8) || data.Length != 13)
        {
            throw new BadInputException($"{place}: byte 8: the first chunk is no header");
        }

        var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(data), BinaryPrimitives.ReadInt32BigEndian(data[4..]));
        var channels = data[9] switch { 0 or 3 => 1, 2 => 3, 4 => 2, 6 => 4, _ => 0 };
        if (data[8] != 8 || channels == 0 || data[10] != 0 || data[11] != 0 || data[12] != 0)
        {
            throw new BadInputException($"{place}: a PNG of {data[8]} bits, colour type {data[9]} and interlace {data[12]} is not read " +
                "(8 bits without interlace is)");
        }

        // Four bytes a pixel are the most that come out of it.
        return width >= 1 && height >= 1 && (long)width * height <= Limits.Picture / 4
            ? new PngHeader(width, height, channels, data[9] == 3)
            : throw new BadInputException($"{place}: byte 16: {width} x {height} pixels, above the limit of {Limits.Picture / 4}");
    }
}

/// <summary>Undoes the compression, the row filters and the palette of a PNG file.</summary>
internal static class PngRows
{
    public static Picture Unpack(PngHeader header, MemoryStream packed, byte[] palette, byte[] alpha, string place)
    {
        var stride = header.Width * header.Channels;
        packed.Position = 0;
        using var stream = new ZLibStream(packed, CompressionMode.Decompress);
        var rows = BoundedInflate.ToEnd(stream, (stride + 1) * header.Height, place);
        if (rows.Length != (stride + 1) * header.Height)
        {
            throw new BadInputException($"{place}: {rows.Length} bytes of pixels where {(stride + 1) * header.Height} are wanted");
        }

        var pixels = new byte[stride * header.Height];
        var above = new byte[stride];
        for (var row = 0; row < header.Height; row++)
        {
            var line = pixels.AsSpan(row * stride, stride);
            rows.AsSpan((row * (stride + 1)) + 1, stride).CopyTo(line);
            Unfilter(rows[row * (stride + 1)], line, row == 0 ? above : pixels.AsSpan((row - 1) * stride, stride), header.Channels, place);
        }

        return header.HasPalette
            ? LookUp(header, pixels, palette, alpha, place)
            : new Picture(header.Width, header.Height, header.Channels, pixels);
    }

    // Section 9.2: each byte is what it differs by from a prediction out of the byte one pixel to the left, above, and above that.
    private static void Unfilter(byte filter, Span<byte> line, ReadOnlySpan<byte> above, int step, string place)
    {
        if (filter > 4)
        {
            throw new BadInputException($"{place}: a row of filter {filter}, which PNG does not have");
        }

        for (var i = 0; i < line.Length; i++)
        {
            int left = i < step ? 0 : line[i - step];
            int corner = i < step ? 0 : above[i - step];
            line[i] += (byte)(filter switch
            {
                0 => 0,
                1 => left,
                2 => above[i],
                3 => (left + above[i]) / 2,
                _ => Paeth(left, above[i], corner),
            });
        }
    }

    private static int Paeth(int left, int above, int corner)
    {
        var (fromLeft, fromAbove, fromCorner) = (Math.Abs(above - corner), Math.Abs(left - corner), Math.Abs(left + above - (2 * corner)));
        return fromLeft <= fromAbove && fromLeft <= fromCorner ? left : fromAbove <= fromCorner ? above : corner;
    }

    private static Picture LookUp(PngHeader header, byte[] places, byte[] palette, byte[] alpha, string place)
    {
        var channels = alpha.Length > 0 ? 4 : 3;
        var pixels = new byte[places.Length * channels];
        for (var i = 0; i < places.Length; i++)
        {
            if (3 * places[i] + 2 >= palette.Length)
            {
                throw new BadInputException($"{place}: colour {places[i]} is not in the palette of {palette.Length / 3}");
            }

            palette.AsSpan(3 * places[i], 3).CopyTo(pixels.AsSpan(i * channels));
            if (channels == 4)
            {
                pixels[(i * 4) + 3] = places[i] < alpha.Length ? alpha[places[i]] : byte.MaxValue;
            }
        }

        return new Picture(header.Width, header.Height, channels, pixels);
    }
}
