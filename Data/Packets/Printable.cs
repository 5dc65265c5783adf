using System.Text;

namespace Estampa.Data;

/// <summary>Text from a file, made fit for one line of a message: cut, and without control characters.</summary>
internal static class Printable
{
    /// <summary>A name or a value, in quotes.</summary>
    public static string Text(string text) => $"'{Line(text, 60)}'";

    /// <summary>
    /// Whether the name of an object or of a class may be used and shown: at most <see cref="Limits.Name"/> letters, none of which ends a
    /// line, steers a terminal or stands for bytes that are no text. It may be empty.
    /// </summary>
    public static bool IsName(string text) =>
        text.Length <= Limits.Name && !text.Any(letter => char.IsControl(letter) || letter is '\u2028' or '\u2029' or '\uFFFD');

    /// <summary>The reason why these cannot be an object's name, which is not empty, and a class; null where they can.</summary>
    public static string? WhyNoNames(string objectId, string label)
    {
        var isNamed = objectId.Length > 0 && IsName(objectId);
        return !isNamed ? $"the object's name is none of 1 to {Limits.Name} printable letters: {Text(objectId)}"
            : !IsName(label) ? $"the class is none of up to {Limits.Name} printable letters: {Text(label)}"
            : null;
    }

    /// <summary>A sentence of the platform's, which may quote the file.</summary>
    public static string Line(string text, int longest = 200)
    {
        var line = new StringBuilder();
        foreach (var letter in text.AsSpan(0, Math.Min(text.Length, longest)))
        {
            line.Append(char.IsControl(letter) || char.IsSurrogate(letter) || letter is '\u2028' or '\u2029' ? '?' : letter);
        }

        return line.Append(text.Length > longest ? "..." : "").ToString();
    }
}
