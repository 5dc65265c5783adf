using System.Text.Json;
using System.Text.Json.Nodes;
using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class AvroFileTests
{
    /// <summary>Files of Apache's own writer against the values it was given.</summary>
    [Theory]
    [InlineData("null")]
    [InlineData("deflate")]
    public void ReadsEveryTypeAsApacheWroteIt(string codec)
    {
        using var file = AvroFile.Open(DataFiles.Fixture("avro", $"every-type-{codec}.avro"));
        Assert.Equal(codec, file.Codec);
        using var expected = JsonDocument.Parse(File.ReadAllBytes(DataFiles.Fixture("avro", "every-type.json")));
        var records = file.Records().ToList();
        Assert.Equal(6, records.Count);
        Assert.All(records.Zip(expected.RootElement.EnumerateArray()), pair => Compare(pair.Second, pair.First, "record"));
        Assert.IsType<long>(records[0]["large"]);
        Assert.IsType<float>(records[0]["single"]);
    }

    [Fact]
    public void ReadsEverySharedAlert()
    {
        var folder = DataFiles.Shared("ztf");
        var files = Directory.GetFiles(folder, "*.avro", SearchOption.AllDirectories);
        Assert.Equal(260, files.Length);
        var counts = new Dictionary<string, int>();
        var versions = new HashSet<string>();
        var candids = new HashSet<long>();
        foreach (var path in files)
        {
            using var file = AvroFile.Open(path);
            var alerts = file.Records().Select(record => Alert.FromRecord(record, path)).ToList();
            counts[Path.GetFileName(path)] = alerts.Count;
            versions.UnionWith(alerts.Select(alert => alert.SchemaVersion));
            candids.UnionWith(alerts.Select(alert => alert.Candid));
            Assert.All(alerts, alert => Assert.NotNull(alert.IsPositive));
            Assert.All(alerts, alert => Assert.True(alert is { Science: not null, Template: not null, Difference: not null }));
            Assert.All(alerts, alert => Assert.InRange(alert.Number("magpsf")!.Value, 12, 22));
        }

        Assert.Equal(355, counts.Values.Sum());
        Assert.Equal(54, counts["fink-ztf-3.3-54-snappy.avro"]);
        Assert.Equal(31, counts["fink-ztf-4.02-31.avro"]);
        Assert.True(versions.IsSupersetOf(["3.2", "3.3", "4.02"]));
        Assert.Equal(355, candids.Count);
    }

    [Fact]
    public void KeepsTheCandidOfTheFileName()
    {
        var folder = DataFiles.Shared("ztf", "avro");
        foreach (var path in Directory.GetFiles(folder, "*.avro").Take(20))
        {
            using var file = AvroFile.Open(path);
            Assert.Equal(long.Parse(Path.GetFileNameWithoutExtension(path)), Alert.FromRecord(file.Records().Single(), path).Candid);
        }
    }

    /// <summary>The same packet with the fields of its schema in other orders, and one more: found by their names.</summary>
    [Fact]
    public void FindsFieldsByName()
    {
        var schema = JsonNode.Parse(ZtfSchema.Json)!;
        var top = schema["fields"]!.AsArray();
        var candidate = top.First(field => (string?)field!["name"] == "candidate")!["type"]!["fields"]!.AsArray();
        Turn(candidate, candidate.Count);
        Turn(top, 4);
        top.Insert(0, JsonNode.Parse("""{"name":"added","type":["null","string"],"default":null}"""));
        var record = DataFiles.Alert(77, "ZTF77", label: "SN");
        using var stream = new MemoryStream();
        AvroWriter.Write(stream, schema.ToJsonString(), [record]);
        var other = DataFiles.Records(stream.ToArray()).Single();
        Assert.Equal("added", other.Names[0]);
        var expected = Alert.FromRecord(DataFiles.Records(DataFiles.Container([record])).Single(), "a");
        var actual = Alert.FromRecord(other, "b");
        Assert.Equal((77, "ZTF77", "SN", "4.02"), (actual.Candid, actual.ObjectId, actual.Class, actual.SchemaVersion));
        Assert.Equal(StampFeatures.Of(expected.Candidate), StampFeatures.Of(actual.Candidate));
        Assert.Equal(expected.Science!.Packed, actual.Science!.Packed);

        // The last ones first; those that are named again later stay behind the one that defines them.
        static void Turn(JsonArray fields, int count)
        {
            for (var i = 0; i < count; i++)
            {
                var field = fields[i]!;
                fields.RemoveAt(i);
                fields.Insert(0, field);
            }
        }
    }

    [Fact]
    public void NamesAFileThatIsNotThere()
    {
        var error = Assert.Throws<BadInputException>(() => AvroFile.Open("/nowhere/to/be.avro"));
        Assert.StartsWith("/nowhere/to/be.avro: ", error.Message);
    }

    private static void Compare(JsonElement expected, object? actual, string path)
    {
        switch (actual)
        {
            case null:
                Assert.Equal(JsonValueKind.Null, expected.ValueKind);
                break;
            case bool value:
                Assert.Equal(expected.GetBoolean(), value);
                break;
            case int or long:
                Assert.Equal(expected.GetInt64(), Convert.ToInt64(actual));
                break;
            case float or double:
                Assert.Equal(expected.GetDouble(), Convert.ToDouble(actual));
                break;
            case string value:
                Assert.Equal(expected.GetString(), value);
                break;
            case byte[] value:
                Assert.Equal(expected.GetString(), Convert.ToHexStringLower(value));
                break;
            case AvroRecord record:
                Assert.Equal(expected.EnumerateObject().Select(field => field.Name), record.Names);
                Assert.All(record.Names, name => Compare(expected.GetProperty(name), record[name], $"{path}.{name}"));
                break;
            case List<object?> list:
                Assert.Equal(expected.GetArrayLength(), list.Count);
                Assert.All(list.Zip(expected.EnumerateArray()), pair => Compare(pair.Second, pair.First, path));
                break;
            case Dictionary<string, object?> map:
                Assert.Equal(expected.EnumerateObject().Count(), map.Count);
                Assert.All(map, pair => Compare(expected.GetProperty(pair.Key), pair.Value, $"{path}[{pair.Key}]"));
                break;
            default:
                Assert.Fail($"{path}: {actual.GetType()}");
                break;
        }
    }
}
