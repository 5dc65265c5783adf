namespace Estampa.Data;

/// <summary>
/// The CRC-32 of gzip (RFC 1952, section 8), PNG (its annex D) and Avro's snappy blocks: polynomial 0xEDB88320, reflected.
/// </summary>
public static class Crc32
{
    private static readonly uint[] Table = MakeTable();

    /// <summary>The checksum of the bytes; give the earlier result to go on with a second piece.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes, uint before = 0)
    {
        var value = ~before;
        foreach (var item in bytes)
        {
            value = Table[(byte)(value ^ item)] ^ (value >> 8);
        }

        return ~value;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < 256; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
            {
                value = (value & 1) == 0 ? value >> 1 : (value >> 1) ^ 0xEDB88320u;
            }

            table[i] = value;
        }

        return table;
    }
}
