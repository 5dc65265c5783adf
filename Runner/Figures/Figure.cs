using Estampa.Data;

namespace Estampa.Runner;

/// <summary>A place in a figure, in pixels from its upper left corner.</summary>
public readonly record struct Point(double X, double Y);

/// <summary>Which end of a text stands at its place.</summary>
public enum Anchor
{
    Start,
    Middle,
    End,
}

/// <summary>One thing drawn in a <see cref="Figure"/>.</summary>
public abstract record Mark;

/// <summary>A line through points; <paramref name="Dash"/> is the length of dashes and gaps, 0 for a solid line.</summary>
public sealed record PolylineMark(IReadOnlyList<Point> Points, Colour Colour, double Width, double Dash) : Mark;

/// <summary>A disc, or a ring where <paramref name="Ring"/> (its line width) is above 0.</summary>
public sealed record CircleMark(Point Centre, double Radius, Colour Colour, double Ring) : Mark;

/// <summary>A filled rectangle.</summary>
public sealed record RectangleMark(double X, double Y, double Width, double Height, Colour Colour) : Mark;

/// <summary>A line of text at its baseline, turned clockwise by <paramref name="Turn"/> degrees about its place.</summary>
public sealed record TextMark(Point Place, string Text, double Size, Colour Colour, Anchor Anchor, bool Bold, double Turn) : Mark;

/// <summary>A raster stretched over a rectangle, pixels kept as sharp squares.</summary>
public sealed record PictureMark(double X, double Y, double Width, double Height, Canvas Canvas) : Mark;

/// <summary>
/// A drawing: a size in pixels and the marks in the order they are drawn. <see cref="Svg"/> and <see cref="Raster"/> show it.
/// </summary>
public sealed class Figure
{
    private readonly List<Mark> marks = [];

    /// <exception cref="ArgumentOutOfRangeException">A side is not above 0.</exception>
    public Figure(double width, double height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        Width = Math.Ceiling(width);
        Height = Math.Ceiling(height);
        Rectangle(0, 0, Width, Height, Colour.White);
    }

    public double Width { get; }

    public double Height { get; }

    public IReadOnlyList<Mark> Marks => marks;

    public void Line(double x1, double y1, double x2, double y2, Colour colour, double width = 1, double dash = 0) =>
        Polyline([new Point(x1, y1), new Point(x2, y2)], colour, width, dash);

    /// <summary>Draws a line with round ends and corners; a dash above 0 is the length of dashes and of the gaps between them.</summary>
    public void Polyline(IReadOnlyList<Point> points, Colour colour, double width = 1, double dash = 0) =>
        marks.Add(new PolylineMark(points, colour, width, dash));

    /// <summary>Draws a disc, or with a ring above 0 a circle of that line width.</summary>
    public void Circle(double x, double y, double radius, Colour colour, double ring = 0) =>
        marks.Add(new CircleMark(new Point(x, y), radius, colour, ring));

    public void Rectangle(double x, double y, double width, double height, Colour colour) =>
        marks.Add(new RectangleMark(x, y, width, height, colour));

    /// <summary>Writes a line of text whose baseline passes through the place, turned clockwise by so many degrees about it.</summary>
    public void Text(
        double x, double y, string text, double size, Colour colour, Anchor anchor = Anchor.Start, bool bold = false, double turn = 0) =>
        marks.Add(new TextMark(new Point(x, y), text, size, colour, anchor, bold, turn));

    /// <summary>Draws a raster so that each of its pixels takes <paramref name="magnification"/> pixels of the figure.</summary>
    public void Picture(double x, double y, Canvas canvas, double magnification) =>
        Picture(x, y, canvas.Width * magnification, canvas.Height * magnification, canvas);

    /// <summary>Draws a raster over a rectangle, each of its pixels a sharp square.</summary>
    public void Picture(double x, double y, double width, double height, Canvas canvas) =>
        marks.Add(new PictureMark(x, y, width, height, canvas));

    /// <summary>Writes the figure as PNG, <paramref name="scale"/> pixels for each of its own (2: sharp on dense screens).</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SavePng(string path, double scale = 2) =>
        WriteFile(path, Png.Encode(Raster.Render(this, scale).ToPicture()));

    /// <summary>Writes a file whole or not at all, its folder made where it does not exist.</summary>
    internal static void WriteFile(string path, byte[] bytes)
    {
        try
        {
            AtomicFile.WriteBytes(path, bytes);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{path}: cannot be written: {failure.Message}", failure);
        }
    }
}
