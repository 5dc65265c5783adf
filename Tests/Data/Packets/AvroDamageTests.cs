using System.Diagnostics;
using System.Text;
using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

/// <summary>
/// Alert files that are cut, damaged or made to harm: the only answer is a BadInputException, soon and without much memory.
/// </summary>
public class AvroDamageTests
{
    [Fact]
    public void RefusesAnAlertCutAnywhere()
    {
        var whole = DataFiles.Container([DataFiles.Alert(1234567890123456789, "ZTF18aaaaaaa")]);
        var header = HeaderLength(whole);
        var random = new Random(1);
        var places = Enumerable.Range(0, 1000).Select(_ => random.Next(header + 1, whole.Length));
        foreach (var cut in Enumerable.Range(0, header).Concat(places))
        {
            Assert.Throws<BadInputException>(() => DataFiles.Records(whole[..cut]));
        }

        Assert.Empty(DataFiles.Records(whole[..header]));

        Assert.Single(DataFiles.Records(whole));
    }

    [Fact]
    public void DeliversWholeBlocksBeforeACut()
    {
        var alerts = Enumerable.Range(0, 6).Select(n => DataFiles.Alert(n, $"ZTF{n}")).ToList();
        var ends = Enumerable.Range(0, 4).Select(blocks => DataFiles.Container(alerts.Take(2 * blocks), "deflate", 2).Length).ToArray();
        var whole = DataFiles.Container(alerts, "deflate", 2);
        Assert.Equal(whole.Length, ends[3]);
        for (var block = 0; block < 3; block++)
        {
            Assert.Equal(2 * block, DataFiles.Records(whole[..ends[block]]).Count);
            foreach (var cut in new[] { ends[block] + 1, ends[block + 1] - 1 })
            {
                var delivered = 0;
                using var file = AvroFile.Open(new MemoryStream(whole[..cut]), "cut.avro");
                var error = Assert.Throws<BadInputException>(() =>
                {
                    foreach (var _ in file.Records())
                    {
                        delivered++;
                    }
                });
                Assert.Equal(2 * block, delivered);
                Assert.Matches(@"^cut\.avro: block at byte \d+: ", error.Message);
            }
        }
    }

    [Fact]
    public void AcceptsOrRefusesFlippedBytes()
    {
        var whole = DataFiles.Container([DataFiles.Alert(1, "ZTF18aaaaaaa")]);
        var random = new Random(2);
        var refused = 0;
        for (var i = 0; i < 300; i++)
        {
            var bytes = whole.ToArray();
            var place = i < 100 ? random.Next(HeaderLength(whole)) : random.Next(bytes.Length);
            bytes[place] ^= (byte)(1 + random.Next(255));
            try
            {
                foreach (var record in DataFiles.Records(bytes))
                {
                    var alert = Alert.FromRecord(record, "flipped");
                    foreach (var cutOut in new[] { alert.Science, alert.Template, alert.Difference })
                    {
                        cutOut?.Open("flipped");
                    }
                }
            }
            catch (BadInputException error)
            {
                refused++;
                Assert.DoesNotContain('\n', error.Message);
            }
        }

        Assert.InRange(refused, 200, 300);
    }

    [Fact]
    public void FindsADamagedCutOutInARealAlert()
    {
        var bytes = File.ReadAllBytes(DataFiles.Shared("ztf", "avro", "1048092120315015012.avro"));
        var random = new Random(3);
        for (var i = 0; i < 50; i++)
        {
            Assert.Throws<BadInputException>(() => DataFiles.Records(bytes[..random.Next(HeaderLength(bytes) + 1, bytes.Length)]));
        }
    }

