using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

/// <summary>Cut-outs that cannot be used, each in a packet among good ones.</summary>
public class BadStampTests
{
    private static readonly byte[] Whole = Fits.Write(DataFiles.Stamp());

    private static readonly byte[] Packed = Gzip.Pack(Whole);

    [Fact]
    public void ReportsEachDamagedGzipAndUsesTheOthers()
    {
        var flags = Packed.ToArray();
        flags[3] = 4 | 8 | 16 | 2;
        byte[] header = [.. Packed.AsSpan(0, 3)], rest = [.. Packed.AsSpan(4, 6)], trailer = [.. Packed.AsSpan(Packed.Length - 8)];
        var cases = new Dictionary<string, byte[]>
        {
            ["empty"] = [],
            ["header alone"] = Packed[..10],
            ["a byte missing"] = Packed[..^1],
            ["eight bytes missing"] = Packed[..^8],
            ["half"] = Packed[..(Packed.Length / 2)],
            ["wrong checksum"] = [.. Packed[..^8], (byte)(trailer[0] ^ 1), .. trailer[1..]],
            ["wrong length"] = [.. Packed[..^4], (byte)(trailer[4] ^ 1), .. trailer[5..]],
            ["a byte too many"] = [.. Packed, 1],
            ["text behind"] = [.. Packed, .. "and more"u8],
            ["two members"] = [.. Packed, .. Packed],
            ["nested"] = Gzip.Pack(Packed),
            ["not packed"] = Whole,
            ["zlib"] = Zlib(Whole),
            ["deflate alone"] = Packed[10..^8],
            ["another method"] = [.. Packed[..2], 7, .. Packed[3..]],
            ["reserved flags"] = [.. header, 0x20, .. Packed[4..]],
            ["flags that are not so"] = flags,
            ["extra field beyond the end"] = [.. header, 4, .. rest, 0xFF, 0xFF, .. Packed[10..]],
            ["name without end"] = [.. header, 8, .. rest, .. Enumerable.Repeat((byte)'n', 5000)],
            ["stored block of a wrong length"] = [.. Packed[..10], 1, 5, 0, 5, 0, 1, 2, 3, 4, 5, .. trailer],
            ["distance before the beginning"] = [.. Packed[..10], 3 | (1 << 3), 0x40, 0, .. trailer],
            ["reserved kind of block"] = [.. Packed[..10], 7, 0, .. trailer],
            ["too short a file"] = Gzip.Pack(Whole.AsSpan(0, 2880)),
            ["bomb"] = Gzip.Pack(new byte[16 << 20]),
        };
        using var folder = DataFiles.Temporary();
        var names = cases.Keys.ToList();
        var alerts = cases.Values.Select((bytes, n) => DataFiles.Alert(n, $"ZTF{n}", science: DataFiles.Packed(bytes)))
            .Append(DataFiles.Alert(100, "ZTF100")).Prepend(DataFiles.Alert(101, "ZTF101"));
        AvroWriter.Write(folder["a.avro"], ZtfSchema.Json, alerts);
        var set = StampSource.Open(folder["a.avro"], new StampSetOptions { RejectLimit = 1 });
        Assert.Equal([101L, 100], set.Candids);
        Assert.Equal(names, set.Rejected.Select(item => names[int.Parse(item.Id)]));
        Assert.All(set.Rejected, item => Assert.True(item.Unreadable && item.Reason.Contains($"alert {item.Id}: science: "), item.Reason));
    }

    /// <summary>
    /// What has no 63 x 63 pixels is left out by rule, and does not count as damage; what has none at all is no image.
    /// </summary>
    [Fact]
    public void LeavesOutOtherShapes()
    {
        using var folder = DataFiles.Temporary();
        (int Width, int Height)[] shapes = [(62, 63), (63, 62), (61, 61), (1, 1), (64, 64), (1, 3969), (200, 63), (0, 63), (63, 0)];
        var alerts = shapes.Select((shape, n) => DataFiles.Alert(n, $"ZTF{n}", science: DataFiles.Packed(Image(shape.Width, shape.Height))))
            .Append(DataFiles.Alert(100, "ZTF100"));
        AvroWriter.Write(folder["a.avro"], ZtfSchema.Json, alerts);
        var set = StampSource.Open(folder["a.avro"], new StampSetOptions { RejectLimit = 1, Crop = 63 });
        Assert.Equal([100L], set.Candids);
        Assert.Equal(Enumerable.Range(0, 9).Select(n => $"{n}"), set.Rejected.Select(item => item.Id));
        Assert.Equal(shapes.Select(shape => shape is (0, _) or (_, 0)), set.Rejected.Select(item => item.Unreadable));
        Assert.Equal("science: 61 x 61 pixels and not 63 x 63", set.Rejected[2].Reason);
        Assert.Contains("no image with data", set.Rejected[7].Reason);
    }

    /// <summary>A member of a few kilobytes may not cost what it names in its shape, nor what it inflates to.</summary>
    [Fact]
    public void InflatesOfDigitsWhatTheirShapeNames()
    {
        using var folder = DataFiles.Temporary();
        var file = folder["t-images-idx3-ubyte.gz"];
        Refuse([2, 2, 3], 64 << 20, "inflates to more than 28 bytes");
        Refuse([60_000, 28, 28], 4000, "is not 4000 bytes");
        Refuse([60_000, 2800, 2800], 4000, $"above the limit of {Limits.SetFile} bytes");
        Refuse([int.MaxValue, int.MaxValue, int.MaxValue], 4000, "above the limit");
        Refuse([-1, 28, 28], 4000, "above the limit");
        File.WriteAllBytes(file, Gzip.Pack(new byte[3]));
        Assert.Contains("no IDX file", Assert.Throws<BadInputException>(() => StampSource.Open(file)).Message);

        void Refuse(int[] shape, int length, string reason)
        {
            var bytes = new byte[16 + length];
            (bytes[2], bytes[3]) = (8, 3);
            for (var i = 0; i < 3; i++)
            {
                BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 + (4 * i)), shape[i]);
            }

            File.WriteAllBytes(file, Gzip.Pack(bytes));
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Contains(reason, Assert.Throws<BadInputException>(() => StampSource.Open(file)).Message);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }
    }

    private static byte[] Image(int width, int height)
    {
        var bytes = Fits.Write(DataFiles.Stamp(Math.Max(width, 1), Math.Max(height, 1)));
        foreach (var (card, size) in new[] { ("NAXIS1  =", width), ("NAXIS2  =", height) })
        {
            var place = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(card));
            Encoding.ASCII.GetBytes($"{card} {size,20}").CopyTo(bytes, place);
        }

        return Gzip.Pack(width * height == 0 ? bytes.AsSpan(0, 2880) : bytes);
    }

    private static byte[] Zlib(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var stream = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }
}
