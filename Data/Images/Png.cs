using System.Buffers.Binary;
using System.IO.Compression;

namespace Estampa.Data;

/// <summary>
/// PNG (W3C, third edition) of 8 bits a sample: written in grey and RGB, read in all five colour types. Checksums are compared; colour
/// management, 16 bits, fewer than 8, and interlace are not supported and said so.
/// </summary>
public static class Png
{
    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    /// <summary>Writes a picture of 1 or 3 channels; the file appears whole or not at all.</summary>
    public static void Write(string path, Picture picture) => AtomicFile.WriteBytes(path, Encode(picture));

    public static byte[] Encode(Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (picture.Channels is not (1 or 3))
        {
            throw new ArgumentException($"a picture of {picture.Channels} channels is not written (1 and 3 are)", nameof(picture));
        }

        using var file = new MemoryStream();
        file.Write(Signature);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, picture.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), picture.Height);
        header[8] = 8;
        header[9] = picture.Channels == 1 ? (byte)0 : (byte)2;
        WriteChunk(file, "IHDR"u8, header);

        using var packed = new MemoryStream();
        using (var stream = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            var stride = picture.Width * picture.Channels;
            for (var row = 0; row < picture.Height; row++)
            {
                // Filter 0: deflate alone does well on stamps drawn with large even pixels.
                stream.WriteByte(0);
                stream.Write(picture.Pixels, row * stride, stride);
            }
        }

        WriteChunk(file, "IDAT"u8, packed.ToArray());
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    public static Picture Read(string path) => Decode(InputFile.ReadAll(path, Limits.Picture), path);

    /// <param name="bytes">The whole file.</param>
    /// <param name="place">Named in errors.</param>
    public static Picture Decode(ReadOnlySpan<byte> bytes, string place)
    {
        if (!bytes.StartsWith(Signature))
        {
            throw new BadInputException($"{place}: byte 0: no PNG file");
        }

        var header = default(PngHeader);
        byte[] palette = [], alpha = [];
        using var packed = new MemoryStream();
        for (var at = Signature.Length; ;)
        {
            var left = bytes.Length - at;
            var length = left < 12 ? -1 : BinaryPrimitives.ReadInt32BigEndian(bytes[at..]);
            if (length < 0 || length > left - 12)
            {
                throw new BadInputException($"{place}: byte {at}: the file ends inside a chunk");
            }

            var type = bytes.Slice(at + 4, 4);
            var data = bytes.Slice(at + 8, length);
            if (Crc32.Of(bytes.Slice(at + 4, 4 + length)) != BinaryPrimitives.ReadUInt32BigEndian(bytes[(at + 8 + length)..]))
            {
                throw new BadInputException($"{place}: byte {at}: the checksum of the chunk is wrong");
            }

            if (at == Signature.Length)
            {
                header = PngHeader.Read(type, data, place);
            }
            else if (type.SequenceEqual("IEND"u8))
            {
                return PngRows.Unpack(header, packed, palette, alpha, place);
            }
            else if (type.SequenceEqual("IDAT"u8))
            {
                packed.Write(data);
            }
            else if (type.SequenceEqual("PLTE"u8))
            {
                palette = data.ToArray();
            }
            else if (type.SequenceEqual("tRNS"u8))
            {
                alpha = data.ToArray();
            }
            else if ((type[0] & 0x20) == 0)
            {
                throw new BadInputException($"{place}: byte {at}: a chunk that must be understood and is not known");
            }

            at += 12 + length;
        }
    }

    private static void WriteChunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(type);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Of(data, Crc32.Of(type)));
        file.Write(number);
    }
}
