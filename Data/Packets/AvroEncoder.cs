using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Estampa.Data;

/// <summary>Avro's binary encoding into memory.</summary>
internal sealed class AvroEncoder
{
    private readonly ArrayBufferWriter<byte> output = new();

    public ReadOnlySpan<byte> Written => output.WrittenSpan;

    public void WriteLong(long value)
    {
        var bits = (ulong)((value << 1) ^ (value >> 63));
        for (; bits >= 0x80; bits >>= 7)
        {
            output.Write([(byte)(bits | 0x80)]);
        }

        output.Write([(byte)bits]);
    }

    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        WriteLong(bytes.Length);
        output.Write(bytes);
    }

    public void Encode(AvroSchema schema, object? value, string field, int depth)
    {
        if (depth > Limits.Depth)
        {
            throw new ArgumentException($"{field}: values nested deeper than {Limits.Depth}", nameof(value));
        }

        Span<byte> bytes = stackalloc byte[8];
        switch (schema.Kind, value)
        {
            case (AvroKind.Null, null):
                break;
            case (AvroKind.Boolean, bool yes):
                output.Write([yes ? (byte)1 : (byte)0]);
                break;
            case (AvroKind.Int or AvroKind.Long, int number):
                WriteLong(number);
                break;
            case (AvroKind.Long, long number):
                WriteLong(number);
                break;
            case (AvroKind.Float, float or double or int):
                BinaryPrimitives.WriteSingleLittleEndian(bytes, Convert.ToSingle(value));
                output.Write(bytes[..4]);
                break;
            case (AvroKind.Double, float or double or int):
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, Convert.ToDouble(value));
                output.Write(bytes);
                break;
            case (AvroKind.Bytes, byte[] block):
                WriteBytes(block);
                break;
            case (AvroKind.String, string text):
                WriteBytes(Encoding.UTF8.GetBytes(text));
                break;
            case (AvroKind.Fixed, byte[] block) when block.Length == schema.Size:
                output.Write(block);
                break;
            case (AvroKind.Enum, string symbol) when schema.Names.Contains(symbol):
                WriteLong(Array.IndexOf(schema.Names, symbol));
                break;
            case (AvroKind.Union, _):
                var branch = Branch(schema, value);
                if (branch < 0)
                {
                    throw Unfit(schema, value, field);
                }

                WriteLong(branch);
                Encode(schema.Parts[branch], value, field, depth + 1);
                break;
            case (AvroKind.Record, AvroRecord record):
                for (var i = 0; i < schema.Names.Length; i++)
                {
                    if (!record.TryGet(schema.Names[i], out var part) && !schema.DefaultsToNull[i])
                    {
                        throw new ArgumentException($"{field}.{schema.Names[i]}: the field is missing", nameof(value));
                    }

                    Encode(schema.Parts[i], part, $"{field}.{schema.Names[i]}", depth + 1);
                }

                break;
            case (AvroKind.Array, IEnumerable<object?> items) when value is not string:
                var list = items.ToList();
                WriteCount(list.Count);
                foreach (var item in list)
                {
                    Encode(schema.Parts[0], item, field, depth + 1);
                }

                WriteLong(0);
                break;
            case (AvroKind.Map, IReadOnlyDictionary<string, object?> map):
                WriteCount(map.Count);
                foreach (var (key, item) in map)
                {
                    WriteBytes(Encoding.UTF8.GetBytes(key));
                    Encode(schema.Parts[0], item, field, depth + 1);
                }

                WriteLong(0);
                break;
            default:
                throw Unfit(schema, value, field);
        }
    }

    // An empty array or map is its end marker alone.
    private void WriteCount(int count)
    {
        if (count > 0)
        {
            WriteLong(count);
        }
    }

    // The branch that is the value's own type, else one it converts to.
    private static int Branch(AvroSchema union, object? value)
    {
        var (own, other) = value switch
        {
            null => (AvroKind.Null, []),
            bool => (AvroKind.Boolean, []),
            int => (AvroKind.Int, [AvroKind.Long, AvroKind.Float, AvroKind.Double]),
            long => (AvroKind.Long, []),
            float => (AvroKind.Float, [AvroKind.Double]),
            double => (AvroKind.Double, [AvroKind.Float]),
            string => (AvroKind.String, [AvroKind.Enum]),
            byte[] => (AvroKind.Bytes, [AvroKind.Fixed]),
            AvroRecord => (AvroKind.Record, []),
            IReadOnlyDictionary<string, object?> => (AvroKind.Map, (AvroKind[])[]),
            _ => (AvroKind.Array, []),
        };
        var place = Array.FindIndex(union.Parts, part => part.Kind == own);
        return place >= 0 ? place : Array.FindIndex(union.Parts, part => other.Contains(part.Kind));
    }

    private static ArgumentException Unfit(AvroSchema schema, object? value, string field) =>
        new($"{field}: {value?.GetType().Name ?? "null"} is not written as {schema.Name}", nameof(value));
}
