using System.Buffers.Binary;
using System.IO.Compression;

namespace Estampa.Data;

/// <summary>One gzip member in memory (RFC 1952): how ZTF packs a cut-out.</summary>
public static class Gzip
{
    private const int Trailer = 8;

    /// <summary>
    /// Inflates the one member, at most <paramref name="limit"/> bytes. The platform's GZipStream says nothing about a member that is cut
    /// short, so the checksum and the length of the trailer are compared here. After the member only zero bytes may follow.
    /// </summary>
    /// <param name="packed">The whole member.</param>
    /// <param name="place">Named in errors: the file, and the alert or field.</param>
    /// <param name="limit">The most bytes that may come out.</param>
    /// <exception cref="BadInputException">No gzip, cut, damaged, too large, or more than one member.</exception>
    public static byte[] Unpack(ReadOnlyMemory<byte> packed, string place, int limit = Limits.Stamp)
    {
        var start = HeaderLength(packed.Span, place);
        using var feed = new ExactStream(packed[start..], Trailer + packed.Length - packed.Span.TrimEnd((byte)0).Length);
        using var inflating = new DeflateStream(feed, CompressionMode.Decompress, leaveOpen: true);
        var bytes = BoundedInflate.ToEnd(inflating, limit, place);

        var trailer = packed.Span[(start + (int)feed.Position)..];
        if (trailer.Length < Trailer ||
            BinaryPrimitives.ReadUInt32LittleEndian(trailer) != Crc32.Of(bytes) ||
            BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]) != (uint)bytes.Length)
        {
            throw new BadInputException($"{place}: gzip of {packed.Length} bytes is cut, damaged or followed by other bytes " +
                $"({bytes.Length} bytes came out; the checksum and length at its end are not theirs)");
        }

        return trailer[Trailer..].ContainsAnyExcept((byte)0)
            ? throw new BadInputException($"{place}: bytes follow the gzip member")
            : bytes;
    }

    /// <summary>The first bytes of a member, at most so many, by which one may know how many there are; nothing is checked yet.</summary>
    public static byte[] Begin(ReadOnlyMemory<byte> packed, string place, int count)
    {
        using var feed = new ExactStream(packed[HeaderLength(packed.Span, place)..], Trailer);
        using var inflating = new DeflateStream(feed, CompressionMode.Decompress, leaveOpen: true);
        return BoundedInflate.Begin(inflating, count, place);
    }

    /// <summary>One member without name and time, so that equal bytes give equal files.</summary>
    public static byte[] Pack(ReadOnlySpan<byte> bytes)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }

    private static int HeaderLength(ReadOnlySpan<byte> packed, string place)
    {
        const int Fixed = 10;
        if (packed.Length < Fixed + Trailer || packed[0] != 0x1F || packed[1] != 0x8B || packed[2] != 8 || (packed[3] & 0xE0) != 0)
        {
            throw new BadInputException($"{place}: {packed.Length} bytes that are no gzip member");
        }

        var flags = packed[3];
        var length = Fixed;
        if ((flags & 4) != 0)
        {
            length += 2 + BinaryPrimitives.ReadUInt16LittleEndian(packed[length..]);
        }

        // The original name and a comment, each ended by a zero byte.
        for (var flag = 8; flag <= 16; flag *= 2)
        {
            if ((flags & flag) != 0 && length < packed.Length)
            {
                var end = packed[length..].IndexOf((byte)0);
                length = end < 0 ? packed.Length : length + end + 1;
            }
        }

        length += (flags & 2) != 0 ? 2 : 0;
        return length <= packed.Length - Trailer ? length : throw new BadInputException($"{place}: the gzip header does not end");
    }

    /// <summary>
    /// Gives bytes to a decompressor that reads ahead: freely at first, then, from the last two trailers' worth on, one at a time. So its
    /// position is the exact end of the compressed data, where the trailer begins.
    /// </summary>
    private sealed class ExactStream(ReadOnlyMemory<byte> bytes, int tail) : Stream
    {
        private int position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => bytes.Length;

        public override long Position
        {
            get => position;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var free = bytes.Length - tail - Trailer - position;
            var count = Math.Min(buffer.Length, free > 0 ? free : Math.Min(1, bytes.Length - position));
            bytes.Span.Slice(position, count).CopyTo(buffer);
            position += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
