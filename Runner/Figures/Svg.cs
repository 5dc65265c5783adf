using System.Globalization;
using System.Text;
using Estampa.Data;

namespace Estampa.Runner;

/// <summary>Draws a <see cref="Figure"/> as an SVG element that stands alone or inside HTML; rasters are PNG in base64.</summary>
public static class Svg
{
    /// <summary>The element, with <paramref name="label"/> as the text that a screen reader says in its place.</summary>
    public static string Render(Figure figure, string label = "")
    {
        var text = new StringBuilder();
        text.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{Escape(label)}\"");
        text.Append($" width=\"{Number(figure.Width)}\" height=\"{Number(figure.Height)}\"");
        text.Append($" viewBox=\"0 0 {Number(figure.Width)} {Number(figure.Height)}\"");
        text.Append(" font-family=\"Helvetica, Arial, 'Liberation Sans', sans-serif\"");
        text.Append(" stroke-linecap=\"round\" stroke-linejoin=\"round\">\n");
        foreach (var mark in figure.Marks)
        {
            text.Append(mark switch
            {
                PolylineMark line => Polyline(line),
                CircleMark circle => Circle(circle),
                RectangleMark box => Rectangle(box),
                TextMark words => Text(words),
                PictureMark image => Image(image),
                _ => "",
            });
        }
        return text.Append("</svg>\n").ToString();
    }

    /// <summary>Text made safe inside HTML and XML, in elements and in quoted attributes; characters XML forbids become U+FFFD.</summary>
    public static string Escape(string text)
    {
        var safe = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            safe.Append(rune.Value switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#39;",
                '\t' or '\n' => rune.ToString(),
                < 32 or (>= 127 and < 160) or 0xfffe or 0xffff => "\ufffd",
                _ => rune.ToString(),
            });
        }
        return safe.ToString();
    }

    private static string Polyline(PolylineMark line)
    {
        if (line.Points.Count == 0)
        {
            return "";
        }
        var points = string.Join(' ', line.Points.Select(point => $"{Number(point.X)},{Number(point.Y)}"));
        var dash = line.Dash > 0 ? $" stroke-dasharray=\"{Number(line.Dash)}\"" : "";
        return $"<polyline points=\"{points}\" fill=\"none\"{Paint("stroke", line.Colour)} stroke-width=\"{Number(line.Width)}\"{dash}/>\n";
    }

    private static string Circle(CircleMark circle)
    {
        var place = $"<circle cx=\"{Number(circle.Centre.X)}\" cy=\"{Number(circle.Centre.Y)}\" r=\"{Number(circle.Radius)}\"";
        return circle.Ring > 0
            ? $"{place} fill=\"none\"{Paint("stroke", circle.Colour)} stroke-width=\"{Number(circle.Ring)}\"/>\n"
            : $"{place}{Paint("fill", circle.Colour)}/>\n";
    }

    private static string Rectangle(RectangleMark box) =>
        $"<rect{Box(box.X, box.Y, box.Width, box.Height)}{Paint("fill", box.Colour)}/>\n";

    // textLength holds the text to the width the layout was made for, whichever font the reader has.
    private static string Text(TextMark words)
    {
        if (words.Text.Length == 0)
        {
            return "";
        }
        var place = $"x=\"{Number(words.Place.X)}\" y=\"{Number(words.Place.Y)}\"";
        var turn = words.Turn == 0
            ? ""
            : $" transform=\"rotate({Number(words.Turn)} {Number(words.Place.X)} {Number(words.Place.Y)})\"";
        var anchor = words.Anchor switch
        {
            Anchor.Start => "",
            Anchor.Middle => " text-anchor=\"middle\"",
            _ => " text-anchor=\"end\"",
        };
        var weight = words.Bold ? " font-weight=\"bold\"" : "";
        var length = Number(StrokeFont.Width(words.Text, words.Size, words.Bold));
        return $"<text {place}{turn}{anchor}{weight} font-size=\"{Number(words.Size)}\"{Paint("fill", words.Colour)}"
            + $" textLength=\"{length}\" lengthAdjust=\"spacingAndGlyphs\">{Escape(words.Text)}</text>\n";
    }

    private static string Image(PictureMark image) =>
        $"<image{Box(image.X, image.Y, image.Width, image.Height)} preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\""
        + $" href=\"data:image/png;base64,{Convert.ToBase64String(Png.Encode(image.Canvas.ToPicture()))}\"/>\n";

    private static string Box(double x, double y, double width, double height) =>
        $" x=\"{Number(x)}\" y=\"{Number(y)}\" width=\"{Number(width)}\" height=\"{Number(height)}\"";

    private static string Paint(string what, Colour colour) =>
        colour.Opacity < 1 ? $" {what}=\"{colour.Hex}\" {what}-opacity=\"{Number(colour.Opacity)}\"" : $" {what}=\"{colour.Hex}\"";

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
