using System.Buffers.Binary;
using System.Text;

namespace Estampa.Data;

/// <summary>
/// Decodes Avro's binary encoding from bytes in memory. Every length and count is checked against the bytes that are left and against
/// <see cref="Limits"/> before anything is allocated; nesting and the number of values of a record are bounded.
/// </summary>
/// <param name="data">One block, inflated, or the beginning of a file.</param>
/// <param name="place">Turns a position in the data into words for an error: the file and the byte offset.</param>
internal sealed class AvroDecoder(ReadOnlyMemory<byte> data, Func<int, string> place)
{

    private string field = "";
    private int start;
    private int values;

    // A value takes a byte at least, or stands in a union that does; what does not, such as fields of null, may not multiply by records.
    private long allowance = Limits.Values + (4L * data.Length);

    public int Position { get; private set; }

    public int Left => data.Length - Position;

    /// <summary>One value of the block's own type, with a fresh allowance of bytes and values.</summary>
    public object? Next(AvroSchema schema)
    {
        (start, values, field) = (Position, 0, "");
        return Decode(schema, 0);
    }

    /// <summary>A zigzag variable-length integer of at most ten bytes.</summary>
    public long ReadLong()
    {
        ulong bits = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var item = Take(1).Span[0];
            if (shift == 63 && item > 1)
            {
                break;
            }

            bits |= (ulong)(item & 0x7F) << shift;
            if (item < 0x80)
            {
                return (long)(bits >> 1) ^ -(long)(bits & 1);
            }
        }

        throw Bad("an integer of more than 64 bits");
    }

    public ReadOnlyMemory<byte> Take(int length)
    {
        if (length > Left)
        {
            throw Bad($"{length} bytes are wanted and {Left} are left");
        }

        var result = data.Slice(Position, length);
        Position += length;
        return result;
    }

    public BadInputException Bad(string reason) =>
        new($"{place(Position)}: {(field.Length == 0 ? "" : $"field {Printable.Text(field)}: ")}{reason}");

    private object? Decode(AvroSchema schema, int depth)
    {
        if (++values > Limits.Values)
        {
            throw Bad($"a record of more than {Limits.Values} values");
        }

        if (--allowance < 0)
        {
            throw Bad($"records of more than {Limits.Values} values and 4 a byte");
        }

        if (depth > Limits.Depth)
        {
            throw Bad($"values nested deeper than {Limits.Depth}");
        }

        switch (schema.Kind)
        {
            case AvroKind.Null:
                return null;
            case AvroKind.Boolean:
                var item = Take(1).Span[0];
                return item <= 1 ? item == 1 : throw Bad($"a boolean of value {item}");
            case AvroKind.Int:
                return ReadInt();
            case AvroKind.Long:
                return ReadLong();
            case AvroKind.Float:
                return BinaryPrimitives.ReadSingleLittleEndian(Take(4).Span);
            case AvroKind.Double:
                return BinaryPrimitives.ReadDoubleLittleEndian(Take(8).Span);
            case AvroKind.Bytes:
                return ReadBytes().ToArray();
            case AvroKind.String:
                return ReadText();
            case AvroKind.Fixed:
                return Take(schema.Size).ToArray();
            case AvroKind.Enum:
                var symbol = ReadInt();
                return (uint)symbol < (uint)schema.Names.Length ? schema.Names[symbol] : throw Bad($"enum without a symbol {symbol}");
            case AvroKind.Union:
                var branch = ReadInt();
                return (uint)branch < (uint)schema.Parts.Length
                    ? Decode(schema.Parts[branch], depth + 1)
                    : throw Bad($"union without a branch {branch}");
            case AvroKind.Record:
                var fields = new object?[schema.Parts.Length];
                for (var i = 0; i < fields.Length; i++)
                {
                    field = schema.Names[i];
                    fields[i] = Decode(schema.Parts[i], depth + 1);
                }

                return new AvroRecord(schema.Names, fields);
            case AvroKind.Array:
                var list = new List<object?>();
                ReadItems(() => list.Add(Decode(schema.Parts[0], depth + 1)));
                return list;
            default:
                var map = new Dictionary<string, object?>();
                ReadItems(() => map[ReadText()] = Decode(schema.Parts[0], depth + 1));
                return map;
        }
    }

    // Arrays and maps come in blocks: a count, or a negative count and the block's size in bytes; a count of 0 ends them.
    private void ReadItems(Action item)
    {
        var total = 0L;
        for (var count = ReadLong(); count != 0; count = ReadLong())
        {
            if (count < 0)
            {
                var size = ReadLong();
                if (size < 0 || size > Left)
                {
                    throw Bad($"a block of {size} bytes where {Left} are left");
                }

                count = count == long.MinValue ? long.MaxValue : -count;
            }

            if (count > Limits.History - total)
            {
                throw Bad($"an array or map of more than {Limits.History} items");
            }

            total += count;
            for (; count > 0; count--)
            {
                item();
            }
        }
    }

    private int ReadInt()
    {
        var value = ReadLong();
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw Bad($"{value} does not fit 32 bits");
    }

    private ReadOnlyMemory<byte> ReadBytes()
    {
        var length = ReadLong();
        if (length < 0 || length > Left)
        {
            throw Bad($"a length of {length} where {Left} bytes are left");
        }

        if (Position - start + length > Limits.Record)
        {
            throw Bad($"a record of more than {Limits.Record} bytes");
        }

        return Take((int)length);
    }

    /// <summary>Bytes that are no UTF-8 become U+FFFD, which no name may have: what follows them is sound.</summary>
    private string ReadText() => Encoding.UTF8.GetString(ReadBytes().Span);
}
