using System.Buffers.Binary;

namespace Estampa.Data;

/// <summary>Decompresses Snappy's block format (google/snappy, format_description.txt), as Avro uses it.</summary>
internal static class Snappy
{
    /// <summary>One Avro block: Snappy data and then the big-endian CRC-32 of what it unpacks to.</summary>
    public static byte[] UnpackBlock(ReadOnlySpan<byte> block, string place)
    {
        if (block.Length < 4)
        {
            throw new BadInputException($"{place}: a snappy block of {block.Length} bytes has no checksum");
        }

        var bytes = Unpack(block[..^4], place);
        if (Crc32.Of(bytes) != BinaryPrimitives.ReadUInt32BigEndian(block[^4..]))
        {
            throw new BadInputException($"{place}: the checksum of the snappy block is wrong");
        }

        return bytes;
    }

    /// <summary>The format: a length, then literals (tag 0) and copies of what was written (tags 1, 2 and 3).</summary>
    public static byte[] Unpack(ReadOnlySpan<byte> packed, string place)
    {
        var read = 0;
        var length = ReadLength(packed, ref read, place);
        var output = new byte[length];
        var written = 0;
        while (read < packed.Length)
        {
            var tag = packed[read++];
            var kind = tag & 3;
            if (kind == 0)
            {
                // Up to 60 bytes by the tag itself; 60 to 63 say that the length less one follows in 1 to 4 bytes.
                long count = (tag >> 2) + 1;
                if (count > 60)
                {
                    count = 1L + ReadLittleEndian(packed, ref read, (int)count - 60, place);
                }

                if (count > packed.Length - read || count > length - written)
                {
                    throw Bad(place, read);
                }

                packed.Slice(read, (int)count).CopyTo(output.AsSpan(written));
                read += (int)count;
                written += (int)count;
            }
            else
            {
                var count = kind == 1 ? 4 + ((tag >> 2) & 7) : (tag >> 2) + 1;
                var high = kind == 1 ? (long)(tag >> 5) << 8 : 0;
                var distance = high | ReadLittleEndian(packed, ref read, kind == 3 ? 4 : kind, place);
                if (distance == 0 || distance > written || count > length - written)
                {
                    throw Bad(place, read);
                }

                // Byte by byte: a copy may overlap what it writes, and then repeats it.
                for (var end = written + count; written < end; written++)
                {
                    output[written] = output[written - (int)distance];
                }
            }
        }

        return written == length ? output : throw Bad(place, read);
    }

    private static int ReadLength(ReadOnlySpan<byte> packed, ref int read, string place)
    {
        long length = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var item = ReadLittleEndian(packed, ref read, 1, place);
            length |= (item & 0x7F) << shift;
            if (item < 0x80)
            {
                // No element packs more than 64 bytes into 3, so a length that the bytes cannot reach is refused before it is allocated.
                return length <= Limits.Block && length <= 32L * packed.Length
                    ? (int)length
                    : throw new BadInputException($"{place}: a snappy block of {length} bytes (limit {Limits.Block})");
            }
        }

        throw Bad(place, read);
    }

    private static long ReadLittleEndian(ReadOnlySpan<byte> packed, ref int read, int count, string place)
    {
        if (count > packed.Length - read)
        {
            throw Bad(place, read);
        }

        long value = 0;
        for (var i = 0; i < count; i++)
        {
            value |= (long)packed[read++] << (8 * i);
        }

        return value;
    }

    private static BadInputException Bad(string place, int read) => new($"{place}: the snappy data is damaged near its byte {read}");
}
