using System.IO.Compression;
using System.Text;
using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class GzipTests
{
    private static readonly byte[] Whole = Fits.Write(DataFiles.Stamp());

    [Fact]
    public void UnpacksWhatItPacked() => Assert.Equal(Whole, Gzip.Unpack(Gzip.Pack(Whole), "test"));

    /// <summary>RFC 1952, section 8; the check value of the CRC catalogue.</summary>
    [Fact]
    public void ComputesTheCrcOfTheCatalogue() => Assert.Equal(0xCBF43926u, Crc32.Of("123456789"u8));

    [Fact]
    public void RefusesAMemberCutAnywhere()
    {
        var packed = Gzip.Pack(Whole);
        var lengths = Enumerable.Range(0, 40).Concat(Enumerable.Range(packed.Length - 40, 40)).Append(packed.Length / 2);
        Assert.All(lengths, length => Assert.Throws<BadInputException>(() => Gzip.Unpack(packed.AsMemory(0, length), "test")));
    }

    [Fact]
    public void RefusesEveryFlippedByteOfTheDataAndTrailer()
    {
        var packed = Gzip.Pack(Whole);
        for (var i = 10; i < packed.Length; i += i < packed.Length - 30 ? 17 : 1)
        {
            var bytes = packed.ToArray();
            bytes[i] ^= 0x40;
            Assert.Throws<BadInputException>(() => Gzip.Unpack(bytes, "test"));
        }
    }

    [Fact]
    public void AcceptsZeroPaddingAndNothingElseBehind()
    {
        var packed = Gzip.Pack(Whole);
        Assert.Equal(Whole, Gzip.Unpack((byte[])[.. packed, .. new byte[2880]], "test"));
        Assert.Throws<BadInputException>(() => Gzip.Unpack((byte[])[.. packed, 1], "test"));
        Assert.Throws<BadInputException>(() => Gzip.Unpack((byte[])[.. packed, 0, 0, 1], "test"));
        Assert.Throws<BadInputException>(() => Gzip.Unpack((byte[])[.. packed, .. packed], "test"));
        Assert.Throws<BadInputException>(() => Gzip.Unpack((byte[])[.. packed, .. packed.AsSpan(packed.Length - 8)], "test"));
    }

    [Fact]
    public void ReadsEveryOptionalHeaderField()
    {
        var packed = Gzip.Pack(Whole);
        byte[] extra = [3, 0, 1, 2, 3], name = [.. "name.fits\0"u8], comment = [.. "said\0"u8], check = [9, 9];
        byte[] start = [.. packed.AsSpan(0, 3), 4 | 8 | 16 | 2, .. packed.AsSpan(4, 6)];
        byte[] full = [.. start, .. extra, .. name, .. comment, .. check, .. packed.AsSpan(10)];
        Assert.Equal(Whole, Gzip.Unpack(full, "test"));
        byte[] endless = [.. packed.AsSpan(0, 3), 8, .. Enumerable.Repeat((byte)65, 40)];
        Assert.Throws<BadInputException>(() => Gzip.Unpack(endless, "test"));
        Assert.Throws<BadInputException>(() => Gzip.Unpack(Encoding.ASCII.GetBytes("SIMPLE  =                    T"), "test"));
        Assert.Throws<BadInputException>(() => Gzip.Unpack(Gzip.Pack(packed).AsMemory(0, 20), "test"));
    }

    [Fact]
    public void StopsABombAtTheLimit()
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write(new byte[16 << 20]);
        }

        var bomb = packed.ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<BadInputException>(() => Gzip.Unpack(bomb, "file.avro: alert 7"));
        Assert.Equal($"file.avro: alert 7: inflates to more than {Limits.Stamp} bytes", error.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 * Limits.Stamp);
    }

    [Fact]
    public void AcceptsExactlyTheLimit()
    {
        var bytes = new byte[1000];
        Assert.Equal(bytes, Gzip.Unpack(Gzip.Pack(bytes), "test", limit: 1000));
        Assert.Throws<BadInputException>(() => Gzip.Unpack(Gzip.Pack(bytes), "test", limit: 999));
    }
}
