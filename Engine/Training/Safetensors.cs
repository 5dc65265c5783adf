using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
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
/// memory is taken. What this writes carries a checksum of the whole file, which is checked where it is there; files of others have none.
/// </summary>
public static partial class Safetensors
{
    private const int HeaderLimit = 100_000_000;
    private const int TensorLimit = 1_000_000;

    /// <summary>Writes a file that is there as a whole or not at all (<see cref="DurableFile"/>).</summary>
    /// <exception cref="ArgumentException">It could not be read again: a name, a shape or a size; the file stays as it was.</exception>
    public static void Write(
        string path,
        IEnumerable<KeyValuePair<string, StoredTensor>> tensors,
        IReadOnlyDictionary<string, string> metadata,
        Action? beforeReplacing = null) => DurableFile.Write(path, stream => Write(stream, tensors, metadata), beforeReplacing);

    /// <summary>Writes the tensors in their order, the metadata before them.</summary>
    public static void Write(
        Stream stream, IEnumerable<KeyValuePair<string, StoredTensor>> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var list = tensors.ToList();
        Check(list, metadata);
        var header = Header(list, metadata);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sum.AppendData(length);
        sum.AppendData(header);
        list.ForEach(pair => sum.AppendData(Bytes(pair.Value.Numbers)));
        Convert.ToHexStringLower(sum.GetHashAndReset()).Select(digit => (byte)digit).ToArray().CopyTo(SumIn(header));
        stream.Write(length);
        stream.Write(header);
        list.ForEach(pair => stream.Write(Bytes(pair.Value.Numbers)));
    }

    /// <exception cref="CheckpointException">The file is missing, cut, damaged or not in the format.</exception>
    public static (Dictionary<string, StoredTensor> Tensors, Dictionary<string, string> Metadata) Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
            return Read(file, path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path}: {exception.Message}", exception);
        }
    }

    /// <param name="file">Can seek, and is read from its place to its end.</param>
    /// <param name="path">What messages call it.</param>
    /// <exception cref="CheckpointException">It is cut, damaged or not in the format.</exception>
    public static (Dictionary<string, StoredTensor> Tensors, Dictionary<string, string> Metadata) Read(Stream file, string path)
    {
        try
        {
            return ReadWhole(file, path);
        }
        catch (JsonException exception)
        {
            throw new CheckpointException($"{path}: the header is not valid JSON", exception);
        }
        catch (InvalidOperationException exception)
        {
            throw new CheckpointException($"{path}: the header has a value of the wrong kind", exception);
        }
    }

    private static (Dictionary<string, StoredTensor> Tensors, Dictionary<string, string> Metadata) ReadWhole(Stream file, string path)
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
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var json = JsonDocument.Parse(header, new JsonDocumentOptions { AllowDuplicateProperties = false });
        var room = file.Length - 8 - length;
        var tensors = new Dictionary<string, StoredTensor>();
        var metadata = new Dictionary<string, string>();
        long end = 0;
        if (json.RootElement.TryGetProperty("__metadata__", out var text))
        {
            foreach (var item in text.EnumerateObject())
            {
                metadata[item.Name] = item.Value.GetString() ?? "";
            }
        }

        var expected = TakeSum(path, header, metadata);
        sum.AppendData(prefix);
        sum.AppendData(header);
        foreach (var entry in json.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__"))
        {
            if (tensors.Count == TensorLimit || !tensors.TryAdd(entry.Name, ReadTensor(file, path, entry, room, sum, ref end)))
            {
                throw new CheckpointException($"{path}: tensor '{entry.Name}' comes twice, or there are over {TensorLimit}");
            }
        }

        if (end != room)
        {
            throw new CheckpointException($"{path}: {room} bytes of numbers, the header tells of {end}");
        }

        return expected is null || expected == Convert.ToHexStringLower(sum.GetHashAndReset())
            ? (tensors, metadata)
            : throw new CheckpointException($"{path}: damaged: its checksum is not that of its contents");
    }

    private static StoredTensor ReadTensor(
        Stream file, string path, JsonProperty entry, long room, IncrementalHash sum, ref long end)
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

        if (last - first > int.MaxValue)
        {
            throw new CheckpointException($"{path}: tensor '{entry.Name}' has {last - first} bytes (limit {int.MaxValue})");
        }

        end = last;
        Array numbers = type.GetString() switch
        {
            "F32" => new float[(int)count],
            "F64" => new double[(int)count],
            _ => new long[(int)count],
        };
        file.ReadExactly(Bytes(numbers));
        sum.AppendData(Bytes(numbers));
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
