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

    /// <summary>Times that a deflate block above 1 MiB may inflate (real: 1 to 3; bombs: a thousand).</summary>
    public const int Inflation = 64;

    /// <summary>Records of one Avro block (real: 1 to 54).</summary>
    public const int BlockRecords = 1 << 16;

    /// <summary>Packets, files and blocks that a source may reject before it is given up: each is kept with its reason.</summary>
    public const int Rejected = 100_000;

    /// <summary>Those among them that may be unreadable (1 % of the largest sets): each costs an exception too.</summary>
    public const int Unreadable = 20_000;

    /// <summary>Bytes of the header of an Avro file: the schema and what else stands there.</summary>
    public const int AvroHeader = 2 << 20;

    /// <summary>Bytes of an Avro schema.</summary>
    public const int Schema = 1 << 20;

    /// <summary>How deep a schema, a record or a JSON text may nest.</summary>
    public const int Depth = 64;

    /// <summary>Items of one Avro array or map, previous detections included.</summary>
    public const int History = 2_000;

    /// <summary>Values of one Avro record: every field, item and branch counts, so that items of no bytes cannot multiply.</summary>
    public const int Values = 1 << 18;

    /// <summary>Letters of the name of an object (real: 12) or of a class.</summary>
    public const int Name = 64;

    /// <summary>Days of a Julian date (real: 2.5 million); one that is beyond them, or not finite, is unknown.</summary>
    public const int JulianDate = 10_000_000;

    /// <summary>Bytes of a run's config.json or metrics.json (real: a few thousand).</summary>
    public const int Json = 16 << 20;

    /// <summary>Folders below the one that is named, in which alerts are looked for.</summary>
    public const int FolderDepth = 16;

    /// <summary>Bytes of one NPY or IDX file, inflated.</summary>
    public const int SetFile = 1 << 30;

    /// <summary>Bytes of the header of an NPY file (real: 118).</summary>
    public const int NpyHeader = 1 << 16;

    /// <summary>Channels of an array of images.</summary>
    public const int Channels = 16;

    /// <summary>Bytes of one CSV file.</summary>
    public const int Table = 256 << 20;

    /// <summary>Rows of a CSV file.</summary>
    public const int Rows = 2_000_000;

    /// <summary>Columns of a CSV file.</summary>
    public const int Columns = 1_000;

    /// <summary>Bytes of one PNG or PGM file, and of its pixels.</summary>
    public const int Picture = 64 << 20;

    /// <summary>Blocks of 2,880 bytes in a FITS header (1,296 cards).</summary>
    public const int FitsHeaderBlocks = 36;
}
