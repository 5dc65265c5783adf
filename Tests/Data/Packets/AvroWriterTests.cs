using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class AvroWriterTests
{
    [Theory]
    [InlineData("null")]
    [InlineData("deflate")]
    public void WritesAlertsThatReadBack(string codec)
    {
        using var folder = DataFiles.Temporary();
        var records = Enumerable.Range(0, 40)
            .Select(n => DataFiles.Alert(2459000000000000000 + n, $"ZTF{n}", label: n % 2 == 0 ? "SN" : null));
        AvroWriter.Write(folder["alerts.avro"], ZtfSchema.Json, records, codec);
        using var file = AvroFile.Open(folder["alerts.avro"]);
        var alerts = file.Records().Select(record => Alert.FromRecord(record, "test")).ToList();
        Assert.Equal(40, alerts.Count);
        Assert.Equal(2459000000000000039, alerts[39].Candid);
        Assert.Equal(["SN", ""], alerts.Take(2).Select(alert => alert.Class));
        Assert.Equal(18.25, alerts[3].Number("magpsf"));
        Assert.Null(alerts[3].Number("drb"));
        Assert.Equal(DataFiles.Stamp().Pixels, alerts[3].Template!.Open("test").Pixels);
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    /// <summary>What Apache wrote, read, written by the project and read again, is the same.</summary>
    [Fact]
    public void WritesEveryTypeBack()
    {
        using var source = AvroFile.Open(DataFiles.Fixture("avro", "every-type-null.avro"));
        using var stream = new MemoryStream();
        AvroWriter.Write(stream, source.Schema, source.Records(), "deflate", recordsInBlock: 4);
        Assert.Equivalent(
            source.Records().Select(record => record.Values), DataFiles.Records(stream.ToArray()).Select(record => record.Values));
    }

    [Fact]
    public void GivesEqualFilesForEqualRecords()
    {
        Assert.Equal(DataFiles.Container([DataFiles.Alert(1, "a")]), DataFiles.Container([DataFiles.Alert(1, "a")]));
        Assert.NotEqual(DataFiles.Container([DataFiles.Alert(1, "a")]), DataFiles.Container([DataFiles.Alert(1, "b")]));
    }

    [Fact]
    public void LeavesTheOldFileWhereARecordDoesNotFit()
    {
        using var folder = DataFiles.Temporary();
        var path = folder["alerts.avro"];
        AvroWriter.Write(path, ZtfSchema.Json, [DataFiles.Alert(1, "ZTF1")]);
        var before = File.ReadAllBytes(path);
        var bad = new AvroRecord(("schemavsn", "4.02"), ("publisher", "x"), ("objectId", "ZTF2"));
        var error = Assert.Throws<ArgumentException>(() => AvroWriter.Write(path, ZtfSchema.Json, [DataFiles.Alert(2, "ZTF2"), bad]));
        Assert.Contains("ztf.alert.candid: the field is missing", error.Message);
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void NamesAValueOfAnotherType()
    {
        var bad = DataFiles.Alert(1, "ZTF1", science: "no record");
        var error = Assert.Throws<ArgumentException>(() => DataFiles.Container([bad]));
        Assert.Contains("ztf.alert.cutoutScience: String is not written as union", error.Message);
    }
}
