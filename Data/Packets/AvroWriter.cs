using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Estampa.Data;

/// <summary>
/// Writes Avro object containers, codecs null and deflate. The sync marker is made from the schema and not drawn, so equal records give
/// equal files.
/// </summary>
public static class AvroWriter
{
    /// <summary>Writes a file that appears whole or not at all.</summary>
    /// <param name="path">Created or replaced.</param>
    /// <param name="schema">The schema as JSON; its top level is a record.</param>
    /// <param name="records">Fields are taken by name; one that is absent is written as null where that is its default.</param>
    /// <param name="codec">"null" or "deflate".</param>
    /// <param name="recordsInBlock">Records that share a block: what a reader loses to one damaged place.</param>
    /// <exception cref="ArgumentException">A value does not fit the schema; the field is named.</exception>
    public static void Write(
        string path, string schema, IEnumerable<AvroRecord> records, string codec = "deflate", int recordsInBlock = 16) =>
        AtomicFile.Write(path, stream => Write(stream, schema, records, codec, recordsInBlock));

    /// <inheritdoc cref="Write(string, string, IEnumerable{AvroRecord}, string, int)"/>
    public static void Write(
        Stream stream, string schema, IEnumerable<AvroRecord> records, string codec = "deflate", int recordsInBlock = 16)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(records);
        ArgumentOutOfRangeException.ThrowIfLessThan(recordsInBlock, 1);
        if (codec is not ("null" or "deflate"))
        {
            throw new ArgumentException($"codec '{codec}' is not written (null and deflate are)", nameof(codec));
        }

        var json = Encoding.UTF8.GetBytes(schema);
        var root = AvroSchema.Parse(json, "the schema to write");
        var sync = SHA256.HashData(json)[..16];
        stream.Write("Obj\x01"u8);
        var header = new AvroEncoder();
        header.WriteLong(2);
        header.WriteBytes("avro.schema"u8);
        header.WriteBytes(json);
        header.WriteBytes("avro.codec"u8);
        header.WriteBytes(Encoding.UTF8.GetBytes(codec));
        header.WriteLong(0);
        stream.Write(header.Written);
        stream.Write(sync);
        foreach (var chunk in records.Chunk(recordsInBlock))
        {
            var block = new AvroEncoder();
            foreach (var record in chunk)
            {
                block.Encode(root, record, root.Name, 0);
            }

            var bytes = codec == "deflate" ? Deflate(block.Written) : block.Written;
            var head = new AvroEncoder();
            head.WriteLong(chunk.Length);
            head.WriteLong(bytes.Length);
            stream.Write(head.Written);
            stream.Write(bytes);
            stream.Write(sync);
        }
    }

    private static ReadOnlySpan<byte> Deflate(ReadOnlySpan<byte> bytes)
    {
        using var packed = new MemoryStream();
        using (var stream = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }
}
