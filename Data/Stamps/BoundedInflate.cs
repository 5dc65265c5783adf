namespace Estampa.Data;

/// <summary>Reads an inflating stream to its end into memory, but never more than a limit: what deflate bombs run into.</summary>
internal static class BoundedInflate
{
    private const int Guess = 1 << 15;

    /// <summary>The first bytes, at most so many.</summary>
    public static byte[] Begin(Stream inflating, int count, string place)
    {
        var bytes = new byte[count];
        try
        {
            return bytes[..inflating.ReadAtLeast(bytes, count, throwOnEndOfStream: false)];
        }
        catch (InvalidDataException error)
        {
            throw new BadInputException($"{place}: the compressed data is damaged", error);
        }
    }

    /// <param name="inflating">A decompressing stream.</param>
    /// <param name="limit">The most bytes that may come out.</param>
    /// <param name="place">Named in errors: the file, and the byte or field.</param>
    public static byte[] ToEnd(Stream inflating, int limit, string place)
    {
        var bytes = new byte[Math.Min(Guess, limit)];
        var length = 0;
        try
        {
            while (true)
            {
                var count = inflating.Read(bytes, length, bytes.Length - length);
                length += count;
                if (count == 0 && length < bytes.Length)
                {
                    return bytes[..length];
                }

                if (length == bytes.Length)
                {
                    if (length == limit)
                    {
                        return inflating.ReadByte() < 0
                            ? bytes
                            : throw new BadInputException($"{place}: inflates to more than {limit} bytes");
                    }

                    Array.Resize(ref bytes, (int)Math.Min(2L * bytes.Length, limit));
                }
            }
        }
        catch (InvalidDataException error)
        {
            throw new BadInputException($"{place}: the compressed data is damaged", error);
        }
    }
}
