using System.Text;
using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

/// <summary>
/// Every length and count of an Avro file, each with the five values that goavro's damaged files have: refused before anything of that
/// size is allocated.
/// </summary>
public class AvroVarintTests
{
    private const string Schema = """{"type":"record","name":"r","fields":[{"name":"only","type":TYPE}]}""";

    private static readonly Dictionary<string, byte[]> Hostile = new()
    {
        ["-1"] = [1],
        ["least"] = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1],
        ["2^31"] = [0x80, 0x80, 0x80, 0x80, 0x10],
        ["2^62"] = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1],
        ["eleven bytes"] = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1],
    };

    public static IEnumerable<TheoryDataRow<string, string>> Cases() =>
        from place in new[]
        {
            "entries", "size of entries", "key", "value", "entries again", "records", "size", "string", "bytes", "array", "size of items",
            "map", "enum", "union",
        }
        from value in Hostile.Keys
        select new TheoryDataRow<string, string>(place, value);

    [Theory]
    [MemberData(nameof(Cases))]
    public void RefusesItBeforeItAllocates(string place, string value)
    {
        var bytes = Make(place, Hostile[value]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<BadInputException>(() => DataFiles.Records(bytes));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.StartsWith("test.avro: ", error.Message);
    }

    private static byte[] Make(string place, byte[] value)
    {
        var marker = DataFiles.Marker;
        var (type, body) = place switch
        {
            "string" => ("\"string\"", value),
            "bytes" => ("\"bytes\"", value),
            "array" => ("""{"type":"array","items":"int"}""", value),
            "size of items" => ("""{"type":"array","items":"int"}""", [1, .. value, 2, 0]),
            "map" => ("""{"type":"map","values":"int"}""", value),
            "enum" => ("""{"type":"enum","name":"e","symbols":["a","b"]}""", value),
            "union" => ("""["null","int"]""", value),
            _ => ("\"int\"", (byte[])[2]),
        };
        var json = Encoding.UTF8.GetBytes(Schema.Replace("TYPE", type));
        var count = new AvroEncoder();
        count.WriteLong(json.Length);
        byte[] key = [22, .. "avro.schema"u8], text = [.. count.Written, .. json];
        byte[] header = place switch
        {
            "entries" => [.. value, .. key, .. text, 0],
            "size of entries" => [1, .. value, .. key, .. text, 0],
            "key" => [2, .. value, .. "avro.schema"u8, .. text, 0],
            "value" => [2, .. key, .. value, .. json, 0],
            "entries again" => [2, .. key, .. text, .. value],
            _ => [2, .. key, .. text, 0],
        };
        byte[] block = place switch
        {
            "records" => [.. value, 2, .. body],
            "size" => [2, .. value, .. body],
            _ => [2, (byte)(2 * body.Length), .. body],
        };
        return [.. "Obj\x01"u8, .. header, .. marker, .. block, .. marker];
    }
}
