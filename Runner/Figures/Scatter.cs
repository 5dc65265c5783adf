namespace Estampa.Runner;

/// <summary>
/// Points in a plane, such as two principal components of a latent space, coloured by class, by a value with its colour bar, or
/// all alike. Points without a class or value are grey and lie underneath; those without a place are counted in a note.
/// </summary>
public sealed record Scatter(IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>From this many points on they are drawn into one raster, so that the SVG stays small.</summary>
    public const int RasterFrom = 3_000;

    private const double BarWidth = 12;

    public string Title { get; init; } = "";

    public string XTitle { get; init; } = "";

    public string YTitle { get; init; } = "";

    /// <summary>The class of each point; null or empty where it is not known.</summary>
    public IReadOnlyList<string?>? Classes { get; init; }

    /// <summary>A value for each point, used where <see cref="Classes"/> is not given; NaN where it is not known.</summary>
    public IReadOnlyList<double>? Values { get; init; }

    /// <summary>What the value is and its unit: "magnitude".</summary>
    public string ValueTitle { get; init; } = "";

    public double Width { get; init; } = 620;

    public double Height { get; init; } = 520;

    public Figure Draw()
    {
        var count = Math.Min(X.Count, Y.Count);
        var seen = Enumerable.Range(0, count).Where(index => double.IsFinite(X[index]) && double.IsFinite(Y[index])).ToArray();
        var across = Axis.Over(seen.Select(index => X[index]), 0.04);
        var up = Axis.Over(seen.Select(index => Y[index]), 0.04);
        var names = Names(seen);
        var bar = Classes is null && Values is not null && seen.Any(IsKnown) ? BarAxis(seen) : null;
        var legend = names.Select((name, index) => new LegendEntry(
            $"{StrokeFont.Fit(name, 180, 12)} ({seen.Count(point => Classes![point] == name)})", 10,
            (figure, x, y) => Marker(figure, x, y, index, 4.5, 1))).ToList();
        var unknown = seen.Count(index => !IsKnown(index));
        if (unknown > 0)
        {
            var name = Classes is null ? "value not known" : "no class";
            legend.Add(new LegendEntry($"{name} ({unknown})", 10, (figure, x, y) => figure.Circle(x, y, 4.5, Colour.Unknown)));
        }
        var rightMargin = bar is null ? 0 : RightMargin(bar);
        var frame = new PlotFrame(Width, Height, across, up, Title, XTitle, YTitle, legend, rightMargin: rightMargin);
        DrawPoints(frame, seen, names, bar);
        if (seen.Length == 0)
        {
            frame.Remark("no points");
        }
        if (bar is not null)
        {
            DrawBar(frame, bar);
        }
        if (seen.Length < count)
        {
            frame.Note($"{count - seen.Length} not finite, not drawn");
        }
        return frame.Figure;
    }

    private bool IsKnown(int point) => Classes is null
        ? Values is null || double.IsFinite(Values[point])
        : !string.IsNullOrEmpty(Classes[point]);

    // The most frequent class first, equal ones by name.
    private List<string> Names(int[] seen) => Classes is null
        ? []
        : [.. seen.Select(index => Classes[index]).Where(name => !string.IsNullOrEmpty(name)).GroupBy(name => name!)
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal).Select(group => group.Key)];

    // The middle 98 % of the values: a single outlier would leave all the others one colour.
    private Axis BarAxis(int[] seen)
    {
        var sorted = seen.Select(index => Values![index]).Where(double.IsFinite).Order().ToArray();
        return Axis.Between(sorted[(int)(0.01 * (sorted.Length - 1))], sorted[(int)Math.Ceiling(0.99 * (sorted.Length - 1))]);
    }

    private double RightMargin(Axis bar) =>
        BarWidth + 24 + bar.Ticks(6).Ticks.Select(tick => StrokeFont.Width(tick.Label, PlotFrame.TickSize)).DefaultIfEmpty(0).Max()
        + (ValueTitle.Length > 0 ? 20 : 0);

    private void DrawPoints(PlotFrame frame, int[] seen, List<string> names, Axis? bar)
    {
        var many = seen.Length >= RasterFrom;
        var target = many ? frame.Inset() : frame.Figure;
        var (left, top) = many ? (frame.Left, frame.Top) : (0, 0);
        var radius = Math.Clamp(60 / Math.Sqrt(seen.Length + 1), 1.6, 3.2);
        var opacity = seen.Length > 300 ? 0.7 : 0.85;
        var ranks = names.Select((name, index) => (name, index)).ToDictionary(pair => pair.name, pair => pair.index);
        foreach (var point in seen.OrderBy(IsKnown))
        {
            var (x, y) = (frame.X(X[point]) - left, frame.Y(Y[point]) - top);
            if (!IsKnown(point))
            {
                target.Circle(x, y, radius, Colour.Unknown.WithOpacity(opacity));
            }
            else if (bar is null)
            {
                Marker(target, x, y, Classes is null ? 0 : ranks[Classes[point]!], radius, opacity);
            }
            else
            {
                target.Circle(x, y, radius, ColourMap.Viridis.At(bar.Share(Values![point])).WithOpacity(opacity));
            }
        }
        if (many)
        {
            frame.Figure.Picture(left, top, target.Width, target.Height, Raster.Render(target, 2));
        }
    }

    // Seven colours as discs, then as squares, then as rings: 21 classes can be told apart, more repeat.
    private static void Marker(Figure figure, double x, double y, int rank, double radius, double opacity)
    {
        var colour = Colour.Palette[rank % Colour.Palette.Count].WithOpacity(opacity);
        switch (rank / Colour.Palette.Count % 3)
        {
            case 0:
                figure.Circle(x, y, radius, colour);
                break;
            case 1:
                figure.Rectangle(x - (radius * 0.9), y - (radius * 0.9), radius * 1.8, radius * 1.8, colour);
                break;
            default:
                figure.Circle(x, y, radius - 0.5, colour, 1.2);
                break;
        }
    }

    private void DrawBar(PlotFrame frame, Axis bar)
    {
        var x = Math.Round(frame.Right + 16);
        var (top, height) = (Math.Round(frame.Top), Math.Round(frame.Bottom - frame.Top));
        var (ticks, factor) = bar.Ticks(6);
        frame.Figure.Picture(x, top, BarWidth, height, ColourMap.Viridis.Ramp(128, upwards: true));
        foreach (var tick in ticks)
        {
            var y = Math.Round(top + ((1 - bar.Share(tick.Value)) * height));
            frame.Figure.Line(x + BarWidth, y + 0.5, x + BarWidth + 3, y + 0.5, Colour.Soft);
            frame.Figure.Text(x + BarWidth + 6, y + 4, tick.Label, PlotFrame.TickSize, Colour.Soft);
        }
        var title = factor.Length > 0 ? $"{ValueTitle} ({factor})" : ValueTitle;
        frame.Figure.Text(Width - 10, top + (height / 2), title, 12, Colour.Ink, Anchor.Middle, turn: -90);
    }
}
