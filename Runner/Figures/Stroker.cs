namespace Estampa.Runner;

/// <summary>
/// Lines with round ends. A pixel is covered by its distance to the nearest segment; the whole line is collected in a mask first,
/// so that where segments meet nothing is painted twice.
/// </summary>
internal sealed class Stroker(Canvas canvas)
{
    private readonly float[] mask = new float[canvas.Width * canvas.Height];

    /// <summary>Draws pieces of one line; a piece of a single point is a dot. Parts outside the canvas are left out.</summary>
    public void Draw(IEnumerable<Point[]> pieces, double width, Colour colour)
    {
        var (left, top, right, bottom) = (canvas.Width, canvas.Height, -1, -1);
        foreach (var points in pieces)
        {
            for (var index = 0; index < points.Length; index++)
            {
                var touched = Cover(points[Math.Max(0, index - 1)], points[index], width);
                (left, top) = (Math.Min(left, touched.Left), Math.Min(top, touched.Top));
                (right, bottom) = (Math.Max(right, touched.Right), Math.Max(bottom, touched.Bottom));
            }
        }
        for (var y = top; y <= bottom; y++)
        {
            for (var x = left; x <= right; x++)
            {
                ref var covered = ref mask[(y * canvas.Width) + x];
                if (covered > 0)
                {
                    canvas.Blend(x, y, colour, covered);
                    covered = 0;
                }
            }
        }
    }

    // Widens the mask by one segment and gives the pixels it may have touched. A line thinner than a pixel is drawn paler.
    private (int Left, int Top, int Right, int Bottom) Cover(Point from, Point to, double width)
    {
        var half = Math.Max(width, 1) / 2;
        var thin = Math.Min(width, 1);
        var reach = half + 1;
        var left = Math.Max(0, (int)(Math.Min(from.X, to.X) - reach));
        var right = Math.Min(canvas.Width - 1, (int)(Math.Max(from.X, to.X) + reach));
        var top = Math.Max(0, (int)(Math.Min(from.Y, to.Y) - reach));
        var bottom = Math.Min(canvas.Height - 1, (int)(Math.Max(from.Y, to.Y) + reach));
        var (alongX, alongY) = (to.X - from.X, to.Y - from.Y);
        var square = (alongX * alongX) + (alongY * alongY);
        for (var y = top; y <= bottom; y++)
        {
            for (var x = left; x <= right; x++)
            {
                var (awayX, awayY) = (x + 0.5 - from.X, y + 0.5 - from.Y);
                var share = square > 0 ? Math.Clamp(((awayX * alongX) + (awayY * alongY)) / square, 0, 1) : 0;
                var distance = double.Hypot(awayX - (share * alongX), awayY - (share * alongY));
                var covered = Math.Min(half + 0.5 - distance, 1) * thin;
                ref var kept = ref mask[(y * canvas.Width) + x];
                kept = Math.Max(kept, (float)covered);
            }
        }
        return (left, top, right, bottom);
    }
}
