using System.Buffers.Binary;

namespace Estampa.Data;

/// <summary>The IDX files of MNIST: unsigned bytes with a big-endian shape, also as one gzip member (.gz).</summary>
public static class Idx
{
    /// <param name="Shape">One to four axes.</param>
    /// <param name="Values">Row-major.</param>
    public sealed record Bytes(int[] Shape, byte[] Values);

    public static Bytes Read(string path)
    {
        var bytes = InputFile.ReadAll(path, Limits.SetFile);
        if (path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
        {
            bytes = Gzip.Unpack(bytes, path, Limits.SetFile);
        }

        var known = bytes.Length >= 4 && bytes[0] == 0 && bytes[1] == 0 && bytes[2] == 8 && bytes[3] is >= 1 and <= 4;
        if (!known || bytes.Length < 4 + (4 * bytes[3]))
        {
            throw new BadInputException($"{path}: byte 0: no IDX file of unsigned bytes with 1 to 4 axes");
        }

        var start = 4 + (4 * bytes[3]);
        var shape = new int[bytes[3]];
        var product = 1.0;
        for (var i = 0; i < shape.Length; i++)
        {
            shape[i] = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4 + (4 * i)));
            product = shape[i] < 0 ? double.NaN : product * shape[i];
        }

        return product == bytes.Length - start
            ? new Bytes(shape, bytes[start..])
            : throw new BadInputException($"{path}: the shape ({string.Join(", ", shape)}) is not {bytes.Length - start} bytes");
    }
}
