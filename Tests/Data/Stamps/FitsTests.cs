using System.Text;
using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class FitsTests
{
    /// <summary>Files and pixels of astropy (Tests/Reference/make_fits_fixtures.py).</summary>
    [Theory]
    [InlineData("bytes", 1)]
    [InlineData("shorts", 1)]
    [InlineData("integers", 1)]
    [InlineData("longs", 1)]
    [InlineData("floats", 1)]
    [InlineData("doubles", 0)]
    [InlineData("extension", 0)]
    [InlineData("axes", 0)]
    public void ReadsAsAstropyDoes(string name, int masked)
    {
        var stamp = Fits.Read(File.ReadAllBytes(DataFiles.Fixture("fits", $"{name}.fits")), name);
        var expected = Npy.Read(DataFiles.Fixture("fits", $"{name}.npy")).Floats();
        Assert.Equal((7, 5), (stamp.Width, stamp.Height));
        Assert.Equal(masked, stamp.Pixels.Count(float.IsNaN));
        for (var i = 0; i < expected.Length; i++)
        {
            // astropy scales small integers in float32, the project in double: the last bit may differ.
            Assert.True(expected[i].Equals(stamp.Pixels[i]) || MathF.Abs(expected[i] - stamp.Pixels[i]) <= 1e-6f * MathF.Abs(expected[i]),
                $"{name}: pixel {i} is {stamp.Pixels[i]:R} and not {expected[i]:R}");
        }
    }

    [Fact]
    public void WritesWhatItReads()
    {
        var stamp = DataFiles.Stamp(61, 47);
        stamp.Pixels[5] = float.NaN;
        var bytes = Fits.Write(stamp, "DN");
        Assert.Equal(0, bytes.Length % 2880);
        var back = Fits.Read(bytes, "test");
        Assert.True(DataFiles.Same(stamp.Pixels, back.Pixels));
        Assert.Equal(["61", "47", "DN", "T"], new[] { "NAXIS1", "NAXIS2", "BUNIT", "SIMPLE" }.Select(name => back.Keywords[name]));
    }

    [Fact]
    public void ReadsFreeFormatCardsAndQuotedText()
    {
        var bytes = Header("SIMPLE  =  T", "BITPIX  = 8 / stored", "NAXIS   =2", "NAXIS1  =   +3", "NAXIS2=  1", "NAXIS2  = 1",
            "OBJECT  = 'it''s / here '  / a name", "COMMENT = of no value", "BSCALE  = 2.5D-1", "BZERO   =   -1.");
        var stamp = Fits.Read((byte[])[.. bytes, 4, 8, 12], "test");
        Assert.Equal([0f, 1f, 2f], stamp.Pixels);
        Assert.Equal("it's / here", stamp.Keywords["OBJECT"]);
    }

    [Fact]
    public void RefusesAByteTooFewAndAcceptsMissingPadding()
    {
        var bytes = Fits.Write(DataFiles.Stamp());
        var end = 2880 + (63 * 63 * 4);
        Assert.Equal(63 * 63, Fits.Read(bytes.AsSpan(0, end), "test").Pixels.Length);
        var error = Assert.Throws<BadInputException>(() => Fits.Read(bytes.AsSpan(0, end - 1), "x.fits"));
        Assert.Equal("x.fits: FITS: 63 x 63 pixels of 4 bytes are wanted and 15875 bytes are left", error.Message);
        Assert.Equal(63 * 63, Fits.Read((byte[])[.. bytes, .. "a second unit that is none"u8], "test").Pixels.Length);
        Assert.All(Enumerable.Range(0, 36), card => Assert.Throws<BadInputException>(() => Fits.Read(bytes.AsSpan(0, card * 80), "test")));
    }

    [Theory]
    [InlineData("NAXIS1  = 100000", "NAXIS2  = 10000")]
    [InlineData("NAXIS1  = 2147483647", "NAXIS2  = 2147483647")]
    [InlineData("NAXIS1  = 4294967296", "NAXIS2  = 4294967296")]
    [InlineData("NAXIS1  = 65536", "NAXIS2  = 65536")]
    [InlineData("NAXIS1  = 99999999999999999999", "NAXIS2  = 1")]
    [InlineData("NAXIS1  = -3", "NAXIS2  = 3")]
    [InlineData("NAXIS1  = 3.0", "NAXIS2  = 3")]
    [InlineData("NAXIS1  = 3", "COMMENT")]
    [InlineData("NAXIS1  = 0", "NAXIS2  = 3")]
    [InlineData("NAXIS1  = 'three'", "NAXIS2  = 3")]
    [InlineData("NAXIS1  = 2147483648", "NAXIS2  = 2")]
    [InlineData("NAXIS1  = 46341", "NAXIS2  = 46341")]
    [InlineData("NAXIS1  = 9223372036854775807", "NAXIS2  = 2")]
    [InlineData("NAXIS1  = -9223372036854775808", "NAXIS2  = 2")]
    [InlineData("NAXIS1  = 1E9", "NAXIS2  = 1")]
    [InlineData("NAXIS1  = T", "NAXIS2  = 1")]
    [InlineData("NAXIS1  =", "NAXIS2  = 1")]
    [InlineData("NAXIS1  = 1", "NAXIS2  = 0x10")]
    [InlineData("NAXIS1  = 1", "NAXIS2  = 1,000")]
    public void RefusesAxesBeforeItAllocates(string first, string second)
    {
        var bytes = Header("SIMPLE  = T", "BITPIX  = -32", "NAXIS   = 2", first, second);
        Assert.InRange(Allocated(bytes), 0, 1 << 20);
    }

    [Theory]
    [InlineData("SIMPLE  = T", "BITPIX  = 0", "NAXIS   = 2")]
    [InlineData("SIMPLE  = T", "BITPIX  = 7", "NAXIS   = 2")]
    [InlineData("SIMPLE  = T", "BITPIX  = -2147483648", "NAXIS   = 2")]
    [InlineData("SIMPLE  = T", "COMMENT", "NAXIS   = 2")]
    [InlineData("SIMPLE  = T", "BITPIX  = 8", "COMMENT")]
    [InlineData("SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 0")]
    [InlineData("SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 1")]
    [InlineData("SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 3")]
    [InlineData("SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 999")]
    [InlineData("SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 1000")]
    [InlineData("SIMPLE  = T", "BITPIX  = 8", "NAXIS   = -1")]
    [InlineData("HELLO   = T", "BITPIX  = 8", "NAXIS   = 2")]
    [InlineData("SIMPLE  = \0", "BITPIX  = 8", "NAXIS   = 2")]
    [InlineData("SIMPLE  = T", "BITPIX  = 8.0", "NAXIS   = 2")]
    [InlineData("SIMPLE  = T", "BITPIX  = -16", "NAXIS   = 2")]
    [InlineData("SIMPLE  = T", "BITPIX  = 128", "NAXIS   = 2")]
    [InlineData("SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 2147483648")]
    [InlineData("SIMPLE  = T\u007f", "BITPIX  = 8", "NAXIS   = 2")]
    [InlineData("XTENSION= 'TABLE'", "BITPIX  = 8", "NAXIS   = 999")]
    public void RefusesHeaders(string simple, string bits, string axes)
    {
        var bytes = Header(simple, bits, axes, "NAXIS1  = 2", "NAXIS2  = 2", "NAXIS3  = 2");
        Assert.InRange(Allocated([.. bytes, .. new byte[2880]]), 0, 1 << 20);
    }

    [Theory]
    [InlineData("BSCALE  = NaN")]
    [InlineData("BZERO   = 1e999")]
    [InlineData("BSCALE  = 'two'")]
    [InlineData("BLANK   = 1.5")]
    public void RefusesScalesThatAreNoNumbers(string card) => Allocated(
        [.. Header("SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 2", "NAXIS1  = 1", "NAXIS2  = 1", card), 5]);

    [Fact]
    public void RefusesAHeaderWithoutEnd()
    {
        var cards = new byte[10_000 * 80];
        cards.AsSpan().Fill((byte)' ');
        Encoding.ASCII.GetBytes("SIMPLE  = T", cards);
        Assert.Contains("no END within 36 blocks", Assert.Throws<BadInputException>(() => Fits.Read(cards, "test")).Message);
        Assert.Contains("no image", Assert.Throws<BadInputException>(() => Fits.Read([], "test")).Message);
    }

    /// <summary>A primary unit without data, whose extensions claim what is not there.</summary>
    [Theory]
    [InlineData("NAXIS1  = 50000", "PCOUNT  = 0")]
    [InlineData("NAXIS1  = 2", "PCOUNT  = 2147483647")]
    [InlineData("NAXIS1  = 2", "PCOUNT  = -1")]
    [InlineData("NAXIS1  = 2147483647", "GCOUNT  = 2147483647")]
    [InlineData("NAXIS1  = 0", "GCOUNT  = 1")]
    public void RefusesExtensionsThatAreNotThere(string axis, string count)
    {
        byte[] primary = Header("SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 0");
        foreach (var kind in new[] { "IMAGE", "BINTABLE" })
        {
            var extension = Header($"XTENSION= '{kind}'", "BITPIX  = 16", "NAXIS   = 2", axis, "NAXIS2  = 20000", count);
            Assert.InRange(Allocated([.. primary, .. extension, .. new byte[2880]]), 0, 1 << 20);
        }
    }

    private static long Allocated(byte[] bytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<BadInputException>(() => Fits.Read(bytes, "bad.fits"));
        Assert.StartsWith("bad.fits: FITS: ", error.Message);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static byte[] Header(params string[] cards)
    {
        var text = string.Concat(cards.Append("END").Select(card => card.PadRight(80)));
        return Encoding.ASCII.GetBytes(text.PadRight((text.Length + 2879) / 2880 * 2880));
    }
}
