using System.Globalization;
using System.Text;

namespace Estampa.Runner;

/// <summary>
/// A sans-serif font of single strokes (see <see cref="Glyphs"/>), measured and drawn by this project, so that pictures look the
/// same on every machine. Superscript digits are drawn from the plain ones; a character it lacks is drawn as a hollow box.
/// </summary>
internal static class StrokeFont
{
    private const double Em = 32;
    private const double RegularStroke = 0.083;
    private const double BoldStroke = 0.125;
    private const double BoldWidening = 1.06;
    private const double SuperscriptSize = 0.64;
    private const string Superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺";
    private const string Raised = "0123456789−+";
    private static readonly Dictionary<Rune, Glyph> Known = ReadTable();
    private static readonly Glyph Box = ReadGlyph(17.8, "3,0 3,20 14.8,20 14.8,0 3,0");

    private sealed record Glyph(double Advance, Point[][] Strokes);

    /// <summary>Pixels that a text takes from its first to its last advance.</summary>
    public static double Width(string text, double size, bool bold = false)
    {
        var units = 0.0;
        foreach (var rune in text.EnumerateRunes())
        {
            units += Find(rune).Advance;
        }
        return units / Em * size * (bold ? BoldWidening : 1);
    }

    /// <summary>The text, or as much of its beginning as fits in a width with an ellipsis after it.</summary>
    public static string Fit(string text, double width, double size, bool bold = false)
    {
        if (Width(text, size, bold) <= width)
        {
            return text;
        }
        var kept = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (Width($"{kept}{rune}…", size, bold) > width)
            {
                break;
            }
            kept.Append(rune.ToString());
        }
        return $"{kept}…";
    }

    /// <summary>
    /// The strokes of a text as lines in pixels, y downwards, its baseline's start at 0,0, and their width. Heights are moved to
    /// whole pixels, so that the horizontal strokes of small letters stay sharp.
    /// </summary>
    public static (List<Point[]> Strokes, double Width) Outline(string text, double size, bool bold)
    {
        var stroke = Math.Max(size * (bold ? BoldStroke : RegularStroke), 1);
        var across = size / Em * (bold ? BoldWidening : 1);
        var strokes = new List<Point[]>();
        var x = 0.0;
        foreach (var rune in text.EnumerateRunes())
        {
            var glyph = Find(rune);
            foreach (var points in glyph.Strokes)
            {
                strokes.Add(Array.ConvertAll(points, point => new Point(x + (point.X * across), -Rise(point.Y, size, stroke))));
            }
            x += glyph.Advance * across;
        }
        return (strokes, stroke);
    }

    // Baseline, x-height, capitals and descenders at whole pixels of the stroke's outer edge; straight lines between them.
    private static double Rise(double y, double size, double stroke)
    {
        var half = stroke / 2;
        var descender = half + Math.Round(-6 / Em * size);
        var small = Math.Round((14 / Em * size) + stroke) - half;
        var capital = Math.Round((20 / Em * size) + stroke) - half;
        return y switch
        {
            < 0 => half + (y / -6 * (descender - half)),
            < 14 => half + (y / 14 * (small - half)),
            _ => small + ((y - 14) / 6 * (capital - small)),
        };
    }

    private static Glyph Find(Rune rune) => Known.GetValueOrDefault(Rune.IsWhiteSpace(rune) ? new Rune(' ') : rune, Box);

    private static Dictionary<Rune, Glyph> ReadTable()
    {
        var texts = new Dictionary<Rune, (double Advance, string Strokes)> { [new Rune(' ')] = (8.9, "") };
        foreach (var line in Glyphs.Table.Split('\n'))
        {
            var character = Rune.GetRuneAt(line, 0);
            var parts = line.Split(' ', 3);
            texts[character] = parts[0].Length > 1
                ? (texts[character].Advance, texts[character].Strokes + line[2..])
                : (Number(parts[1]), parts[2]);
        }
        texts[new Rune('μ')] = texts[new Rune('µ')];
        var glyphs = texts.ToDictionary(pair => pair.Key, pair => ReadGlyph(pair.Value.Advance, pair.Value.Strokes));
        for (var index = 0; index < Superscripts.Length; index++)
        {
            glyphs[new Rune(Superscripts[index])] = Raise(glyphs[new Rune(Raised[index])]);
        }
        return glyphs;
    }

    private static Glyph Raise(Glyph glyph) => new(
        glyph.Advance * SuperscriptSize,
        Array.ConvertAll(glyph.Strokes, stroke => Array.ConvertAll(
            stroke, point => new Point(point.X * SuperscriptSize, 8 + (point.Y * SuperscriptSize)))));

    private static Glyph ReadGlyph(double advance, string strokes) => new(
        advance, Array.ConvertAll(strokes.Split(';', StringSplitOptions.RemoveEmptyEntries), ReadStroke));

    private static Point[] ReadStroke(string stroke)
    {
        var points = new List<Point>();
        foreach (var part in stroke.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var numbers = Array.ConvertAll(part.TrimStart('a', 'c').Split(','), Number);
            if (part[0] == 'a')
            {
                AddArc(points, numbers);
            }
            else if (part[0] == 'c')
            {
                AddCurve(points, numbers);
            }
            else
            {
                points.Add(new Point(numbers[0], numbers[1]));
            }
        }
        return [.. points];
    }

    private static void AddArc(List<Point> points, double[] arc)
    {
        var steps = (int)Math.Ceiling(Math.Abs(arc[5] - arc[4]) / 15);
        for (var step = 0; step <= steps; step++)
        {
            var (sine, cosine) = Math.SinCos((arc[4] + ((arc[5] - arc[4]) * step / steps)) * Math.PI / 180);
            points.Add(new Point(arc[0] + (arc[2] * cosine), arc[1] + (arc[3] * sine)));
        }
    }

    private static void AddCurve(List<Point> points, double[] curve)
    {
        var from = points[^1];
        for (var step = 1; step <= 8; step++)
        {
            var t = step / 8.0;
            var u = 1 - t;
            double Along(double p0, double p1, double p2, double p3) =>
                (u * u * u * p0) + (3 * u * u * t * p1) + (3 * u * t * t * p2) + (t * t * t * p3);
            points.Add(new Point(Along(from.X, curve[0], curve[2], curve[4]), Along(from.Y, curve[1], curve[3], curve[5])));
        }
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
