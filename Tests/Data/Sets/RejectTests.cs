using System.Diagnostics;
using System.Globalization;
using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

/// <summary>What is not used is counted and named; what is bad without end is given up.</summary>
public class RejectTests
{
    private static readonly byte[] Cut = CutOut.Pack("s", DataFiles.Stamp()).Packed[..^5];

    private static readonly StampSetOptions Science = new() { Channels = ["science"], Crop = 5 };

    /// <summary>The limit is 1 %, and 1 % is let pass.</summary>
    [Theory]
    [InlineData(5, false)]
    [InlineData(10, false)]
    [InlineData(11, true)]
    [InlineData(50, true)]
    public void CountsTheBadAmongAThousand(int bad, bool tooMany)
    {
        using var folder = DataFiles.Temporary();
        var step = 1000 / bad;
        bool IsBad(int n) => n % step == 3 && n / step < bad;
        var science = DataFiles.Packed(Cut);
        var alerts = Enumerable.Range(0, 1000).Select(n => DataFiles.Alert(n, $"ZTF{n}", science: IsBad(n) ? science : null));
        AvroWriter.Write(folder["a.avro"], ZtfSchema.Json, alerts, "null");
        IReadOnlyList<Rejected> rejected;
        if (tooMany)
        {
            var error = Assert.Throws<TooManyRejectedException>(() => StampSource.Open(folder.Path, Science));
            Assert.Contains($"{bad} of 1000 packets cannot be read, above the limit of 1.0 %", error.Message);
            rejected = error.Rejected;
        }
        else
        {
            var set = StampSource.Open(folder.Path, Science);
            Assert.Equal(1000 - bad, set.Count);
            rejected = set.Rejected;
        }

        Assert.Equal(Enumerable.Range(0, 1000).Where(IsBad).Select(n => $"{n}"), rejected.Select(item => item.Id));
        Assert.All(rejected, item => Assert.True(item is { Unreadable: true, Packets: 1 }));
    }

    /// <summary>Bytes that are no UTF-8 in one name; the lengths around it are sound, and so are its neighbours.</summary>
    [Fact]
    public void ANameThatIsNoTextCostsItsOwnAlertAlone()
    {
        using var folder = DataFiles.Temporary();
        var bytes = DataFiles.Container([.. Enumerable.Range(100, 101).Select(n => DataFiles.Alert(n, $"ZTF{n}"))], "null", 1);
        bytes[bytes.AsSpan().IndexOf("ZTF121"u8) + 2] = 0xFF;
        File.WriteAllBytes(folder["a.avro"], bytes);
        var set = StampSource.Open(folder.Path, Science);
        Assert.Equal(100, set.Count);
        Assert.Contains("name", Assert.Single(set.Rejected).Reason, StringComparison.Ordinal);
    }

