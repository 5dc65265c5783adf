using System.Buffers.Binary;

namespace Estampa.Data;

/// <summary>The IDX files of MNIST: unsigned bytes with a big-endian shape, also as one gzip member (.gz).</summary>
public static class Idx
{
    private const int LongestHeader = 4 + (4 * 4);

    /// <param name="Shape">One to four axes.</param>
    /// <param name="Values">Row-major.</param>
    public sealed record Bytes(int[] Shape, byte[] Values);

    /// <summary>Of a gzip member the shape is read first, and then no more is inflated than the shape names.</summary>
    public static Bytes Read(string path)
    {
        var file = InputFile.ReadAll(path, Limits.SetFile);
        var isPacked = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        var (shape, size) = ReadHeader(isPacked ? Gzip.Begin(file, path, LongestHeader) : file, path);
        var start = 4 + (4 * shape.Length);
        var bytes = isPacked ? Gzip.Unpack(file, path, start + size) : file;
        return bytes.Length == start + size
            ? new Bytes(shape, bytes[start..])
            : throw new BadInputException($"{path}: the shape ({string.Join(", ", shape)}) is not {bytes.Length - start} bytes");
    }

    private static (int[] Shape, int Size) ReadHeader(ReadOnlySpan<byte> bytes, string path)
    {
        var known = bytes.Length >= 4 && bytes[0] == 0 && bytes[1] == 0 && bytes[2] == 8 && bytes[3] is >= 1 and <= 4;
        if (!known || bytes.Length < 4 + (4 * bytes[3]))
        {
            throw new BadInputException($"{path}: byte 0: no IDX file of unsigned bytes with 1 to 4 axes");
        }

        var shape = new int[bytes[3]];
        var product = 1.0;
        for (var i = 0; i < shape.Length; i++)
        {
            shape[i] = BinaryPrimitives.ReadInt32BigEndian(bytes[(4 + (4 * i))..]);
            product = shape[i] < 0 ? double.NaN : product * shape[i];
        }

        return product <= Limits.SetFile
            ? (shape, (int)product)
            : throw new BadInputException($"{path}: the shape ({string.Join(", ", shape)}) is above the limit of {Limits.SetFile} bytes");
    }
}
