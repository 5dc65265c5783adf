using System.Text;
using System.Text.Json;

namespace Estampa.Engine;

/// <content>The header that is written, and the checksum in it.</content>
public static partial class Safetensors
{
    /// <summary>
    /// Both are in every file that is written here: where one of them is damaged the other says that there must be a checksum.
    /// </summary>
    private const string FormatKey = "estampa.format";
    private const string SumKey = "estampa.sha256";
    private const string Format = "1";
    private const int SumDigits = 64;

    /// <summary>Refuses what <see cref="Read(string)"/> would: no good file is replaced by one that cannot be read.</summary>
    private static void Check(List<KeyValuePair<string, StoredTensor>> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        static bool IsText(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;
        foreach (var (key, text) in metadata)
        {
            if (key is FormatKey or SumKey || !IsText(key) || !IsText(text ?? ""))
            {
                throw new ArgumentException($"metadata '{key}' cannot be stored: it is the format's own, or no Unicode text");
            }
        }

        var names = new HashSet<string>();
        foreach (var (name, (shape, numbers)) in tensors)
        {
            if (name == "__metadata__" || !IsText(name) || !names.Add(name) || names.Count > TensorLimit)
            {
                throw new ArgumentException($"tensor '{name}' cannot be stored: it comes twice, is the format's own, no Unicode text, or"
                    + $" one of over {TensorLimit}");
            }

            // Never far above the number of elements, so that it cannot wrap round.
            var count = shape.Aggregate(
                (UInt128)1, (product, axis) => UInt128.Min(product * (uint)axis, (UInt128)(ulong)numbers.LongLength + 1));
            if (shape.Length > 8 || shape.Any(axis => axis < 0) || count != (UInt128)(ulong)numbers.LongLength
                || numbers.LongLength > int.MaxValue / (numbers is float[]? 4 : 8))
            {
                throw new ArgumentException(
                    $"tensor '{name}' cannot be stored: ({string.Join(", ", shape)}) with {numbers.LongLength} numbers");
            }
        }
    }

    private static byte[] Header(List<KeyValuePair<string, StoredTensor>> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString(FormatKey, Format);
            json.WriteString(SumKey, new string('0', SumDigits));
            foreach (var (key, text) in metadata)
            {
                json.WriteString(key, text);
            }

            json.WriteEndObject();
            long start = 0;
            foreach (var (name, tensor) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", tensor.Numbers switch { float[] => "F32", double[] => "F64", _ => "I64" });
                json.WriteStartArray("shape");
                Array.ForEach(tensor.Shape, axis => json.WriteNumberValue(axis));
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(start);
                start += Bytes(tensor.Numbers).Length;
                json.WriteNumberValue(start);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // Spaces to a multiple of 8 keep the numbers aligned, as the reference implementation does.
        while (stream.Length % 8 != 0)
        {
            stream.WriteByte((byte)' ');
        }

        return stream.Length <= HeaderLimit ? stream.ToArray() : throw new ArgumentException(
            $"a header of {stream.Length} bytes cannot be stored (limit {HeaderLimit})");
    }

    /// <summary>The digits of the checksum in a header; empty where there are none. The sum is taken with zeros in their place.</summary>
    private static Span<byte> SumIn(byte[] header)
    {
        var place = header.AsSpan().IndexOf("\"estampa.sha256\":\""u8);
        var digits = place + "\"estampa.sha256\":\"".Length;
        return place >= 0 && digits + SumDigits <= header.Length ? header.AsSpan(digits, SumDigits) : [];
    }

    /// <summary>Takes the checksum out of the metadata, and out of the header so that it can be summed.</summary>
    /// <returns>Null in a file that another program wrote.</returns>
    private static string? TakeSum(string path, byte[] header, Dictionary<string, string> metadata)
    {
        var hasFormat = metadata.Remove(FormatKey, out var format);
        var hasSum = metadata.Remove(SumKey, out var sum);
        if (!hasFormat && !hasSum)
        {
            return null;
        }

        if (!hasFormat || !hasSum || SumIn(header).IsEmpty)
        {
            throw new CheckpointException($"{path}: damaged: it has lost its {(hasSum ? "format" : "checksum")}");
        }

        if (format != Format)
        {
            throw new CheckpointException($"{path}: of format {format}; this version reads format {Format}, or the file is damaged");
        }

        SumIn(header).Fill((byte)'0');
        return sum;
    }
}
