namespace Estampa.Runner;

/// <summary>A named value with its error, half the length of its bar; NaN where it has none.</summary>
public sealed record NamedValue(string Name, double Value, double Error);

/// <summary>Values below each other, names at the left, with bars for their errors: such as the accuracies of several models.</summary>
/// <param name="Values">From top to bottom.</param>
public sealed record PointChart(IReadOnlyList<NamedValue> Values)
{
    private const double Margin = 16;
    private const double TextSize = 12;
    private const double RowHeight = 26;
    private const double WidestName = 240;
    private const double NumberWidth = 110;

    public string Title { get; init; } = "";

    public string XTitle { get; init; } = "";

    public double Width { get; init; } = 720;

    public Figure Draw()
    {
        var ends = Values.SelectMany(value => double.IsFinite(value.Error)
            ? new[] { value.Value - value.Error, value.Value + value.Error } : [value.Value]);
        var across = Axis.Over(ends, 0.08);
        string[] names = [.. Values.Select(value => StrokeFont.Fit(value.Name, WidestName, TextSize))];
        var left = Math.Round(Margin + names.Select(name => StrokeFont.Width(name, TextSize)).DefaultIfEmpty(0).Max() + 14);
        var (right, top) = (Width - Margin - NumberWidth, Margin + (Title.Length > 0 ? 24 : 0));
        var bottom = top + (Math.Max(Values.Count, 1) * RowHeight);
        var figure = new Figure(Width, bottom + 48);
        figure.Text(Margin, 22, StrokeFont.Fit(Title, Width - (Margin * 2), 13, bold: true), 13, Colour.Ink, bold: true);
        double X(double value) => left + (across.Share(value) * (right - left));
        var (ticks, factor) = across.Ticks((int)((right - left) / 70));
        foreach (var tick in ticks)
        {
            figure.Line(Math.Round(X(tick.Value)) + 0.5, top, Math.Round(X(tick.Value)) + 0.5, bottom, Colour.Grid);
            figure.Text(X(tick.Value), bottom + 16, tick.Label, 11, Colour.Soft, Anchor.Middle);
        }

        figure.Line(left, bottom + 0.5, right, bottom + 0.5, Colour.Soft);
        figure.Text((left + right) / 2, bottom + 36, $"{XTitle} {factor}".TrimEnd(), TextSize, Colour.Ink, Anchor.Middle);
        for (var row = 0; row < Values.Count; row++)
        {
            var (value, y) = (Values[row], top + ((row + 0.5) * RowHeight));
            figure.Text(left - 10, y + 4, names[row], TextSize, Colour.Ink, Anchor.End);
            var text = "–";
            if (double.IsFinite(value.Value))
            {
                var error = double.IsFinite(value.Error) ? value.Error : 0;
                figure.Line(X(value.Value - error), y, X(value.Value + error), y, Colour.Palette[0], 1.8);
                figure.Circle(X(value.Value), y, 4, Colour.Palette[0]);
                text = NumberText.Fixed(value.Value, 3) + (double.IsFinite(value.Error) ? $" ± {NumberText.Fixed(value.Error, 3)}" : "");
            }

            figure.Text(right + 12, y + 4, text, TextSize, Colour.Ink);
        }

        return figure;
    }
}
