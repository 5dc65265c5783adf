using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Estampa.Engine;

/// <summary>A model or state file that cannot be used; the message names the file, the tensor and the reason.</summary>
public sealed class CheckpointException : Exception
{
    public CheckpointException()
    {
    }

    public CheckpointException(string message)
        : base(message)
    {
    }

    public CheckpointException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>A tensor in a file: its shape and numbers, either 32-bit floats or 64-bit integers or doubles.</summary>
public sealed record StoredTensor(int[] Shape, Array Numbers)
{
    public float[] Floats => Numbers as float[] ?? throw new CheckpointException("it does not hold 32-bit floats (F32)");

    public double[] Doubles => Numbers as double[] ?? throw new CheckpointException("it does not hold doubles (F64)");

    public long[] Integers => Numbers as long[] ?? throw new CheckpointException("it does not hold 64-bit integers (I64)");
}

/// <summary>
/// Files in the safetensors format (github.com/huggingface/safetensors): eight bytes of header length, a JSON header with each tensor's
/// type, shape and byte range, then the numbers, little-endian. The reader trusts nothing: lengths, ranges and types are checked before
/// memory is taken.
/// </summary>
public static class Safetensors
{
    private const int HeaderLimit = 100_000_000;
    private const int TensorLimit = 1_000_000;

    /// <summary>
    /// Writes a file beside its place, flushes it to the disk and renames it, so that a reader sees the old one or the new one.
    /// </summary>
    public static void Write(
        string path, IEnumerable<KeyValuePair<string, StoredTensor>> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var list = tensors.ToList();
        using var headerStream = new MemoryStream();
        using (var json = new Utf8JsonWriter(headerStream))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            foreach (var (key, text) in metadata)
            {
                json.WriteString(key, text);
            }

            json.WriteEndObject();
            long start = 0;
            foreach (var (name, tensor) in list)
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
        while (headerStream.Length % 8 != 0)
        {
            headerStream.WriteByte((byte)' ');
        }

        var temporary = $"{path}.{Environment.ProcessId}.part";
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            {
                Span<byte> length = stackalloc byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(length, headerStream.Length);
                file.Write(length);
                headerStream.WriteTo(file);
                foreach (var (_, tensor) in list)
                {
                    file.Write(Bytes(tensor.Numbers));
                }

                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <exception cref="CheckpointException">The file is missing, cut, or not in the format.</exception>
    public static (Dictionary<string, StoredTensor> Tensors, Dictionary<string, string> Metadata) Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
            return Read(file, path);
        }
        catch (IOException exception)
        {
            throw new CheckpointException($"{path}: {exception.Message}", exception);
        }
        catch (JsonException exception)
        {
            throw new CheckpointException($"{path}: the header is not valid JSON", exception);
        }
        catch (InvalidOperationException exception)
        {
            throw new CheckpointException($"{path}: the header has a value of the wrong kind", exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new CheckpointException($"{path}: {exception.Message}", exception);
        }
    }

    private static (Dictionary<string, StoredTensor> Tensors, Dictionary<string, string> Metadata) Read(FileStream file, string path)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (file.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8)
        {
            throw new CheckpointException($"{path}: shorter than the 8 bytes of a safetensors header length");
        }

        var length = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (length < 2 || length > HeaderLimit || length > file.Length - 8)
        {
            throw new CheckpointException(
                $"{path}: header length {length} does not fit a file of {file.Length} bytes (limit {HeaderLimit})");
        }

        var header = new byte[length];
        file.ReadExactly(header);
        using var json = JsonDocument.Parse(header, new JsonDocumentOptions { AllowDuplicateProperties = false });
        var room = file.Length - 8 - length;
        var tensors = new Dictionary<string, StoredTensor>();
        var metadata = new Dictionary<string, string>();
        long end = 0;
        foreach (var entry in json.RootElement.EnumerateObject())
        {
            if (entry.Name == "__metadata__")
            {
                foreach (var item in entry.Value.EnumerateObject())
                {
                    metadata[item.Name] = item.Value.GetString() ?? "";
                }
            }
            else if (tensors.Count == TensorLimit || !tensors.TryAdd(entry.Name, ReadTensor(file, path, entry, 8 + length, room, ref end)))
            {
                throw new CheckpointException($"{path}: tensor '{entry.Name}' comes twice, or there are over {TensorLimit}");
            }
        }

        return end == room
            ? (tensors, metadata)
            : throw new CheckpointException($"{path}: {room} bytes of numbers, the header tells of {end}");
    }

    private static StoredTensor ReadTensor(FileStream file, string path, JsonProperty entry, long offset, long room, ref long end)
    {
        var fields = entry.Value;
        if (!fields.TryGetProperty("dtype", out var type) || !fields.TryGetProperty("shape", out var axes)
            || !fields.TryGetProperty("data_offsets", out var range) || range.GetArrayLength() != 2)
        {
            throw new CheckpointException($"{path}: tensor '{entry.Name}' lacks dtype, shape or data_offsets");
        }

        var size = type.GetString() switch
        {
            "F32" => 4,
            "F64" or "I64" => 8,
            var other => throw new CheckpointException($"{path}: tensor '{entry.Name}' has type {other}; F32, F64 and I64 can be read"),
        };
        if (!range[0].TryGetInt64(out var first) || !range[1].TryGetInt64(out var last) || axes.GetArrayLength() > 8)
        {
            throw new CheckpointException($"{path}: tensor '{entry.Name}' has a shape or range that is no list of whole numbers");
        }

        var shape = new int[axes.GetArrayLength()];
        UInt128 count = 1;
        for (var axis = 0; axis < shape.Length; axis++)
        {
            if (!axes[axis].TryGetInt32(out shape[axis]) || shape[axis] < 0)
            {
                throw new CheckpointException($"{path}: tensor '{entry.Name}' has a shape that is no list of whole numbers");
            }

            // Never far above the file's length, so that eight axes of 31 bits cannot wrap round.
            count = UInt128.Min(count * (uint)shape[axis], (UInt128)(ulong)room + 1);
        }

        if (first != end || last < first || last > room || count * (uint)size != (UInt128)(ulong)(last - first))
        {
            throw new CheckpointException($"{path}: tensor '{entry.Name}' does not lie in bytes {first} to {last} of {room}");
        }

        end = last;
        Array numbers = type.GetString() switch
        {
            "F32" => new float[(int)count],
            "F64" => new double[(int)count],
            _ => new long[(int)count],
        };
        file.Position = offset + first;
        file.ReadExactly(Bytes(numbers));
        return new StoredTensor(shape, numbers);
    }

    /// <summary>The bytes of an array; safetensors and every processor that .NET runs on here are little-endian.</summary>
    private static Span<byte> Bytes(Array numbers) => numbers switch
    {
        float[] floats => MemoryMarshal.AsBytes(floats.AsSpan()),
        double[] doubles => MemoryMarshal.AsBytes(doubles.AsSpan()),
        long[] integers => MemoryMarshal.AsBytes(integers.AsSpan()),
        _ => throw new ArgumentException($"{numbers.GetType()} cannot be stored"),
    };
}
