using System.IO.Compression;
using System.Text;

namespace Estampa.Data;

/// <summary>
/// Reads an Avro object container (Avro 1.12 specification): codecs null, deflate and snappy, any number of records. Blocks are read one
/// after another, each only after its length, its sync marker and (snappy) its checksum were checked, so the records before a
/// damaged place are delivered; then a <see cref="BadInputException"/> names the file and the byte, or, where that is asked for, the
/// reader goes on with the next whole block.
/// </summary>
public sealed class AvroFile : IDisposable
{
    private const int Sync = 16;
    private const int ScanStep = 1 << 12;

    private static readonly AvroSchema Metadata = new(AvroKind.Map, "map") { Parts = [new AvroSchema(AvroKind.Bytes, "bytes")] };

    private readonly Stream stream;
    private readonly string name;
    private readonly AvroSchema schema;
    private readonly byte[] sync;
    private readonly long length;
    private readonly long first;
    private long block;
    private int number;

    private AvroFile(Stream stream, string name)
    {
        (this.stream, this.name, length) = (stream, name, stream.Length);
        var within = length > Limits.AvroHeader ? $" of the {Limits.AvroHeader} that a header may have" : "";
        var decoder = new AvroDecoder(ReadAt(0, (int)Math.Min(length, Limits.AvroHeader)), position => $"{name}: byte {position}{within}");
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
            InputFile.DemandBytes(path);
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

    /// <summary>Of the record that came last, or of the block that is read: the file and the byte, in words.</summary>
    public string Place => number == 0 ? PlaceOf(block) : $"{PlaceOf(block)}, record {number}";

    /// <summary>Every record, from the first, decoded as they are asked for.</summary>
    /// <param name="lost">
    /// Where it is given, damage is told to it and the reading goes on: after a damaged record with the next block, after a damaged length
    /// or sync marker with the next block that can be found by its marker. Without it, damage is thrown.
    /// </param>
    /// <exception cref="BadInputException">The file is damaged, or cannot be read any more.</exception>
    public IEnumerable<AvroRecord> Records(Action<LostRecords>? lost = null)
    {
        for (block = first; block < length;)
        {
            number = 0;
            var frame = ReadFrame(block);
            if (frame.Fault is not null)
            {
                (lost ?? throw frame.Fault)(new LostRecords(PlaceOf(block), frame.Count, frame.Fault.Message));
                block = Resume(frame);
                continue;
            }

            // The turn after the last record is there to see that no bytes are left; a block of no records has that turn alone.
            AvroDecoder? decoder = null;
            for (var left = frame.Count; left >= 0; left--)
            {
                AvroRecord record;
                try
                {
                    decoder ??= OpenBlock(frame);
                    if (left == 0 && decoder.Left > 0)
                    {
                        throw decoder.Bad($"{decoder.Left} bytes after the last record");
                    }

                    if (left == 0)
                    {
                        break;
                    }

                    record = (AvroRecord)decoder.Next(schema)!;
                }
                catch (BadInputException error) when (lost is not null)
                {
                    lost(new LostRecords(PlaceOf(block), Math.Max(left, 1), error.Message));
                    break;
                }

                number++;
                yield return record;
            }

            block = frame.End;
        }
    }

    public void Dispose() => stream.Dispose();

    private string PlaceOf(long offset) => $"{name}: block at byte {offset}";

    // A block's count of records and size in bytes, and where its bytes begin; the sync marker behind it is compared.
    private Frame ReadFrame(long offset)
    {
        var head = new AvroDecoder(ReadAt(offset, (int)Math.Min(20, length - offset)), _ => PlaceOf(offset));
        var frame = new Frame(1, offset, offset, null);
        try
        {
            var count = head.ReadLong();
            if (count is < 0 or > Limits.BlockRecords)
            {
                throw head.Bad($"a block of {count} records (limit {Limits.BlockRecords})");
            }

            frame = frame with { Count = (int)count };
            var size = head.ReadLong();
            if (size is < 0 or > Limits.Block)
            {
                throw head.Bad($"a block of {size} bytes (limit {Limits.Block})");
            }

            var start = offset + head.Position;
            frame = frame with { Start = start, End = start + size + Sync };
            if (frame.End > length)
            {
                throw head.Bad($"the file ends inside a block of {size} bytes");
            }

            return ReadAt(start + size, Sync).AsSpan().SequenceEqual(sync)
                ? frame
                : throw head.Bad($"the sync marker at byte {start + size} is wrong");
        }
        catch (BadInputException error)
        {
            return frame with { Count = Math.Max(frame.Count, 1), Fault = error };
        }
    }

    // Where a block says that it ends, if a whole one begins there: then its marker alone was damaged. Else after the next marker.
    private long Resume(Frame frame)
    {
        if (frame.End == length || (frame.End > block && frame.End < length && ReadFrame(frame.End).Fault is null))
        {
            return frame.End;
        }

        for (var offset = block; offset < length; offset += ScanStep)
        {
            var found = ReadAt(offset, (int)Math.Min(ScanStep + Sync - 1, length - offset)).AsSpan().IndexOf(sync);
            if (found >= 0)
            {
                return offset + found + Sync;
            }
        }

        return length;
    }

    private AvroDecoder OpenBlock(Frame frame)
    {
        var place = PlaceOf(block);
        var bytes = ReadAt(frame.Start, frame.Size);
        var inflated = Codec switch
        {
            "deflate" => Inflate(bytes, place),
            "snappy" => Snappy.UnpackBlock(bytes, place),
            _ => bytes,
        };
        var decoder = new AvroDecoder(inflated, position => $"{place}, byte {position} of its {inflated.Length}");
        return frame.Count <= inflated.Length ? decoder : throw decoder.Bad($"{frame.Count} records in so few bytes");
    }

    private static byte[] Inflate(byte[] packed, string place)
    {
        using var stream = new DeflateStream(new MemoryStream(packed), CompressionMode.Decompress);
        var most = Math.Clamp((long)Limits.Inflation * packed.Length, 1 << 20, Limits.Block);
        return BoundedInflate.ToEnd(stream, (int)most, $"{place}, {packed.Length} bytes");
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

    private readonly record struct Frame(int Count, long Start, long End, BadInputException? Fault)
    {
        public int Size => (int)(End - Sync - Start);
    }
}
