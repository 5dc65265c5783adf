using System.Buffers.Binary;

namespace Estampa.Tests;

/// <summary>Damages bytes, the same way for the same seed: what happens to files, and what somebody would do to them on purpose.</summary>
internal static class Mutator
{
    private const int MostLength = 1 << 20;
    private const int MostSteps = 6;

    private static readonly long[] Numbers =
    [
        0, 1, -1, 2, 63, 64, 127, 128, 255, 256, 4095, 65535, 65536, int.MaxValue, int.MinValue, 1L << 31, 1L << 32, long.MaxValue,
        long.MinValue, 1L << 62, 0x7F800000, 0x7FC00000,
    ];

    private static readonly string[] Words =
        ["NAXIS1  = ", "-1", "1e999", "NaN", "null", "{", "}", "[", "]", "\"", "\\u0000", ",", "\r\n", "\0", "99999999999999999999", "é"];

    /// <summary>One to six changes of <paramref name="sound"/>; some take a piece of <paramref name="other"/>.</summary>
    public static byte[] Damage(ulong seed, byte[] sound, byte[] other)
    {
        var random = new Random((int)(seed ^ (seed >> 32)));
        List<byte> bytes = [.. sound];
        for (var step = random.Next(1, MostSteps + 1); step > 0; step--)
        {
            var place = random.Next(bytes.Count + 1);
            switch (random.Next(9))
            {
                case 0 when place < bytes.Count:
                    bytes[place] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 when place < bytes.Count:
                    bytes[place] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(place, Math.Min(random.Next(64), bytes.Count - place));
                    break;
                case 3:
                    bytes.InsertRange(place, Enumerable.Range(0, random.Next(16)).Select(_ => (byte)random.Next(256)));
                    break;
                case 4:
                    bytes.RemoveRange(place, bytes.Count - place);
                    break;
                case 5:
                    Overwrite(bytes, place, Number(random));
                    break;
                case 6:
                    bytes.InsertRange(place, System.Text.Encoding.UTF8.GetBytes(Words[random.Next(Words.Length)]));
                    break;
                case 7:
                    bytes.InsertRange(place, bytes.Slice(place, Math.Min(random.Next(4096), bytes.Count - place)));
                    break;
                default:
                    var first = random.Next(other.Length + 1);
                    Overwrite(bytes, place, other.AsSpan(first, Math.Min(random.Next(256), other.Length - first)).ToArray());
                    break;
            }
        }

        return bytes.Count <= MostLength ? [.. bytes] : [.. bytes.Take(MostLength)];
    }

    private static void Overwrite(List<byte> bytes, int place, byte[] by)
    {
        for (var i = 0; i < by.Length && place + i < bytes.Count; i++)
        {
            bytes[place + i] = by[i];
        }
    }

    /// <summary>A telling number as 32 or 64 bits of either end first, or as Avro's varint.</summary>
    private static byte[] Number(Random random)
    {
        var number = Numbers[random.Next(Numbers.Length)];
        var bytes = new byte[8];
        switch (random.Next(5))
        {
            case 0:
                BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
                return bytes;
            case 1:
                BinaryPrimitives.WriteInt64BigEndian(bytes, number);
                return bytes;
            case 2:
                BinaryPrimitives.WriteInt32LittleEndian(bytes, (int)number);
                return bytes[..4];
            case 3:
                BinaryPrimitives.WriteInt32BigEndian(bytes, (int)number);
                return bytes[..4];
            default:
                var varint = new List<byte>();
                for (var left = (ulong)((number << 1) ^ (number >> 63)); varint.Count == 0 || left > 0; left >>= 7)
                {
                    varint.Add((byte)((left & 0x7F) | (left > 0x7F ? 0x80u : 0)));
                }

                return [.. varint];
        }
    }
}
