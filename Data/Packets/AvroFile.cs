using System.IO.Compression;
using System.Text;

namespace Estampa.Data;

/// <summary>
/// Reads an Avro object container (Avro 1.12 specification): codecs null, deflate and snappy, any number of records. Blocks are read one
/// after another, each only after its length, its sync marker and (snappy) its checksum were checked, so the records before a
/// damaged place are delivered and then a <see cref="BadInputException"/> names the file and the byte.
/// </summary>
public sealed class AvroFile : IDisposable
{
    private const int Sync = 16;
    private const int LongestHeader = 2 * Limits.Schema;

    private static readonly AvroSchema Metadata = new(AvroKind.Map, "map") { Parts = [new AvroSchema(AvroKind.Bytes, "bytes")] };

    private readonly Stream stream;
    private readonly string name;
    private readonly AvroSchema schema;
    private readonly byte[] sync;
    private readonly long length;
    private readonly long first;

    private AvroFile(Stream stream, string name)
    {
        (this.stream, this.name, length) = (stream, name, stream.Length);
        var decoder = new AvroDecoder(ReadAt(0, (int)Math.Min(length, LongestHeader)), position => $"{name}: byte {position}");
        if (decoder.Left < 4 || !decoder.Take(4).Span.SequenceEqual("Obj\x01"u8))
        {
            throw new BadInputException($"{name}: byte 0: no Avro object container (it does not begin with Obj and 1)");
        }

        var header = (Dictionary<string, object?>)decoder.Next(Metadata)!;
        sync = decoder.Take(Sync).ToArray();
        first = decoder.Position;
        Header = header.ToDictionary(pair => pair.Key, pair => Encoding.UTF8.GetString((byte[])pair.Value!));
        if (!header.TryGetValue("avro.schema", out var json))
        {
            throw new BadInputException($"{name}: the header has no avro.schema");
        }

        Codec = Header.GetValueOrDefault("avro.codec", "null");
        if (Codec is not ("null" or "deflate" or "snappy"))
        {
            throw new BadInputException($"{name}: codec {Printable.Text(Codec)} is not read (null, deflate and snappy are)");
        }

        schema = AvroSchema.Parse((byte[])json!, name);
        if (schema.Kind != AvroKind.Record)
        {
            throw new BadInputException($"{name}: the schema's top level is no record");
        }
    }

    /// <summary>The header's metadata as text: avro.schema, avro.codec and what else was written.</summary>
    public IReadOnlyDictionary<string, string> Header { get; }

    public string Schema => Header["avro.schema"];

    public string Codec { get; }

    /// <summary>Opens a file and reads its header.</summary>
    public static AvroFile Open(string path)
    {
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path}: cannot be opened: {error.Message}", error);
        }

        return Open(stream, path);
    }

    /// <summary>The same over a seekable stream, which is disposed with the reader; the name stands in errors.</summary>
    public static AvroFile Open(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        try
        {
            return new AvroFile(stream, name);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Every record, from the first, decoded as they are asked for.</summary>
    /// <param name="skipped">
    /// Where it is given, a block whose content is damaged between an intact length and an intact sync marker is told to it and passed
    /// over from the damaged record on. A file that is cut, or a damaged length or marker, ends the reading in any case.
    /// </param>
    public IEnumerable<AvroRecord> Records(Action<BadInputException>? skipped = null)
    {
        for (var offset = first; offset < length;)
        {
            var (count, start, size) = ReadFrame(offset);
            AvroDecoder? decoder = null;
            for (var left = count; left > 0; left--)
            {
                AvroRecord record;
                try
                {
                    decoder ??= OpenBlock(offset, start, size, count);
                    record = (AvroRecord)decoder.Next(schema)!;
                    if (left == 1 && decoder.Left > 0)
                    {
                        throw decoder.Bad($"{decoder.Left} bytes after the last record");
                    }
                }
                catch (BadInputException error) when (skipped is not null)
                {
                    skipped(error);
                    break;
                }

                yield return record;
            }

            offset = start + size + Sync;
        }
    }

    public void Dispose() => stream.Dispose();

    // A block's count of records and size in bytes, and where its bytes begin; the sync marker behind it is compared.
    private (long Count, long Start, int Size) ReadFrame(long offset)
    {
        var head = new AvroDecoder(ReadAt(offset, (int)Math.Min(20, length - offset)), position => $"{name}: byte {offset + position}");
        var count = head.ReadLong();
        var size = head.ReadLong();
        var start = offset + head.Position;
        if (count < 0 || size is < 0 or > Limits.Block)
        {
            throw head.Bad($"a block of {count} records and {size} bytes (limit {Limits.Block})");
        }

        if (size + Sync > length - start)
        {
            throw head.Bad($"the file ends inside a block of {size} bytes");
        }

        if (!ReadAt(start + size, Sync).AsSpan().SequenceEqual(sync))
        {
            throw new BadInputException($"{name}: byte {start + size}: the sync marker after the block is wrong");
        }

        return (count, start, (int)size);
    }

    private AvroDecoder OpenBlock(long offset, long start, int size, long count)
    {
        var place = $"{name}: block at byte {offset}";
        var bytes = ReadAt(start, size);
        var inflated = Codec switch
        {
            "deflate" => Inflate(bytes, place),
            "snappy" => Snappy.UnpackBlock(bytes, place),
            _ => bytes,
        };
        var decoder = new AvroDecoder(inflated, position => $"{place}, byte {position} of its {inflated.Length}");
        return count <= inflated.Length ? decoder : throw decoder.Bad($"{count} records in so few bytes");
    }

    private static byte[] Inflate(byte[] packed, string place)
    {
        using var stream = new DeflateStream(new MemoryStream(packed), CompressionMode.Decompress);
        return BoundedInflate.ToEnd(stream, Limits.Block, place);
    }

    private byte[] ReadAt(long offset, int count)
    {
        var bytes = new byte[count];
        try
        {
            stream.Position = offset;
            stream.ReadExactly(bytes);
        }
        catch (IOException error)
        {
            throw new BadInputException($"{name}: byte {offset}: cannot be read: {error.Message}", error);
        }

        return bytes;
    }
}
