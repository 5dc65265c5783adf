using System.Text;

namespace Estampa.Data;

/// <summary>Text from a file, made fit for one line of a message: quoted, cut, and without control characters.</summary>
internal static class Printable
{
    private const int Longest = 60;

    public static string Text(string text)
    {
        var line = new StringBuilder("'");
        foreach (var letter in text.AsSpan(0, Math.Min(text.Length, Longest)))
        {
            line.Append(char.IsControl(letter) || char.IsSurrogate(letter) || letter is '\u2028' or '\u2029' ? '?' : letter);
        }

        return line.Append(text.Length > Longest ? "...'" : "'").ToString();
    }
}
