using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

/// <summary>Where the tests of Data find their files, and how they compare pixels.</summary>
internal static class DataFiles
{
    public static readonly byte[] Marker = [.. "sixteen letters!"u8];

    public static string Fixture(params string[] parts) => Path.Combine([AppContext.BaseDirectory, "Fixtures", "data", .. parts]);

    /// <summary>A file or folder of the shared real data, above the repository; the test is skipped where there is none.</summary>
    public static string Shared(params string[] parts)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine([folder.FullName, "shared", "data", .. parts]);
            if (Path.Exists(path))
            {
                return path;
            }
        }

        Assert.Skip("shared data not present");
        return "";
    }

    /// <summary>A fresh folder that goes when the test ends.</summary>
    public static TemporaryFolder Temporary([CallerMemberName] string name = "") => new(name);

    /// <summary>Equal bit for bit, any NaN to any NaN.</summary>
    public static bool Same(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (var i = 0; i < left.Length; i++)
        {
            if (!left[i].Equals(right[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static readonly CutOut Usual = CutOut.Pack("test.fits.gz", Stamp());

    public static List<AvroRecord> Records(byte[] bytes)
    {
        using var file = AvroFile.Open(new MemoryStream(bytes), "test.avro");
        return [.. file.Records()];
    }

    /// <summary>A stamp of a bright middle over a slope, not constant anywhere.</summary>
    public static Stamp Stamp(int width = 63, int height = 63, float level = 100)
    {
        var pixels = new float[width * height];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y) = ((i % width) - (width / 2), (i / width) - (height / 2));
            pixels[i] = level + (x * .5f) + (y * .25f) + (800 * MathF.Exp(-((x * x) + (y * y)) / 5f));
        }

        return new Stamp(pixels, width, height);
    }

    /// <summary>The same with a pixel that is no number, one far too large and a denormal one near its middle.</summary>
    public static Stamp HardStamp()
    {
        var hard = Stamp();
        (hard.Pixels[(31 * 63) + 31], hard.Pixels[(30 * 63) + 31], hard.Pixels[(29 * 63) + 31]) = (float.NaN, float.MinValue, 1e-42f);
        return hard;
    }

    /// <summary>A ZTF alert as a record of the project's own schema.</summary>
    public static AvroRecord Alert(long candid, string objectId, Stamp? stamp = null, string? label = null, object? science = null)
    {
        var packed = Packed((stamp is null ? Usual : CutOut.Pack("test.fits.gz", stamp)).Packed);
        return new AvroRecord(
            ("schemavsn", ZtfSchema.Version), ("publisher", "test"), ("objectId", objectId), ("candid", candid),
            ("candidate", Candidate(candid)), ("cutoutScience", science ?? packed), ("cutoutTemplate", packed),
            ("cutoutDifference", packed), ("simulated_class", label));
    }

    public static AvroRecord Packed(byte[] bytes) => new(("fileName", "test.fits.gz"), ("stampData", bytes));

    public static AvroRecord Candidate(long candid, string isdiffpos = "t") => new(
        ("jd", 2459000.5), ("fid", 1), ("pid", candid / 1000), ("programid", 1), ("candid", candid), ("isdiffpos", isdiffpos),
        ("ra", 150.1), ("dec", 2.2), ("magpsf", 18.25f), ("sigmapsf", .1f), ("ranr", 150.1), ("decnr", 2.2), ("ndethist", 3),
        ("ncovhist", 50), ("nmtchps", 1), ("rfid", 7L), ("jdstartref", 2458000.5), ("jdendref", 2458500.5), ("nframesref", 15),
        ("rbversion", "t17"), ("nmatches", 900), ("drbversion", "d6"));

    public static byte[] Container(IEnumerable<AvroRecord> records, string codec = "null", int recordsInBlock = 16)
    {
        using var stream = new MemoryStream();
        AvroWriter.Write(stream, ZtfSchema.Json, records, codec, recordsInBlock);
        return stream.ToArray();
    }

    /// <summary>A container of blocks that are given as bytes, with what its header and their heads say of them.</summary>
    public static byte[] Container(string schema, long count, byte[] block, string codec = "null", long? size = null, int blocks = 1)
    {
        var header = new AvroEncoder();
        header.WriteLong(2);
        header.WriteBytes("avro.schema"u8);
        header.WriteBytes(Encoding.UTF8.GetBytes(schema));
        header.WriteBytes("avro.codec"u8);
        header.WriteBytes(Encoding.UTF8.GetBytes(codec));
        header.WriteLong(0);
        var head = new AvroEncoder();
        head.WriteLong(count);
        head.WriteLong(size ?? block.Length);
        byte[] whole = [.. head.Written, .. block, .. Marker];
        return [.. "Obj\x01"u8, .. header.Written, .. Marker, .. Enumerable.Repeat(whole, blocks).SelectMany(bytes => bytes)];
    }

    public static byte[] Deflate(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var stream = new DeflateStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }

    public sealed class TemporaryFolder(string name) : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory($"estampa-{name}-").FullName;

        public string this[string file] => System.IO.Path.Combine(Path, file);

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
