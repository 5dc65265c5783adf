using System.Buffers.Binary;
using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class PngTests
{
    /// <summary>Pillow's files and samples; filters.png uses all five row filters (Tests/Reference/make_image_fixtures.py).</summary>
    [Theory]
    [InlineData("grey", 1)]
    [InlineData("grey-alpha", 2)]
    [InlineData("colour", 3)]
    [InlineData("colour-alpha", 4)]
    [InlineData("palette", 3)]
    [InlineData("filters", 3)]
    public void ReadsAsPillowDoes(string name, int channels)
    {
        var picture = Png.Read(DataFiles.Fixture("images", $"{name}.png"));
        var expected = Npy.Read(DataFiles.Fixture("images", $"{name}.npy"));
        Assert.Equal(channels, picture.Channels);
        Assert.Equal((expected.Shape[0], expected.Shape[1]), (picture.Height, picture.Width));
        Assert.Equal(expected.Longs(), picture.Pixels.Select(sample => (long)sample));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void WritesWhatItReads(int channels)
    {
        using var folder = DataFiles.Temporary();
        var pixels = new byte[17 * 9 * channels];
        new Random(1).NextBytes(pixels);
        Png.Write(folder["a.png"], new Picture(17, 9, channels, pixels));
        var back = Png.Read(folder["a.png"]);
        Assert.Equal((17, 9, channels), (back.Width, back.Height, back.Channels));
        Assert.Equal(pixels, back.Pixels);
        Assert.Throws<ArgumentException>(() => Png.Encode(new Picture(1, 1, 4, new byte[4])));
    }

    [Fact]
    public void RefusesCutsAndFlips()
    {
        var bytes = File.ReadAllBytes(DataFiles.Fixture("images", "filters.png"));
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<BadInputException>(() => Png.Decode(bytes.AsSpan(0, length), "test"));
        }

        for (var i = 0; i < bytes.Length; i++)
        {
            var flipped = bytes.ToArray();
            flipped[i] ^= 0x10;
            Assert.Throws<BadInputException>(() => Png.Decode(flipped, "test"));
        }
    }

    /// <summary>Bytes 16 to 28 of the file are the header's: width, height, bits, colour type, compression, filter, interlace.</summary>
    [Theory]
    [InlineData(16, 0x7F, "above the limit")]
    [InlineData(16, 0x80, "above the limit")]
    [InlineData(19, 0, "above the limit")]
    [InlineData(19, 200, "bytes of pixels where")]
    [InlineData(19, 3, "inflates to more than")]
    [InlineData(24, 16, "16 bits")]
    [InlineData(25, 5, "colour type 5")]
    [InlineData(25, 3, "above the limit")]
    [InlineData(28, 1, "interlace 1 is not read")]
    public void RefusesHeaders(int place, byte value, string reason)
    {
        var bytes = Png.Encode(new Picture(17, 9, 3, new byte[17 * 9 * 3]));
        bytes[place] = value;
        if (place == 25 && value == 3)
        {
            bytes[16] = 0x10;
        }

        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(29), Crc32.Of(bytes.AsSpan(12, 17)));
        Assert.Contains(reason, Assert.Throws<BadInputException>(() => Png.Decode(bytes, "test")).Message);
    }

    [Fact]
    public void ReadsPgmOfBytesAndOfText()
    {
        var expected = Npy.Read(DataFiles.Fixture("images", "bytes.npy")).Longs();
        Assert.Equal(expected, Pgm.Read(DataFiles.Fixture("images", "bytes.pgm")).Pixels.Select(sample => (long)sample));
        var text = Pgm.Decode("P2 # a comment\n3 2\n15\n0 1 2\n13 14 15"u8, "test");
        Assert.Equal((3, 2), (text.Width, text.Height));
        Assert.Equal([0, 17, 34, 221, 238, 255], text.Pixels);
    }

    [Theory]
    [InlineData("P6 1 1 255\nabc")]
    [InlineData("P5 2 2 255\nabc")]
    [InlineData("P5 2 2 65535\nabcdefgh")]
    [InlineData("P5 99999999999 2 255\nabc")]
    [InlineData("P5 60000 60000 255\nabc")]
    [InlineData("P5 0 2 255\nabc")]
    [InlineData("P5 1 1 50\nz")]
    [InlineData("P2 2 1 9 3 10")]
    [InlineData("P2 2 1 9 3")]
    [InlineData("P2 -2 1 9 3 3")]
    [InlineData("P5")]
    [InlineData("P5 1 1 1")]
    public void RefusesOtherPgm(string text) =>
        Assert.Throws<BadInputException>(() => Pgm.Decode(System.Text.Encoding.ASCII.GetBytes(text), "test"));
}
