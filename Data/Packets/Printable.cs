using System.Text;

namespace Estampa.Data;

/// <summary>Text from a file, made fit for one line of a message: cut, and without control characters.</summary>
internal static class Printable
{
    /// <summary>A name or a value, in quotes.</summary>
    public static string Text(string text) => $"'{Line(text, 60)}'";

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
