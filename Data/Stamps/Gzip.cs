using System.IO.Compression;

namespace Estampa.Data;

/// <summary>One gzip member in memory (RFC 1952): how ZTF packs a cut-out.</summary>
public static class Gzip
{
    /// <summary>One member without name and time, so that equal bytes give equal files.</summary>
    public static byte[] Pack(ReadOnlySpan<byte> bytes)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }
}
