using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Estampa.Data;

/// <summary>One array of a .npy file: its type ("&lt;f4"), its shape and its bytes, C order.</summary>
public sealed class NpyArray(string type, int[] shape, byte[] bytes, string place)
{
    public string Type => type;

    public int[] Shape => shape;

    /// <summary>As floats; doubles and integers are rounded.</summary>
    public float[] Floats() => Convert(value => (float)value, value => value, value => (float)value);

    /// <summary>As doubles; 64-bit integers beyond 2^53 are rounded.</summary>
    public double[] Doubles() => Convert(value => value, value => (double)value, value => (double)value);

    /// <summary>As integers; refused where the file holds floats.</summary>
    public long[] Longs() => Convert(
        _ => throw new BadInputException($"{place}: {type} where integers are wanted"),
        _ => throw new BadInputException($"{place}: {type} where integers are wanted"),
        value => value);

    private T[] Convert<T>(Func<double, T> ofDouble, Func<float, T> ofFloat, Func<long, T> ofLong) => type switch
    {
        "<f4" when typeof(T) == typeof(float) => Cast<T>().ToArray(),
        "<f4" => Map(Cast<float>(), ofFloat),
        "<f8" => Map(Cast<double>(), ofDouble),
        "<i4" => Map(Cast<int>(), value => ofLong(value)),
        "<i8" => Map(Cast<long>(), ofLong),
        _ => Map(bytes, value => ofLong(value)),
    };

    private ReadOnlySpan<T> Cast<T>() => MemoryMarshal.CreateReadOnlySpan(
        ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(bytes)), bytes.Length / Unsafe.SizeOf<T>());

    private static TOut[] Map<TIn, TOut>(ReadOnlySpan<TIn> values, Func<TIn, TOut> map)
    {
        var result = new TOut[values.Length];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = map(values[i]);
        }

        return result;
    }
}

/// <summary>NumPy's array files (numpy.lib.format), versions 1 and 2: &lt;f4, &lt;f8, &lt;i4, &lt;i8 and |u1 in C order.</summary>
public static class Npy
{
    private static readonly byte[] Magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads one array; the shape must account for every byte of the file.</summary>
    public static NpyArray Read(string path) => Read(InputFile.ReadAll(path, Limits.SetFile), path);

    public static NpyArray Read(byte[] bytes, string place)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        var wide = bytes.Length > 6 && bytes[6] == 2 ? 12 : 10;
        if (bytes.Length < wide || !bytes.AsSpan(0, 6).SequenceEqual(Magic) || bytes[6] is not (1 or 2))
        {
            throw new BadInputException($"{place}: byte 0: no .npy file of version 1 or 2");
        }

        long length = wide == 10 ? BitConverter.ToUInt16(bytes, 8) : BitConverter.ToUInt32(bytes, 8);
        if (length > Math.Min(bytes.Length - wide, Limits.NpyHeader))
        {
            var left = bytes.Length - wide;
            throw new BadInputException($"{place}: byte 8: a header of {length} bytes where {left} are left (limit {Limits.NpyHeader})");
        }

        var header = Encoding.Latin1.GetString(bytes, wide, (int)length);
        var type = Entry(header, "descr", place).Trim('\'', '"');
        var size = type switch
        {
            "<f4" or "<i4" => 4,
            "<f8" or "<i8" => 8,
            "|u1" => 1,
            _ => throw new BadInputException($"{place}: type {Printable.Text(type)} is not read (<f4, <f8, <i4, <i8 and |u1 are)"),
        };
        if (Entry(header, "fortran_order", place) != "False")
        {
            throw new BadInputException($"{place}: only C order is read");
        }

        var shape = Shape(header, place);
        var data = bytes[(wide + (int)length)..];

        // 32 axes within 31 bits each could wrap round 64 bits; a double cannot.
        var count = shape.Aggregate(1.0, (product, axis) => product * axis);
        return count * size == data.Length
            ? new NpyArray(type, shape, data, place)
            : throw new BadInputException($"{place}: the shape ({string.Join(", ", shape.Take(8))}) of {type} is not {data.Length} bytes");
    }

    /// <summary>Writes a version 1 file that appears whole or not at all; T is float, double, int, long or byte.</summary>
    public static void Write<T>(string path, T[] values, params int[] shape)
        where T : unmanaged
    {
        var type = default(T) switch
        {
            float => "<f4",
            double => "<f8",
            int => "<i4",
            long => "<i8",
            byte => "|u1",
            _ => throw new ArgumentException($"{typeof(T).Name} is not written as .npy", nameof(values)),
        };
        if (shape.Aggregate(1L, (product, axis) => checked(product * axis)) != values.Length)
        {
            throw new ArgumentException($"{values.Length} values are not ({string.Join(", ", shape)})", nameof(shape));
        }

        var axes = shape.Length == 1 ? $"{shape[0]}," : string.Join(", ", shape);
        var header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({axes}), }}";

        // The data begins at a multiple of 64 bytes: blanks and a line end fill up.
        header = header.PadRight(((10 + header.Length + 64) / 64 * 64) - 11) + "\n";
        AtomicFile.Write(path, stream =>
        {
            stream.Write(Magic);
            stream.Write([1, 0, (byte)header.Length, (byte)(header.Length >> 8)]);
            stream.Write(Encoding.Latin1.GetBytes(header));
            stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
        });
    }

    // The header is a Python dictionary of three keys; no value but the shape holds a comma.
    private static string Entry(string header, string key, string place)
    {
        var start = header.IndexOf($"'{key}':", StringComparison.Ordinal);
        if (start < 0)
        {
            throw new BadInputException($"{place}: the header has no '{key}'");
        }

        return header[(start + key.Length + 3)..].Split(',', '}')[0].Trim();
    }

    private static int[] Shape(string header, string place)
    {
        var start = header.IndexOf('(');
        var end = header.IndexOf(')');
        var axes = start >= 0 && end > start ? header[(start + 1)..end].Split(',', StringSplitOptions.TrimEntries) : ["?"];
        var shape = new List<int>();
        foreach (var axis in axes.Where(axis => axis.Length > 0))
        {
            if (!int.TryParse(axis, NumberStyles.None, CultureInfo.InvariantCulture, out var size) || shape.Count == 32)
            {
                throw new BadInputException($"{place}: the header's shape cannot be read");
            }

            shape.Add(size);
        }

        return [.. shape];
    }
}
