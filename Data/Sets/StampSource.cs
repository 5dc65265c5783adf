namespace Estampa.Data;

/// <summary>Finds out what a path holds and reads it as a set.</summary>
public static class StampSource
{
    /// <summary>
    /// A .avro file or a folder of them; a folder with alerts.csv and stamps33.npy, which goes before .avro files in it; a folder of image
    /// sequences (stamps.npy, mjd.npy, sequences.csv); a .npy file of images; a file of images in IDX, with its labels beside it.
    /// </summary>
    /// <exception cref="BadInputException">Nothing of the kind is there, too much of it cannot be read, or no stamp is left.</exception>
    public static StampSet Open(string path, StampSetOptions? options = null)
    {
        options ??= new StampSetOptions();
        options.Check();
        if (Directory.Exists(path))
        {
            return Holds(path, StampTableSource.Alerts, StampTableSource.Stamps) ? StampTableSource.Read(path, options)
                : Holds(path, FrameTableSource.Stamps, FrameTableSource.Dates, FrameTableSource.Sequences)
                    ? FrameTableSource.Read(path, options)
                    : AlertSource.ReadFolder(path, options);
        }

        if (!File.Exists(path))
        {
            throw new BadInputException($"{path}: there is no such file or folder");
        }

        if (path.EndsWith(".avro", StringComparison.OrdinalIgnoreCase))
        {
            return AlertSource.Read(path, [path], options);
        }

        if (path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
        {
            return ImageArraySource.ReadNpy(path, options);
        }

        return Path.GetFileName(path).Contains("idx3-ubyte", StringComparison.OrdinalIgnoreCase)
            ? ImageArraySource.ReadIdx(path, options)
            : throw new BadInputException($"{path}: no set that is known (.avro, .npy, *idx3-ubyte or .gz of it, or a folder of alerts)");
    }

    private static bool Holds(string folder, params string[] names) => names.All(name => File.Exists(Path.Combine(folder, name)));
}
