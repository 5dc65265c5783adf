namespace Estampa.Data;

/// <summary>Reads whole files of bounded size; what goes wrong is a <see cref="BadInputException"/> that names the file.</summary>
public static class InputFile
{
    public static byte[] ReadAll(string path, int limit)
    {
        try
        {
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
