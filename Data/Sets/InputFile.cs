namespace Estampa.Data;

/// <summary>Reads whole files of bounded size; what goes wrong is a <see cref="BadInputException"/> that names the file.</summary>
public static class InputFile
{
    /// <summary>A pipe would be waited for without end, a device would never end; both say that they have no bytes.</summary>
    /// <exception cref="BadInputException">It is one of these, or empty.</exception>
    internal static void DemandBytes(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not null && file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
        {
            file = target;
        }

        if (file.Exists && file.Length == 0)
        {
            throw new BadInputException($"{path}: it is empty, or a pipe or a device");
        }
    }

    public static byte[] ReadAll(string path, int limit)
    {
        try
        {
            DemandBytes(path);
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
            if (stream.Length > limit)
            {
                throw new BadInputException($"{path}: {stream.Length} bytes, above the limit of {limit}");
            }

            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new BadInputException($"{path}: cannot be read: {error.Message}", error);
        }
    }
}
