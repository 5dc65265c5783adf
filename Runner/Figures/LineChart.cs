namespace Estampa.Runner;

/// <summary>Named values over a common axis, such as a loss over epochs.</summary>
public sealed record Series(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y);

/// <summary>
/// Lines over epochs or steps. A value that is not finite breaks its line and is marked by a cross at the upper edge, so a run that
/// diverged is seen to have diverged. Past the palette's seven colours lines are dashed.
/// </summary>
public sealed record LineChart(IReadOnlyList<Series> Series)
{
    private const double LineWidth = 1.8;

    public string Title { get; init; } = "";

    public string XTitle { get; init; } = "epoch";

    /// <summary>What is drawn and its unit: "loss / nats per stamp".</summary>
    public string YTitle { get; init; } = "";

    /// <summary>A logarithmic axis; kept linear where a value is 0 or below.</summary>
    public bool LogarithmicY { get; init; }

    /// <summary>The epoch whose weights were kept; marked by a line and rings where it is given.</summary>
    public double? Best { get; init; }

    public double Width { get; init; } = 640;

    public double Height { get; init; } = 360;

    public Figure Draw()
    {
        var across = Axis.Over(Series.SelectMany(series => series.X), 0.02);
        var up = Axis.Over(Series.SelectMany(series => series.Y), 0.06, LogarithmicY);
        var whole = Series.All(series => series.X.All(x => x == Math.Floor(x)));
        var frame = new PlotFrame(Width, Height, across, up, Title, XTitle, YTitle, Legend(), wholeAcross: whole);
        if (Best is double best && across.Share(best) is >= 0 and <= 1)
        {
            frame.Figure.Line(frame.X(best), frame.Top, frame.X(best), frame.Bottom, Colour.Soft, 1, dash: 4);
        }
        if (!Series.Any(series => series.Y.Any(double.IsFinite)))
        {
            frame.Remark("no values");
        }
        var unseen = 0;
        for (var index = 0; index < Series.Count; index++)
        {
            unseen += DrawSeries(frame, index);
        }
        if (unseen > 0)
        {
            frame.Note($"× at the upper edge: {unseen} not finite");
        }
        return frame.Figure;
    }

    private static Colour ColourOf(int index) => Colour.Palette[index % Colour.Palette.Count];

    private static double DashOf(int index) => index / Colour.Palette.Count * 4.0;

    private List<LegendEntry> Legend()
    {
        var entries = new List<LegendEntry>();
        for (var index = 0; index < Series.Count; index++)
        {
            var kept = index;
            entries.Add(new LegendEntry(Series[index].Name, 18, (figure, x, y) =>
                figure.Line(x - 9, y, x + 9, y, ColourOf(kept), 2.5, DashOf(kept))));
        }
        if (Best is double best)
        {
            entries.Add(new LegendEntry($"kept: {XTitle} {NumberText.Plain(best)}", 10, (figure, x, y) =>
            {
                figure.Line(x, y - 8, x, y + 8, Colour.Soft, 1, dash: 3);
                figure.Circle(x, y, 4, Colour.Ink, 1.5);
            }));
        }
        return entries;
    }

    private int DrawSeries(PlotFrame frame, int index)
    {
        var series = Series[index];
        var colour = ColourOf(index);
        var unseen = 0;
        var piece = new List<Point>();
        for (var at = 0; at < Math.Min(series.X.Count, series.Y.Count); at++)
        {
            var (x, y) = (series.X[at], series.Y[at]);
            if (double.IsFinite(x) && double.IsFinite(y))
            {
                piece.Add(new Point(frame.X(x), frame.Y(y)));
                if (x == Best)
                {
                    frame.Figure.Circle(frame.X(x), frame.Y(y), 4.5, colour, 1.6);
                }
                continue;
            }
            DrawPiece(frame.Figure, piece, index);
            piece = [];
            unseen++;
            if (double.IsFinite(x))
            {
                Cross(frame.Figure, frame.X(x), frame.Top + 5, colour);
            }
        }
        DrawPiece(frame.Figure, piece, index);
        return unseen;
    }

    private static void DrawPiece(Figure figure, List<Point> piece, int index)
    {
        if (piece.Count == 1)
        {
            figure.Circle(piece[0].X, piece[0].Y, 2.6, ColourOf(index));
        }
        else if (piece.Count > 1)
        {
            figure.Polyline(piece, ColourOf(index), LineWidth, DashOf(index));
        }
    }

    private static void Cross(Figure figure, double x, double y, Colour colour)
    {
        figure.Line(x - 3, y - 3, x + 3, y + 3, colour, 1.5);
        figure.Line(x - 3, y + 3, x + 3, y - 3, colour, 1.5);
    }
}
