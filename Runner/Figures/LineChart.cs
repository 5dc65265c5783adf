namespace Estampa.Runner;

/// <summary>Named values over a common axis, such as a loss over epochs.</summary>
public sealed record Series(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y);

/// <summary>
/// Lines over epochs or steps. A value that is not finite breaks its line and is marked by a cross at the upper edge, so a run that
/// diverged is seen to have diverged; so is a lone spike far above all else, which would flatten the curve. Past the palette's seven
/// colours lines are dashed.
/// </summary>
public sealed record LineChart(IReadOnlyList<Series> Series)
{
    private const double LineWidth = 1.8;

    /// <summary>Points at the start of a series that may be as high as they are: losses begin high.</summary>
    private const int Start = 2;

    /// <summary>A value is a spike from so many times the range of the lower 95 in 100 values above that range.</summary>
    private const double SpikeRanges = 2;

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
        var ceiling = Ceiling();
        var shown = Series.SelectMany(series => series.Y.Where((y, at) => IsShown(y, at, ceiling)));
        var up = Axis.Over(shown, 0.06, LogarithmicY);
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
            unseen += DrawSeries(frame, index, ceiling);
        }
        if (unseen > 0)
        {
            frame.Note($"× at the upper edge: {unseen} not finite" + (ceiling < double.PositiveInfinity ? " or far above" : ""));
        }
        return frame.Figure;
    }

    private static bool IsShown(double y, int at, double ceiling) => double.IsFinite(y) && (at < Start || y <= ceiling);

    /// <summary>The value above which a point is a spike; infinite where there are too few points to tell, or a logarithmic axis.</summary>
    private double Ceiling()
    {
        var values = Series.SelectMany(series => series.Y).Where(double.IsFinite).Order().ToArray();
        if (LogarithmicY || values.Length < 20)
        {
            return double.PositiveInfinity;
        }

        var high = values[(int)(0.95 * (values.Length - 1))];
        var ceiling = high + (SpikeRanges * (high - values[0]));
        return Series.Any(series => series.Y.Skip(Start).Any(y => double.IsFinite(y) && y > ceiling)) ? ceiling : double.PositiveInfinity;
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

    private int DrawSeries(PlotFrame frame, int index, double ceiling)
    {
        var series = Series[index];
        var colour = ColourOf(index);
        var unseen = 0;
        var piece = new List<Point>();
        for (var at = 0; at < Math.Min(series.X.Count, series.Y.Count); at++)
        {
            var (x, y) = (series.X[at], series.Y[at]);
            if (double.IsFinite(x) && IsShown(y, at, ceiling))
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
