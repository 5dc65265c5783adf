using System.Buffers.Binary;
using System.Text;
using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

/// <summary>Written by hand after the format description; real blocks of another writer are among the shared alerts.</summary>
public class SnappyTests
{
    [Fact]
    public void UnpacksLiteralsAndAllCopies()
    {
        // "abcd"; copy of 5 from 4 (kind 1: overlaps); copy of 3 from 9 (kind 2); copy of 2 from 1 (kind 3).
        byte[] packed = [14, 3 << 2, .. "abcd"u8, (1 << 2) | 1, 4, (2 << 2) | 2, 9, 0, (1 << 2) | 3, 1, 0, 0, 0];
        Assert.Equal("abcdabcdaabccc", Encoding.ASCII.GetString(Snappy.Unpack(packed, "test")));
    }

    [Fact]
    public void UnpacksALiteralWithItsOwnLength()
    {
        var text = Encoding.ASCII.GetBytes(new string('x', 300));
        Assert.Equal(text, Snappy.Unpack([0xAC, 2, 61 << 2, 43, 1, .. text], "test"));
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0x80 })]
    [InlineData(new byte[] { 4, 3 << 2, 97 })]
    [InlineData(new byte[] { 1, 3 << 2, 97, 97, 97, 97 })]
    [InlineData(new byte[] { 5, 0, 97, 1, 2 })]
    [InlineData(new byte[] { 5, 0, 97, 1, 0 })]
    [InlineData(new byte[] { 6, 0, 97, 1, 1 })]
    [InlineData(new byte[] { 1, 63 << 2, 0xFF, 0xFF, 0xFF, 0xFF, 97 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0, 97 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0, 97 })]
    public void RefusesDamage(byte[] packed) => Assert.Throws<BadInputException>(() => Snappy.Unpack(packed, "test"));

    [Fact]
    public void ComparesTheChecksum()
    {
        byte[] block = [1, 0, (byte)'a', 0, 0, 0, 0];
        Assert.Contains("checksum", Assert.Throws<BadInputException>(() => Snappy.UnpackBlock(block, "test")).Message);
        BinaryPrimitives.WriteUInt32BigEndian(block.AsSpan(3), Crc32.Of("a"u8));
        Assert.Equal("a"u8.ToArray(), Snappy.UnpackBlock(block, "test"));
        Assert.Throws<BadInputException>(() => Snappy.UnpackBlock(block.AsSpan(0, 3), "test"));
    }
}
