namespace Estampa.Runner;

/// <summary>A name in a chart's legend and what is drawn before it, about the middle of a box so many pixels wide.</summary>
internal sealed record LegendEntry(string Name, double BoxWidth, Action<Figure, double, double> Draw);

/// <summary>
/// The frame all charts share: title, legend in rows above the plot (so it never covers data), grid, ticks and axis titles. Margins
/// come from the measured widths of what stands in them.
/// </summary>
internal sealed class PlotFrame
{
    public const double TickSize = 11;
    private const double TextSize = 12;
    private const double TitleSize = 13;
    private const double LegendRow = 18;
    private const double NameWidth = 260;
    private readonly Axis across;
    private readonly Axis up;
    private readonly double[] gridX;
    private readonly double[] gridY;

    public PlotFrame(
        double width, double height, Axis across, Axis up, string title, string acrossTitle, string upTitle,
        IReadOnlyList<LegendEntry> legend, bool wholeAcross = false, bool wholeUp = false, double rightMargin = 0)
    {
        this.across = across;
        this.up = up;
        Figure = new Figure(width, height);
        var rows = LegendRows(legend, width - 32);
        Top = 16 + (title.Length > 0 ? 22 : 0) + (rows.Count * LegendRow) + (rows.Count > 0 ? 4 : 0);
        Bottom = Math.Ceiling(height) - (acrossTitle.Length > 0 ? 46 : 28);
        var (upTicks, upFactor) = up.Ticks((int)((Bottom - Top) / 45), wholeUp);
        var widest = upTicks.Select(tick => StrokeFont.Width(tick.Label, TickSize)).DefaultIfEmpty(0).Max();
        Left = Math.Round(16 + (upTitle.Length > 0 ? 20 : 0) + widest + 8);
        Right = Math.Round(width - 18 - rightMargin);
        var (acrossTicks, acrossFactor) = across.Ticks((int)((Right - Left) / 70), wholeAcross);
        gridX = [.. acrossTicks.Select(tick => Math.Round(X(tick.Value)) + 0.5)];
        gridY = [.. upTicks.Select(tick => Math.Round(Y(tick.Value)) + 0.5)];
        DrawGrid(Figure, 0, 0);
        Figure.Line(Left, Bottom + 0.5, Right, Bottom + 0.5, Colour.Soft);
        DrawTicks(acrossTicks, upTicks);
        DrawTitles(title, With(acrossTitle, acrossFactor), With(upTitle, upFactor));
        DrawLegend(rows, 14 + (title.Length > 0 ? 22 : 0));
    }

    public Figure Figure { get; }

    // The plot's own rectangle, in pixels of the figure.
    public double Left { get; }

    public double Right { get; }

    public double Top { get; }

    public double Bottom { get; }

    /// <summary>Where a value of the horizontal axis lies, in pixels of the figure.</summary>
    public double X(double value) => Left + (across.Share(value) * (Right - Left));

    /// <summary>Where a value of the vertical axis lies, in pixels of the figure from its top.</summary>
    public double Y(double value) => Bottom - (up.Share(value) * (Bottom - Top));

    /// <summary>The plot's area alone, with its grid, as a figure to draw many points into.</summary>
    public Figure Inset()
    {
        var inset = new Figure(Right - Left, Bottom - Top);
        DrawGrid(inset, Left, Top);
        return inset;
    }

    /// <summary>Words in the middle of a plot that has nothing else to show.</summary>
    public void Remark(string text) =>
        Figure.Text((Left + Right) / 2, (Top + Bottom) / 2, text, TitleSize, Colour.Soft, Anchor.Middle);

    /// <summary>A small remark at the lower right, under the axis: how many values could not be drawn, and why.</summary>
    public void Note(string text) => Figure.Text(Right, Bottom + 40, text, 10, Colour.Soft, Anchor.End);

    private static string With(string title, string factor) => factor.Length > 0 ? $"{title} ({factor})".TrimStart() : title;

    private static double EntryWidth(LegendEntry entry) => entry.BoxWidth + 6 + StrokeFont.Width(ShownName(entry), TextSize) + 16;

    private static string ShownName(LegendEntry entry) => StrokeFont.Fit(entry.Name, NameWidth, TextSize);

    private static List<List<LegendEntry>> LegendRows(IReadOnlyList<LegendEntry> legend, double width)
    {
        var rows = new List<List<LegendEntry>>();
        var used = double.PositiveInfinity;
        foreach (var entry in legend)
        {
            if (used + EntryWidth(entry) > width + 16)
            {
                rows.Add([]);
                used = 0;
            }
            rows[^1].Add(entry);
            used += EntryWidth(entry);
        }
        return rows;
    }

    private void DrawGrid(Figure figure, double left, double top)
    {
        foreach (var x in gridX)
        {
            figure.Line(x - left, Top - top, x - left, Bottom - top, Colour.Grid);
        }
        foreach (var y in gridY)
        {
            figure.Line(Left - left, y - top, Right - left, y - top, Colour.Grid);
        }
    }

    private void DrawTicks(IReadOnlyList<Tick> acrossTicks, IReadOnlyList<Tick> upTicks)
    {
        for (var index = 0; index < gridX.Length; index++)
        {
            Figure.Text(gridX[index], Bottom + 16, acrossTicks[index].Label, TickSize, Colour.Soft, Anchor.Middle);
        }
        for (var index = 0; index < gridY.Length; index++)
        {
            Figure.Text(Left - 7, gridY[index] + 4, upTicks[index].Label, TickSize, Colour.Soft, Anchor.End);
        }
    }

    private void DrawTitles(string title, string acrossTitle, string upTitle)
    {
        Figure.Text(16, 22, StrokeFont.Fit(title, Figure.Width - 32, TitleSize, bold: true), TitleSize, Colour.Ink, bold: true);
        Figure.Text((Left + Right) / 2, Figure.Height - 12, acrossTitle, TextSize, Colour.Ink, Anchor.Middle);
        Figure.Text(22, (Top + Bottom) / 2, upTitle, TextSize, Colour.Ink, Anchor.Middle, turn: -90);
    }

    private void DrawLegend(List<List<LegendEntry>> rows, double top)
    {
        for (var row = 0; row < rows.Count; row++)
        {
            var x = 16.0;
            var middle = top + (row * LegendRow) + 7;
            foreach (var entry in rows[row])
            {
                entry.Draw(Figure, x + (entry.BoxWidth / 2), middle);
                Figure.Text(x + entry.BoxWidth + 6, middle + 4, ShownName(entry), TextSize, Colour.Ink);
                x += EntryWidth(entry);
            }
        }
    }
}
