namespace Estampa.Runner;

/// <summary>
/// Stamps side by side without labels of their own: samples from a prior, or a walk along latent dimensions with a label for each
/// row and a title for each column.
/// </summary>
public sealed record Mosaic(int StampHeight, int StampWidth, IReadOnlyList<float[]> Stamps)
{
    private const double Margin = 16;
    private const double Gap = 3;
    private const double TextSize = 11;

    public string Title { get; init; } = "";

    public int Columns { get; init; } = 8;

    /// <summary>Pixels of the figure for one of a stamp.</summary>
    public double Magnification { get; init; } = 4;

    public Stretch Stretch { get; init; } = Stretch.Asinh;

    public ColourMap Map { get; init; } = ColourMap.Grey;

    /// <summary>Whether each stamp has its own range of values, instead of one over all.</summary>
    public bool OwnRanges { get; init; }

    public IReadOnlyList<string> ColumnTitles { get; init; } = [];

    public IReadOnlyList<string> RowLabels { get; init; } = [];

    public Figure Draw()
    {
        var columns = Math.Max(Math.Min(Columns, Stamps.Count), 1);
        var rows = Math.Max((Stamps.Count + columns - 1) / columns, 1);
        var (cellWidth, cellHeight) = ((StampWidth * Magnification) + Gap, (StampHeight * Magnification) + Gap);
        var label = RowLabels.Select(text => StrokeFont.Width(text, TextSize)).DefaultIfEmpty(0).Max();
        var left = Math.Round(Margin + (label > 0 ? label + 8 : 0));
        var top = Margin + (Title.Length > 0 ? 22 : 0) + (ColumnTitles.Count > 0 ? 18 : 0);
        var common = Stretch.RangeOf(Stamps);
        var meaning = OwnRanges ? $"{Stretch.Name} of each stamp" : $"{Stretch.Name}: {StampPainter.Describe(common)}";
        var missing = Stamps.Any(stamp => stamp.Any(pixel => !Stretch.HasData(pixel)));
        var keyWidth = StrokeFont.Width(meaning, TextSize) + (Margin * 2) + (missing ? 160 : 80);
        var width = Math.Max(left + (columns * cellWidth) - Gap + Margin, keyWidth);
        var figure = new Figure(width, top + (rows * cellHeight) + 8 + StampPainter.KeyHeight);
        figure.Text(Margin, 22, StrokeFont.Fit(Title, figure.Width - (Margin * 2), 13, bold: true), 13, Colour.Ink, bold: true);
        for (var column = 0; column < Math.Min(columns, ColumnTitles.Count); column++)
        {
            var title = StrokeFont.Fit(ColumnTitles[column], cellWidth, TextSize);
            figure.Text(left + ((column + 0.5) * cellWidth) - (Gap / 2), top - 6, title, TextSize, Colour.Soft, Anchor.Middle);
        }
        for (var row = 0; row < Math.Min(rows, RowLabels.Count); row++)
        {
            figure.Text(left - 8, top + ((row + 0.5) * cellHeight) + 3, RowLabels[row], TextSize, Colour.Soft, Anchor.End);
        }
        for (var index = 0; index < Stamps.Count; index++)
        {
            var range = OwnRanges ? Stretch.RangeOf([Stamps[index]]) : common;
            var canvas = StampPainter.Paint(Stamps[index], StampHeight, StampWidth, Stretch, range, Map);
            figure.Picture(left + (index % columns * cellWidth), top + (index / columns * cellHeight), canvas, Magnification);
        }
        if (Stamps.Count == 0)
        {
            figure.Text(Margin, top + 14, "no stamps to draw", TextSize, Colour.Soft);
        }
        StampPainter.DrawKey(figure, Margin, figure.Height - StampPainter.KeyHeight, [(Map, meaning)], missing);
        return figure;
    }
}