    [Theory]
    [InlineData("[\"null\",\"long\"]", new byte[] { 4 }, "union without a branch 2")]
    [InlineData("\"string\"", new byte[] { 1 }, "a length of -1")]
    [InlineData("\"bytes\"", new byte[] { 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1 }, "a length of 9223372036854775807")]
    [InlineData("\"bytes\"", new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1 }, "a length of -9223372036854775808")]
    [InlineData("\"long\"", new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1 }, "more than 64 bits")]
    [InlineData("\"int\"", new byte[] { 0x80, 0x80, 0x80, 0x80, 0x80, 1 }, "does not fit 32 bits")]
    [InlineData("\"boolean\"", new byte[] { 7 }, "a boolean of value 7")]
    [InlineData("{\"type\":\"array\",\"items\":\"null\"}", new byte[] { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1, 0 }, "more than 2000 items")]
    [InlineData("{\"type\":\"map\",\"values\":\"int\"}", new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0 }, "2000")]
    [InlineData("{\"type\":\"array\",\"items\":\"int\"}", new byte[] { 1, 0x80, 0x80, 1 }, "a block of 8192 bytes")]
    [InlineData("{\"type\":\"map\",\"values\":\"null\"}", new byte[] { 0xD2, 0x1F }, "more than 2000 items")]
    [InlineData("{\"type\":\"enum\",\"name\":\"e\",\"symbols\":[\"a\"]}", new byte[] { 2 }, "enum without a symbol 1")]
    [InlineData("{\"type\":\"fixed\",\"name\":\"f\",\"size\":9}", new byte[] { 2 }, "9 bytes are wanted")]
    [InlineData("\"int\"", new byte[] { 2, 2 }, "1 bytes after the last record")]
    public void NamesTheFieldAndTheReason(string type, byte[] value, string reason)
    {
        var error = Refuse(DataFiles.Container($$"""{"type":"record","name":"r","fields":[{"name":"only","type":{{type}}}]}""", 1, value));
        Assert.Contains(reason, error.Message);
        Assert.Contains("field 'only'", error.Message);
        Assert.Contains("test.avro: block at byte", error.Message);
    }

    [Fact]
    public void StopsAtNestedArraysOfNothing()
    {
        // Four levels of 2,000 nulls cost two bytes each at the bottom: bounded by the number of values of a record.
        const string Type = """{"type":"array","items":{"type":"array","items":"null"}}""";
        byte[] inner = [0xA0, 0x1F, 0];
        var outer = new MemoryStream();
        outer.Write([0xA0, 0x1F]);
        for (var i = 0; i < 2000; i++)
        {
            outer.Write(inner);
        }

        outer.WriteByte(0);
        const string Schema = $$"""{"type":"record","name":"r","fields":[{"name":"a","type":{{Type}}}]}""";
        var error = Refuse(DataFiles.Container(Schema, 1, outer.ToArray()));
        Assert.Contains($"more than {Limits.Values} values", error.Message);
    }

    [Theory]
    [InlineData("""{"type":"record","name":"r","fields":[{"name":"a","type":"r"}]}""", new byte[] { 0 }, "nested deeper")]
    [InlineData("""{"type":"record","name":"r","fields":[{"name":"a","type":["null","r"]}]}""", null, "nested deeper")]
    [InlineData("""{"type":"record","name":"r","fields":[{"name":"a","type":"nothing"}]}""", new byte[] { 0 }, "unknown type 'nothing'")]
    [InlineData("""{"type":"record","name":"r","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}""", null, "two fields")]
    [InlineData("""{"type":"record","name":"r","fields":{}}""", new byte[] { 0 }, "no list")]
    [InlineData("""{"type":"record","name":"r","fields":[{"name":"a","type":[["null"]]}]}""", new byte[] { 0 }, "holds a union")]
    [InlineData("""{"type":"record","fields":[]}""", new byte[] { 0 }, "'name' is missing")]
    [InlineData("""{"type":"fixed","name":"f","size":-1}""", new byte[] { 0 }, "size of a fixed")]
    [InlineData("\"long\"", new byte[] { 0 }, "top level is no record")]
    [InlineData("{", new byte[] { 0 }, "no JSON")]
    [InlineData("""{"type":"record","name":"\ud800","fields":[]}""", new byte[] { 0 }, "cannot be read")]
    public void RefusesSchemasAndSelfNestedRecords(string schema, byte[]? value, string reason)
    {
        value ??= [.. Enumerable.Repeat((byte)2, 20_000)];
        Assert.Contains(reason, Refuse(DataFiles.Container(schema, 1, value)).Message);
    }

    [Fact]
    public void RefusesADeepAndALargeSchema()
    {
        var deep = new StringBuilder();
        for (var i = 0; i < 10_000; i++)
        {
            deep.Append("{\"type\":\"array\",\"items\":");
        }

        Assert.Contains("no JSON within 64 levels", Refuse(DataFiles.Container(deep.ToString(), 1, [0])).Message);
        Assert.Contains("above the limit", Refuse(DataFiles.Container(new string(' ', Limits.Schema + 1), 1, [0])).Message);
    }

    /// <summary>Fields of nothing cost a record no byte: many of them in many records are refused, and so is a larger schema.</summary>
    [Fact]
    public void StopsAtManyFieldsOfNothing()
    {
        static string Schema(int count) => $$"""
            {"type":"record","name":"r","fields":[{"name":"a","type":"int"},{{string.Join(
                ',', Enumerable.Range(0, count).Select(i => $$"""{"name":"b{{i}}","type":"null"}"""))}}]}
            """;
        Assert.Contains($"of the {Limits.AvroHeader} that a header", Refuse(DataFiles.Container(Schema(100_000), 1, [0])).Message);
        Assert.Equal(30_001, Assert.Single(DataFiles.Records(DataFiles.Container(Schema(30_000), 1, [0]))).Names.Count);
        var watch = Stopwatch.StartNew();
        var many = DataFiles.Container(Schema(30_000), Limits.BlockRecords, DataFiles.Deflate(new byte[Limits.BlockRecords]), "deflate");
        Assert.Contains("values and 4 a byte", Refuse(many).Message);
        Assert.InRange(watch.ElapsedMilliseconds, 0, 2000);
    }

    /// <summary>Each of sixty types holds the one before it twice.</summary>
    [Fact]
    public void StopsAtTypesThatMultiply()
    {
        var types = Enumerable.Range(1, 60).Select(i =>
            Field($"f{i}", Type($"r{i}", Field("a", $"\"r{i - 1}\""), Field("b", $"\"r{i - 1}\""))));
        var schema = Type("top", [Field("f0", Type("r0", Field("a", "\"null\""))), .. types]);
        Assert.Contains($"more than {Limits.Values} values", Refuse(DataFiles.Container(schema, 1, [0])).Message);

        static string Field(string name, string type) => $$"""{"name":"{{name}}","type":{{type}}}""";
        static string Type(string name, params string[] fields) =>
            $$"""{"type":"record","name":"{{name}}","fields":[{{string.Join(',', fields)}}]}""";
    }

    [Fact]
    public void RefusesACountAndASizeThatTheFileCannotHold()
    {
        const string Schema = """{"type":"record","name":"r","fields":[]}""";
        Assert.Contains("records in so few bytes", Refuse(DataFiles.Container(Schema, 100, [0])).Message);
        Assert.Contains($"(limit {Limits.BlockRecords})", Refuse(DataFiles.Container(Schema, Limits.BlockRecords + 1, [0])).Message);
        Assert.Contains("a block of", Refuse(DataFiles.Container(Schema, 1, [], size: long.MaxValue)).Message);
        Assert.Contains("a block of", Refuse(DataFiles.Container(Schema, 1, [], size: -1)).Message);
        Assert.Contains("ends inside a block", Refuse(DataFiles.Container(Schema, 1, [], size: Limits.Block)).Message);
        Assert.Contains("sync marker", Refuse(DataFiles.Container(Schema, 1, [0, 0], size: 1)).Message);
        Assert.Contains("codec 'zstandard'", Refuse(DataFiles.Container(Schema, 1, [0], "zstandard")).Message);
    }

    [Fact]
    public void StopsADeflateBomb()
    {
        const string Schema = """{"type":"record","name":"r","fields":[{"name":"a","type":"bytes"}]}""";
        var bomb = DataFiles.Container(Schema, 1, DataFiles.Deflate(new byte[80 << 20]), "deflate");
        var header = HeaderLength(bomb);
        var watch = Stopwatch.StartNew();
        Assert.Contains("inflates to more than", Refuse(bomb).Message);

        // Of many in one file, each costs what its own bytes may inflate to.
        var many = Enumerable.Repeat(bomb[header..], 20).Prepend(bomb[..header]).SelectMany(block => block).ToArray();
        using var file = AvroFile.Open(new MemoryStream(many), "bombs");
        var lost = new List<LostRecords>();
        Assert.Empty(file.Records(lost.Add));
        Assert.Equal(20, lost.Count);
        Assert.True(watch.ElapsedMilliseconds < 2000, $"{watch.ElapsedMilliseconds} ms");
    }

    /// <summary>Up to a MiB a block may inflate by any factor, and beyond that by a large one.</summary>
    [Theory]
    [InlineData(1 << 20, 1)]
    [InlineData(2 << 20, 100)]
    public void InflatesWhatCompressesWell(int size, int apart)
    {
        const string Schema = """{"type":"record","name":"r","fields":[{"name":"a","type":{"type":"fixed","name":"f","size":SIZE}}]}""";
        var bytes = new byte[size];
        for (var place = 0; apart > 1 && place < size; place += apart)
        {
            bytes[place] = (byte)(place * 7 / apart);
        }

        var packed = DataFiles.Deflate(bytes);
        Assert.True(apart == 1 || packed.Length > size / Limits.Inflation);
        var records = DataFiles.Records(DataFiles.Container(Schema.Replace("SIZE", $"{size}"), 1, packed, "deflate"));
        Assert.Single(records);
    }

    private static BadInputException Refuse(byte[] bytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<BadInputException>(() => DataFiles.Records(bytes));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // What the file itself justifies: a few copies of its bytes, and 128 MiB where a block really inflates to its limit.
        Assert.True(allocated < (bytes.Length < 70_000 ? 32 << 20 : 256 << 20), $"{allocated} bytes for a file of {bytes.Length}");
        return error;
    }

    private static int HeaderLength(byte[] whole)
    {
        // The last sixteen bytes of a file are its sync marker, which first ends the header.
        return whole.AsSpan().IndexOf(whole.AsSpan(whole.Length - 16)) + 16;
    }
}
