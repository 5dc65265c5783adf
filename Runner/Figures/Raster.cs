namespace Estampa.Runner;

/// <summary>Draws a <see cref="Figure"/> into pixels; lines, discs and letters are anti-aliased.</summary>
public static class Raster
{
    /// <summary>The figure at <paramref name="scale"/> pixels for each of its own.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The picture would be larger than <see cref="Canvas.Limit"/>.</exception>
    public static Canvas Render(Figure figure, double scale = 1)
    {
        var width = Math.Ceiling(figure.Width * scale);
        var height = Math.Ceiling(figure.Height * scale);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width * height, Canvas.Limit, nameof(figure));
        var canvas = new Canvas((int)width, (int)height);
        var stroker = new Stroker(canvas);
        foreach (var mark in figure.Marks)
        {
            switch (mark)
            {
                case PolylineMark line:
                    Polyline(stroker, line, scale);
                    break;
                case CircleMark circle:
                    Circle(canvas, circle, scale);
                    break;
                case RectangleMark box:
                    Rectangle(canvas, box, scale);
                    break;
                case TextMark text:
                    Text(stroker, text, scale);
                    break;
                case PictureMark image:
                    Stretch(canvas, image, scale);
                    break;
            }
        }
        return canvas;
    }

    private static void Polyline(Stroker stroker, PolylineMark line, double scale)
    {
        var points = line.Points.Select(point => new Point(point.X * scale, point.Y * scale)).ToArray();
        IEnumerable<Point[]> pieces = line.Dash > 0 ? Dashes(points, line.Dash * scale) : [points];
        stroker.Draw(pieces, line.Width * scale, line.Colour);
    }

    // Dashes run on over the corners, as they do in SVG.
    private static List<Point[]> Dashes(Point[] points, double length)
    {
        var pieces = new List<Point[]>();
        var piece = new List<Point>();
        var left = length;
        var drawing = true;
        for (var index = 1; index < points.Length; index++)
        {
            var from = points[index - 1];
            var to = points[index];
            var whole = double.Hypot(to.X - from.X, to.Y - from.Y);
            for (var done = 0.0; done < whole;)
            {
                var step = Math.Min(left, whole - done);
                if (drawing)
                {
                    piece.Add(Along(from, to, done / whole));
                    piece.Add(Along(from, to, (done + step) / whole));
                }
                done += step;
                left -= step;
                if (left <= 0)
                {
                    pieces.Add([.. piece]);
                    piece.Clear();
                    drawing = !drawing;
                    left = length;
                }
            }
        }
        pieces.Add([.. piece]);
        return pieces;
    }

    private static Point Along(Point from, Point to, double share) =>
        new(from.X + ((to.X - from.X) * share), from.Y + ((to.Y - from.Y) * share));

    private static void Circle(Canvas canvas, CircleMark circle, double scale)
    {
        var x = circle.Centre.X * scale;
        var y = circle.Centre.Y * scale;
        var radius = circle.Radius * scale;
        var half = circle.Ring * scale / 2;
        var reach = radius + half + 1;
        for (var row = Math.Max(0, (int)(y - reach)); row <= Math.Min(canvas.Height - 1, y + reach); row++)
        {
            for (var column = Math.Max(0, (int)(x - reach)); column <= Math.Min(canvas.Width - 1, x + reach); column++)
            {
                var distance = double.Hypot(column + 0.5 - x, row + 0.5 - y);
                var inside = circle.Ring > 0 ? half - Math.Abs(distance - radius) : radius - distance;
                if (inside > -0.5)
                {
                    canvas.Blend(column, row, circle.Colour, Math.Min(inside + 0.5, 1));
                }
            }
        }
    }

    private static void Rectangle(Canvas canvas, RectangleMark box, double scale)
    {
        var (left, right) = (box.X * scale, (box.X + box.Width) * scale);
        var (top, bottom) = (box.Y * scale, (box.Y + box.Height) * scale);
        for (var row = Math.Max(0, (int)top); row < Math.Min(canvas.Height, bottom); row++)
        {
            var covered = Math.Min(bottom, row + 1) - Math.Max(top, row);
            for (var column = Math.Max(0, (int)left); column < Math.Min(canvas.Width, right); column++)
            {
                canvas.Blend(column, row, box.Colour, covered * (Math.Min(right, column + 1) - Math.Max(left, column)));
            }
        }
    }

    private static void Stretch(Canvas canvas, PictureMark image, double scale)
    {
        var (left, top) = ((int)Math.Round(image.X * scale), (int)Math.Round(image.Y * scale));
        var width = (int)Math.Round(image.Width * scale);
        var height = (int)Math.Round(image.Height * scale);
        for (var row = Math.Max(0, -top); row < Math.Min(height, canvas.Height - top); row++)
        {
            var source = row * image.Canvas.Height / height;
            for (var column = Math.Max(0, -left); column < Math.Min(width, canvas.Width - left); column++)
            {
                canvas.Blend(left + column, top + row, image.Canvas[column * image.Canvas.Width / width, source], 1);
            }
        }
    }

    private static void Text(Stroker stroker, TextMark text, double scale)
    {
        var size = text.Size * scale;
        var (strokes, width) = StrokeFont.Outline(text.Text, size, text.Bold);
        var start = StrokeFont.Width(text.Text, size, text.Bold) * (text.Anchor switch
        {
            Anchor.Start => 0,
            Anchor.Middle => -0.5,
            _ => -1,
        });
        var (sine, cosine) = Math.SinCos(text.Turn * Math.PI / 180);
        var originX = Math.Round(text.Place.X * scale);
        var originY = Math.Round(text.Place.Y * scale);
        var placed = strokes.Select(stroke => Array.ConvertAll(stroke, point => new Point(
            originX + ((start + point.X) * cosine) - (point.Y * sine),
            originY + ((start + point.X) * sine) + (point.Y * cosine))));
        foreach (var stroke in placed)
        {
            stroker.Draw([stroke], width, text.Colour);
        }
    }
}