    /// <summary>Folders that link to themselves are entered once, and a device in place of a file is not read.</summary>
    [Fact]
    public void NeitherLinksNorDevicesAreFollowedWithoutEnd()
    {
        using var folder = DataFiles.Temporary();
        foreach (var link in new[] { "a", "b", "c", "d", "e", "f" })
        {
            Directory.CreateSymbolicLink(folder[link], folder.Path);
        }

        AvroWriter.Write(folder["one.avro"], ZtfSchema.Json, [DataFiles.Alert(1, "ZTF1")]);
        File.CreateSymbolicLink(folder["two.avro"], folder["one.avro"]);
        Assert.Equal(1, StampSource.Open(folder.Path, Science).Count);
        Assert.SkipUnless(File.Exists("/dev/zero"), "no /dev/zero");
        foreach (var name in new[] { "zero.avro", "zero.npy", "zero-idx3-ubyte" })
        {
            File.CreateSymbolicLink(folder[name], "/dev/zero");
            var error = Assert.ThrowsAny<BadInputException>(() => StampSource.Open(folder[name], Science));
            Assert.Contains("a device", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void CarriesTheRejectsWhereNothingIsLeft()
    {
        using var folder = DataFiles.Temporary();
        AvroWriter.Write(folder["a.avro"], ZtfSchema.Json, [DataFiles.Alert(7, "ZTF7", DataFiles.Stamp(40, 63))]);
        var error = Assert.Throws<TooManyRejectedException>(() => StampSource.Open(folder["a.avro"]));
        Assert.Equal("7", Assert.Single(error.Rejected).Id);
        AvroWriter.Write(folder["b.avro"], ZtfSchema.Json, []);
        Assert.IsNotType<TooManyRejectedException>(Assert.Throws<BadInputException>(() => StampSource.Open(folder["b.avro"])));
    }

    /// <summary>Some kilobytes that hold five hundred times as many records as may be unreadable, none of them an alert.</summary>
    [Fact]
    public void StopsAtRecordsThatAreNoAlerts()
    {
        using var folder = DataFiles.Temporary();
        const string Schema = """{"type":"record","name":"r","fields":[{"name":"a","type":"int"}]}""";
        var zeros = DataFiles.Deflate(new byte[Limits.BlockRecords]);
        File.WriteAllBytes(folder["a.avro"], DataFiles.Container(Schema, Limits.BlockRecords, zeros, "deflate", blocks: 150));
        Assert.InRange(new FileInfo(folder["a.avro"]).Length, 0, 100_000);
        var watch = Stopwatch.StartNew();
        var options = new StampSetOptions { RejectLimit = 1 };
        var error = Assert.Throws<TooManyRejectedException>(() => StampSource.Open(folder["a.avro"], options));
        Assert.InRange(watch.ElapsedMilliseconds, 0, 10_000);
        Assert.Contains($"more than {Limits.Unreadable} packets cannot be read", error.Message);
        Assert.Equal(Limits.Unreadable + 1, error.Rejected.Count);
        Assert.Contains("block at byte", error.Rejected[0].Id);
        Assert.EndsWith(", record 7", error.Rejected[6].Id);
    }

    /// <summary>An alert of three bytes, again and again.</summary>
    [Fact]
    public void StopsAtRepeatsWithoutEnd()
    {
        using var folder = DataFiles.Temporary();
        const string Schema = """
            {"type":"record","name":"r","fields":[{"name":"candid","type":"long"},{"name":"objectId","type":"string"},
            {"name":"candidate","type":{"type":"record","name":"c","fields":[]}}]}
            """;
        byte[] block = [.. Enumerable.Repeat((byte[])[14, 2, (byte)'a'], Limits.BlockRecords).SelectMany(bytes => bytes)];
        File.WriteAllBytes(folder["a.avro"], DataFiles.Container(Schema, Limits.BlockRecords, block, blocks: 3));
        var error = Assert.Throws<TooManyRejectedException>(() => StampSource.Open(folder["a.avro"]));
        Assert.Contains($"more than {Limits.Rejected} are rejected; the first: 7: no science cut-out", error.Message);
        Assert.Equal(Limits.Rejected + 1, error.Rejected.Count);
        Assert.All(error.Rejected, item => Assert.False(item.Unreadable));
    }

    [Fact]
    public void RefusesNamesThatSteerTheTerminalInATable()
    {
        using var folder = DataFiles.Temporary();
        string[] names = ["\u001b[31m", "two\nlines", "two\u2028lines", "", new string('Z', Limits.Name + 1)];
        var rows = names.Select((name, row) => (Row: row, Name: name, Class: "SN")).ToList();
        rows.AddRange(names.Where(name => name.Length > 0).Select((name, row) => (row + 5, $"ZTF{row}", name)));
        rows.Add((9, "=../good,\"one\"", ""));
        var table = rows.Select(row => $"{row.Row},{row.Row},\"{row.Name.Replace("\"", "\"\"")}\",{Quoted(row.Class)},18,2459000.5\n");
        WriteTable(folder, rows.Count, table);
        var set = StampSource.Open(folder.Path, new StampSetOptions { RejectLimit = 1 });
        Assert.Equal(["=../good,\"one\""], set.ObjectIds);
        Assert.Equal(9, set.Rejected.Count(item => item.Unreadable));
        Assert.All(set.Rejected, item => Assert.DoesNotContain(item.Reason, letter => char.IsControl(letter) || letter == '\u2028'));
        Assert.Contains("alerts.csv: row 1: the object's name is none of 1 to 64 printable letters", set.Rejected[0].Reason);

        static string Quoted(string text) => $"\"{text}\"";
    }

    [Fact]
    public void ShowsFileNamesThatSteerTheTerminalWithoutThat()
    {
        using var folder = DataFiles.Temporary();
        AvroWriter.Write(folder["good.avro"], ZtfSchema.Json, [DataFiles.Alert(1, "ZTF1")]);
        File.WriteAllText(folder["bad\u001b[31m\n.avro"], "no alert");
        var bad = Assert.Single(StampSource.Open(folder.Path).Rejected);
        Assert.EndsWith("bad?[31m?.avro", bad.Id);
        Assert.DoesNotContain(bad.Reason, char.IsControl);
    }

    /// <summary>A date that is not finite, or so large that a difference might not be, is unknown; so is a magnitude.</summary>
    [Fact]
    public void KnowsNoDatesThatAreNotFinite()
    {
        using var folder = DataFiles.Temporary();
        string[] dates = ["inf", "Infinity", "-1e308", "1e308", "1e999", "nan", "", "2459000.5"];
        var rows = dates.Select((date, row) => $"{row},{row},ZTF1,SN,{(row == 7 ? "18" : "1e300")},{date}\n");
        WriteTable(folder, dates.Length, rows);
        Check(StampSource.Open(folder.Path), 7);

        using var frames = DataFiles.Temporary();
        double[] days = [double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.MinValue, 1e9, double.NaN, -1e9, 58000];
        Npy.Write(frames["stamps.npy"], Pixels(8 * 9), 8, 3, 3);
        Npy.Write(frames["mjd.npy"], days, 8);
        File.WriteAllText(frames["sequences.csv"], "id,class,first_frame,n_frames\na,SN,0,8\n");
        Check(StampSource.Open(frames.Path), 7);

        using var packets = DataFiles.Temporary();
        var alerts = days.Select((date, n) => Dated(n, date, date));
        AvroWriter.Write(packets["a.avro"], ZtfSchema.Json, alerts);
        Check(StampSource.Open(packets.Path), 7);

        static void Check(StampSet set, int known)
        {
            Assert.Equal(8, set.Count);
            Assert.Equal([known], Enumerable.Range(0, 8).Where(row => !double.IsNaN(set.JulianDates[row])));
            Assert.All(set.Magnitudes, value => Assert.True(float.IsNaN(value) || float.IsFinite(value)));
            Assert.All(set.Features, value => Assert.True(float.IsNaN(value) || float.IsFinite(value)));
        }
    }

    /// <summary>Names with path parts, commas and formulas come back from a table one a row, and write nothing beside it.</summary>
    [Fact]
    public void WritesAsManyRowsAsItRead()
    {
        using var folder = DataFiles.Temporary();
        string[] names =
        [
            "../../up", "/etc/passwd", "a,b", "=cmd|'/c calc'!A1", "+1", "-1", "@x", "\"quoted\"", "'", "ünï☆", "a;b", "C:\\x", " ",
            "\r", "line\nend", "\0", "\u001b]0;title\a", new string('a', 1_000_000), "\u2029", "NUL",
        ];
        Directory.CreateDirectory(folder["in"]);
        AvroWriter.Write(folder["in/a.avro"], ZtfSchema.Json, names.Select((name, n) => DataFiles.Alert(n, name)));
        var set = StampSource.Open(folder["in"], new StampSetOptions { RejectLimit = 1 });
        Assert.Equal(names.Length, set.Count + set.Rejected.Count);
        Assert.Equal([13, 14, 15, 16, 17, 18], names.Index().Where(pair => !set.ObjectIds.Contains(pair.Item)).Select(pair => pair.Index));

        var used = Csv.Line("candid", "objectId") + string.Concat(set.Candids.Zip(set.ObjectIds, (candid, id) => Csv.Line(candid, id)));
        var rejected = Csv.Line("id", "reason") + string.Concat(set.Rejected.Select(item => Csv.Line(item.Id, item.Reason)));
        AtomicFile.WriteText(folder["out/scores.csv"], used);
        AtomicFile.WriteText(folder["out/rejected.csv"], rejected);
        var back = Csv.Read(folder["out/scores.csv"]);
        Assert.Equal(set.Candids, back.Rows.Select(row => long.Parse(row[0], CultureInfo.InvariantCulture)));
        Assert.Equal(set.ObjectIds, back.Rows.Select(row => row[1][0] == '\'' && row[1].Length > 1 ? row[1][1..] : row[1]));
        Assert.Equal(set.Rejected.Count, Csv.Read(folder["out/rejected.csv"]).Rows.Count);
        Assert.Equal(set.Rejected.Count + 1, rejected.Split('\n').Length - 1);
        Assert.Equal(["in/a.avro", "out/rejected.csv", "out/scores.csv"], Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder.Path, file)).Order(StringComparer.Ordinal));
    }

    private static AvroRecord Dated(long candid, double date, double magnitude)
    {
        var alert = DataFiles.Alert(candid, "ZTF1");
        var candidate = DataFiles.Candidate(candid);
        return Replace(alert, "candidate", Replace(Replace(candidate, "jd", date), "magpsf", (float)magnitude));
    }

    private static AvroRecord Replace(AvroRecord record, string field, object value) =>
        new([.. record.Names.Zip(record.Values, (name, old) => (name, name == field ? value : old))]);

    private static void WriteTable(DataFiles.TemporaryFolder folder, int count, IEnumerable<string> rows)
    {
        Npy.Write(folder["stamps33.npy"], Pixels(count * 3 * 33 * 33), count, 3, 33, 33);
        File.WriteAllText(folder["alerts.csv"], "stamp_row,candid,objectId,label,magpsf,jd\n" + string.Concat(rows));
    }

    private static float[] Pixels(int count) => [.. Enumerable.Range(0, count).Select(i => (float)(i % 97))];
}
