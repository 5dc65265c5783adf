using System.Buffers.Binary;
using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class StampSourceTests
{
    [Fact]
    public void ReadsTheSharedTable()
    {
        var set = StampSource.Open(DataFiles.Shared("ztf"));
        Assert.Equal((2443, 21, 21), (set.Count, set.Height, set.Width));
        Assert.Equal(20, set.Rejected.Count);
        Assert.DoesNotContain(set.Rejected, item => item.Unreadable);
        Assert.All(set.Pixels, pixel => Assert.InRange(pixel, 0, 1));
        Assert.Equal(104, set.Classes.Count(name => name == "SN"));
        Assert.Equal((66, 13020), (set.Replaced.Count(count => count > 0), set.Replaced.Sum()));
        var one = set.Candids.IndexOf(541378265015015007);
        Assert.True(one >= 0 && set.Magnitudes[one] > 12 && set.JulianDates[one] > 2458000);
    }

    /// <summary>The packets give the very pixels of the table, through gzip, FITS and crop (NaN to NaN).</summary>
    [Fact]
    public void ReadsPacketsAndTableAlike()
    {
        var options = new StampSetOptions { Crop = 33, Scaling = Scaling.None };
        var table = StampSource.Open(DataFiles.Shared("ztf"), options);
        var rows = table.Candids.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        foreach (var (folder, count) in new[] { ("avro", 240), ("avro-multi", 98) })
        {
            var packets = StampSource.Open(DataFiles.Shared("ztf", folder), options);
            Assert.Equal(count, packets.Count);
            for (var row = 0; row < packets.Count; row++)
            {
                var other = rows[packets.Candids[row]];
                Assert.True(DataFiles.Same(packets.Sample(row), table.Sample(other)), $"{packets.Candids[row]}");
                Assert.Equal((table.ObjectIds[other], table.Replaced[other]), (packets.ObjectIds[row], packets.Replaced[row]));
                Assert.Equal(table.Magnitudes[other], packets.Magnitudes[row], 1e-5f);
            }
        }
    }

    [Fact]
    public void PutsChannelsLastInTheOrderAskedFor()
    {
        using var folder = DataFiles.Temporary();
        var science = CutOut.Pack("s", DataFiles.Stamp(level: 500));
        var record = DataFiles.Alert(1, "ZTF1", science: new AvroRecord(("fileName", "s"), ("stampData", science.Packed)));
        AvroWriter.Write(folder["a.avro"], ZtfSchema.Json, [record]);
        var options = new StampSetOptions { Crop = 5, Channels = ["difference", "science"], Scaling = Scaling.None };
        var set = StampSource.Open(folder["a.avro"], options);
        Assert.Equal(["difference", "science"], set.Channels);
        Assert.Equal(DataFiles.Stamp().Pixels[(29 * 63) + 29], set.Pixels[0]);
        Assert.Equal(DataFiles.Stamp(level: 500).Pixels[(29 * 63) + 29], set.Pixels[1]);
        Assert.Equal(DataFiles.Stamp().Pixels[(29 * 63) + 30], set.Pixels[2]);
    }

    [Fact]
    public void GoesBackToRawUnits()
    {
        using var folder = DataFiles.Temporary();
        AvroWriter.Write(folder["a.avro"], ZtfSchema.Json, [DataFiles.Alert(1, "ZTF1")]);
        var set = StampSource.Open(folder.Path, new StampSetOptions { Crop = 63 });
        var raw = DataFiles.Stamp().Pixels;
        for (var i = 0; i < raw.Length; i++)
        {
            Assert.Equal(raw[i], (set.Pixels[(i * 3) + 2] * set.Factors[2]) + set.Offsets[2], 1e-3f);
        }
    }

    [Fact]
    public void ReportsEachBadAlertAndKeepsTheOthers()
    {
        using var folder = DataFiles.Temporary();
        var cut = CutOut.Pack("s", DataFiles.Stamp()).Packed[..^5];
        var masked = DataFiles.Stamp();
        masked.Pixels.AsSpan().Fill(float.MinValue);
        var records = Enumerable.Range(10, 100).Select(n => DataFiles.Alert(n, $"ZTF{n}")).ToList();
        records.Add(DataFiles.Alert(1, "ZTF1", science: new AvroRecord(("fileName", "s"), ("stampData", cut))));
        records.Add(DataFiles.Alert(2, "ZTF2", DataFiles.Stamp(63, 50)));
        records.Add(DataFiles.Alert(3, "ZTF3", masked));
        records.Add(DataFiles.Alert(10, "ZTF10"));
        AvroWriter.Write(folder["b.avro"], ZtfSchema.Json, records);
        var set = StampSource.Open(folder.Path);
        Assert.Equal(100, set.Count);
        Assert.Equal(["1", "2", "3", "10"], set.Rejected.Select(item => item.Id));
        Assert.Equal([true, false, false, false], set.Rejected.Select(item => item.Unreadable));
        Assert.Contains("b.avro: alert 1: science: gzip", set.Rejected[0].Reason);
        Assert.Equal("science: no pixel is a number", set.Rejected[2].Reason);

        // One unreadable packet is let pass, a second is above 1 % of about a hundred.
        File.WriteAllText(folder["a.avro"], "no alert");
        var error = Assert.Throws<TooManyRejectedException>(() => StampSource.Open(folder.Path));
        Assert.Contains("2 of 105 packets cannot be read", error.Message);
        Assert.Contains("a.avro: byte 0: no Avro", error.Message);
        Assert.Equal(100, StampSource.Open(folder.Path, new StampSetOptions { RejectLimit = .02 }).Count);
        Assert.Equal(7, StampSource.Open(folder["b.avro"], new StampSetOptions { LimitSamples = 7 }).Count);
    }

    /// <summary>A stamp that is masked in part changes nothing in the others.</summary>
    [Fact]
    public void LeavesTheNeighboursOfAHardStampAlone()
    {
        using var folder = DataFiles.Temporary();
        var hard = DataFiles.HardStamp();
        AvroWriter.Write(folder["clean.avro"], ZtfSchema.Json, Enumerable.Range(0, 64).Select(n => DataFiles.Alert(n, "ZTF")));
        AvroWriter.Write(
            folder["hard.avro"], ZtfSchema.Json, Enumerable.Range(0, 64).Select(n => DataFiles.Alert(n, "ZTF", n == 3 ? hard : null)));
        var (clean, mixed) = (StampSource.Open(folder["clean.avro"]), StampSource.Open(folder["hard.avro"]));
        Assert.All(Enumerable.Range(0, 64), row => Assert.Equal(row != 3, clean.Sample(row).SequenceEqual(mixed.Sample(row))));
        Assert.Equal(6, mixed.Replaced[3]);
        Assert.All(mixed.Pixels, pixel => Assert.True(float.IsFinite(pixel)));
    }

    [Fact]
    public void ReadsArraysInThreeLayouts()
    {
        using var folder = DataFiles.Temporary();
        var values = Enumerable.Range(0, 2 * 3 * 5 * 5).Select(i => (float)(i % 97)).ToArray();
        var raw = new StampSetOptions { Scaling = Scaling.None };
        Npy.Write(folder["nhw.npy"], values, 6, 5, 5);
        var single = StampSource.Open(folder["nhw.npy"], raw);
        Assert.Equal((6, 5, 5, 1), (single.Count, single.Height, single.Width, single.Channels.Length));
        Assert.Equal(values, single.Pixels);
        Npy.Write(folder["nhwc.npy"], values, 2, 5, 5, 3);
        Assert.Equal(values, StampSource.Open(folder["nhwc.npy"], raw).Pixels);
        Npy.Write(folder["nchw.npy"], values, 2, 3, 5, 5);
        var planes = StampSource.Open(folder["nchw.npy"], raw with { Channels = ["difference"], Crop = 3 });
        Assert.Equal(values[50 + 6], planes.Pixels[0]);
        Assert.Equal(["difference"], planes.Channels);
        Assert.Equal(["0", "1"], planes.ObjectIds);
    }

    [Fact]
    public void ReadsDigitsWithTheirLabels()
    {
        using var folder = DataFiles.Temporary();
        byte[] images = [0, 0, 8, 3, .. Big(2), .. Big(2), .. Big(3), 1, 2, 3, 4, 5, 6, 9, 8, 7, 6, 5, 4];
        File.WriteAllBytes(folder["t-images-idx3-ubyte"], images);
        var options = new StampSetOptions { Scaling = Scaling.None };
        Assert.Equal(["", ""], StampSource.Open(folder["t-images-idx3-ubyte"], options).Classes);
        File.WriteAllBytes(folder["t-labels-idx1-ubyte.gz"], Gzip.Pack((byte[])[0, 0, 8, 1, .. Big(2), 7, 0]));
        var set = StampSource.Open(folder["t-images-idx3-ubyte"], options);
        Assert.Equal(["7", "0"], set.Classes);
        Assert.Equal([9f, 8, 7, 6, 5, 4], set.Sample(1).ToArray());
        foreach (var length in new[] { 0, 3, 10, images.Length - 1 })
        {
            File.WriteAllBytes(folder["t-images-idx3-ubyte"], images[..length]);
            Assert.Throws<BadInputException>(() => StampSource.Open(folder["t-images-idx3-ubyte"], options));
        }
    }

    [Fact]
    public void ReadsTheSharedDigits()
    {
        var set = StampSource.Open(DataFiles.Shared("mnist", "t10k-images-idx3-ubyte.gz"), new StampSetOptions { LimitSamples = 500 });
        Assert.Equal((500, 28, 28), (set.Count, set.Height, set.Width));
        Assert.Equal(["7", "2", "1", "0", "4"], set.Classes.Take(5));
    }

    [Fact]
    public void SaysInOneLineWhyThereIsNoSet()
    {
        using var folder = DataFiles.Temporary();
        Assert.Contains("no alerts in this folder", Refuse(folder.Path));
        Assert.Contains("there is no such file or folder", Refuse(folder["nowhere"]));
        File.WriteAllText(folder["a.txt"], "x");
        Assert.Contains("no set that is known", Refuse(folder["a.txt"]));
        AvroWriter.Write(folder["empty.avro"], ZtfSchema.Json, []);
        Assert.Contains("it is empty", Refuse(folder["empty.avro"]));
        AvroWriter.Write(folder["edge.avro"], ZtfSchema.Json, [DataFiles.Alert(1, "ZTF1", DataFiles.Stamp(40, 63))]);
        Assert.Contains("40 x 63 pixels", Refuse(folder["edge.avro"]));
        Assert.Contains("a crop of 64", Refuse(folder["edge.avro"], new StampSetOptions { Crop = 64 }));
        Assert.Contains("out of its range", Refuse(folder["edge.avro"], new StampSetOptions { Crop = 0 }));
        Assert.Contains("channels 'science,blue'", Refuse(folder.Path, new StampSetOptions { Channels = ["science", "blue"] }));
        Npy.Write(folder["one.npy"], new float[4], 2, 2);
        Assert.Contains("shape (2, 2)", Refuse(folder["one.npy"]));
        Npy.Write(folder["none.npy"], Array.Empty<float>(), 0, 2, 2);
        Assert.Contains("it is empty", Refuse(folder["none.npy"]));
    }

    [Fact]
    public void SelectsRows()
    {
        using var folder = DataFiles.Temporary();
        var alerts = Enumerable.Range(0, 5).Select(n => DataFiles.Alert(n, $"ZTF{n}", label: $"c{n}"));
        AvroWriter.Write(folder["a.avro"], ZtfSchema.Json, alerts);
        var set = StampSource.Open(folder["a.avro"]);
        var part = set.Select([4, 1, 1]);
        Assert.Equal([4L, 1, 1], part.Candids);
        Assert.Equal(["c4", "c1", "c1"], part.Classes);
        Assert.Equal(set.Sample(4), part.Sample(0));
        Assert.Equal(9, part.Factors.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Select([5]));
    }

    private static string Refuse(string path, StampSetOptions? options = null)
    {
        var message = Assert.ThrowsAny<BadInputException>(() => StampSource.Open(path, options)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private static byte[] Big(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
