namespace Estampa.Data;

/// <summary>
/// Files appear whole or not at all: written beside their place under a temporary name, flushed to the disk, then renamed.
/// The folder's own entry is not flushed, so after a power cut the older file may be the one that is there: for what can be made again.
/// </summary>
public static class AtomicFile
{
    /// <summary>
    /// Creates or replaces the file; its folder is made. Where the writer throws, the file that was there stays and the temporary one goes.
    /// </summary>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var place = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        var temporary = $"{place}.{Environment.ProcessId}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, place, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    public static void WriteBytes(string path, byte[] bytes) => Write(path, stream => stream.Write(bytes));

    /// <summary>UTF-8 without a byte order mark.</summary>
    public static void WriteText(string path, string text) => WriteBytes(path, System.Text.Encoding.UTF8.GetBytes(text));
}
