using System.Buffers.Binary;

namespace Estampa.Data;

/// <summary>FITS images (FITS Standard 4.0): one two-dimensional plane of a file becomes a <see cref="Stamp"/>, and back.</summary>
public static partial class Fits
{
    /// <summary>
    /// The image of the primary unit, or of the first IMAGE extension with data where the primary has none. BITPIX 8, 16, 32, 64, -32 and
    /// -64; value = BZERO + BSCALE * stored, BLANK is NaN. Sizes are checked against the bytes at hand before anything is allocated;
    /// padding after the data may be missing, a byte of the data may not.
    /// </summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="place">Named in errors.</param>
    public static Stamp Read(ReadOnlySpan<byte> bytes, string place)
    {
        for (var offset = 0; offset < bytes.Length;)
        {
            var header = FitsHeader.Read(bytes, offset, place);
            var axes = ReadAxes(header);
            var size = Math.Abs((int)header.Integer("BITPIX", -64, 64)) / 8;
            var isImage = offset == 0 || header.Values.GetValueOrDefault("XTENSION") == "IMAGE";
            if (isImage && axes.Length > 0 && !axes.Contains(0))
            {
                return ReadImage(bytes, header, axes, place);
            }

            offset = Next(bytes.Length, header, axes, size);
        }

        throw new BadInputException($"{place}: FITS: no image with data in {bytes.Length} bytes");
    }

    private static long[] ReadAxes(FitsHeader header)
    {
        var count = header.Integer("NAXIS", 0, 999);
        var axes = new long[count];
        for (var i = 0; i < count; i++)
        {
            axes[i] = header.Integer($"NAXIS{i + 1}", 0, int.MaxValue);
        }

        return axes;
    }

    // Where the unit after one without an image begins: its own data is skipped (section 4.4.1.2, equation 2).
    private static int Next(int length, FitsHeader header, long[] axes, int size)
    {
        // In double, which holds any product of axes without wrapping round; what is beyond the file ends the search.
        var elements = axes.Length == 0 ? 0 : axes.Aggregate(1.0, (product, axis) => product * axis);
        var heap = header.Integer("PCOUNT", 0, int.MaxValue, absent: 0);
        var groups = header.Integer("GCOUNT", 0, int.MaxValue, absent: 1);
        var end = header.End + (Math.Ceiling(size * groups * (heap + elements) / Block) * Block);
        return end >= length ? length : (int)end;
    }

    private static Stamp ReadImage(ReadOnlySpan<byte> bytes, FitsHeader header, long[] axes, string place)
    {
        if (axes.Length < 2 || axes[2..].Any(axis => axis != 1))
        {
            throw header.Bad($"an image of axes {string.Join(" x ", axes.Take(8))} is no single plane");
        }

        var bits = (int)header.Integer("BITPIX", -64, 64);
        if (bits is not (8 or 16 or 32 or 64 or -32 or -64))
        {
            throw header.Bad($"BITPIX {bits} is none of 8, 16, 32, 64, -32 and -64");
        }

        // Each axis fits 31 bits, so their product and the bytes fit 64.
        var size = Math.Abs(bits) / 8;
        var left = bytes.Length - header.End;
        if (axes[0] * axes[1] > left / size)
        {
            throw header.Bad($"{axes[0]} x {axes[1]} pixels of {size} bytes are wanted and {left} bytes are left");
        }

        var pixels = new float[axes[0] * axes[1]];
        var scale = header.Real("BSCALE", 1);
        var zero = header.Real("BZERO", 0);
        long? blank = bits > 0 && header.Values.ContainsKey("BLANK") ? header.Integer("BLANK", long.MinValue, long.MaxValue) : null;
        var plain = scale == 1 && zero == 0;
        var data = bytes.Slice(header.End, pixels.Length * size);
        for (var i = 0; i < pixels.Length; i++)
        {
            var item = data.Slice(i * size, size);
            if (bits < 0)
            {
                var value = bits == -32 ? BinaryPrimitives.ReadSingleBigEndian(item) : BinaryPrimitives.ReadDoubleBigEndian(item);
                pixels[i] = (float)(plain ? value : zero + (scale * value));
            }
            else
            {
                var value = bits switch
                {
                    8 => item[0],
                    16 => BinaryPrimitives.ReadInt16BigEndian(item),
                    32 => BinaryPrimitives.ReadInt32BigEndian(item),
                    _ => BinaryPrimitives.ReadInt64BigEndian(item),
                };
                pixels[i] = value == blank ? float.NaN : (float)(plain ? value : zero + (scale * value));
            }
        }

        return new Stamp(pixels, (int)axes[0], (int)axes[1], header.Values);
    }
}
