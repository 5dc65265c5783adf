namespace Estampa.Data;

/// <summary>
/// How large a piece of input may be before it is refused, set once for every reader of data (model files have theirs in the engine's
/// Safetensors). Real ZTF figures beside each: a stamp inflates to 20 kB, an alert is 0.05 to 0.12 MB.
/// </summary>
public static class Limits
{
    /// <summary>Bytes of one stamp's FITS file after inflation (real: 20,160).</summary>
    public const int Stamp = 1 << 20;

    /// <summary>Bytes of one alert record (real: 50,000 to 120,000).</summary>
    public const int Record = 4 << 20;

    /// <summary>Bytes of one Avro block, compressed or inflated.</summary>
    public const int Block = 64 << 20;

    /// <summary>Bytes of an Avro schema.</summary>
    public const int Schema = 1 << 20;

    /// <summary>How deep a schema, a record or a JSON text may nest.</summary>
    public const int Depth = 64;

    /// <summary>Items of one Avro array or map, previous detections included.</summary>
    public const int History = 2_000;

    /// <summary>Values of one Avro record: every field, item and branch counts, so that items of no bytes cannot multiply.</summary>
    public const int Values = 1 << 18;

    /// <summary>Letters of an object's name (real: 12).</summary>
    public const int ObjectId = 64;

    /// <summary>Bytes of one NPY, IDX or CSV file, inflated.</summary>
    public const int SetFile = 1 << 30;

    /// <summary>Bytes of one PNG or PGM file, and of its pixels.</summary>
    public const int Picture = 64 << 20;

    /// <summary>Blocks of 2,880 bytes in a FITS header (1,296 cards).</summary>
    public const int FitsHeaderBlocks = 36;
}
