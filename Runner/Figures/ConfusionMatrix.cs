namespace Estampa.Runner;

/// <summary>
/// Counts of answers by true class: rows the true classes, columns the answers, in each cell the count and its share of the row, the
/// darker the greater the share. A row without samples stays white.
/// </summary>
/// <param name="Classes">Names, for both axes.</param>
/// <param name="Counts">(classes, classes): row the true class, column the answer.</param>
public sealed record ConfusionMatrix(IReadOnlyList<string> Classes, int[,] Counts)
{
    private const double Margin = 16;
    private const double TextSize = 12;
    private const double WidestName = 120;

    /// <summary>The share from which white reads better on a cell than ink: contrasts of about 4 each.</summary>
    private const double WhiteFrom = 0.67;

    /// <summary>Light to dark, so that numbers are read on every cell.</summary>
    private static readonly Colour Full = new(0, 82, 128);

    public string Title { get; init; } = "";

    /// <summary>Side of a cell in pixels.</summary>
    public double Cell { get; init; } = 68;

    public Figure Draw()
    {
        var count = Classes.Count;
        string[] names = [.. Classes.Select(name => StrokeFont.Fit(name, WidestName, TextSize))];
        var widest = names.Select(name => StrokeFont.Width(name, TextSize)).DefaultIfEmpty(0).Max();

        // Names above the columns stand upright where they fit, and are turned where they do not.
        var turned = widest > Cell - 6;
        var left = Math.Round(Margin + 24 + widest + 10);
        var top = Math.Round(Margin + (Title.Length > 0 ? 24 : 0) + 20 + (turned ? widest : TextSize) + 8);
        var figure = new Figure(Math.Max(left + (count * Cell) + Margin, 200), top + (count * Cell) + Margin);
        figure.Text(Margin, 22, StrokeFont.Fit(Title, figure.Width - (Margin * 2), 13, bold: true), 13, Colour.Ink, bold: true);
        figure.Text(left + (count * Cell / 2), Margin + (Title.Length > 0 ? 34 : 10), "answer", TextSize, Colour.Soft, Anchor.Middle);
        figure.Text(22, top + (count * Cell / 2), "true class", TextSize, Colour.Soft, Anchor.Middle, turn: -90);
        for (var place = 0; place < count; place++)
        {
            var middle = left + ((place + 0.5) * Cell);
            if (turned)
            {
                figure.Text(middle + 4, top - 8, names[place], TextSize, Colour.Ink, turn: -90);
            }
            else
            {
                figure.Text(middle, top - 8, names[place], TextSize, Colour.Ink, Anchor.Middle);
            }

            figure.Text(left - 10, top + ((place + 0.5) * Cell) + 4, names[place], TextSize, Colour.Ink, Anchor.End);
            DrawRow(figure, left, top + (place * Cell), place);
        }

        return figure;
    }

    private void DrawRow(Figure figure, double left, double top, int row)
    {
        var all = Enumerable.Range(0, Classes.Count).Sum(column => (long)Counts[row, column]);
        for (var column = 0; column < Classes.Count; column++)
        {
            var share = all > 0 ? Counts[row, column] / (double)all : 0;
            var (x, middle) = (left + (column * Cell), top + (Cell / 2));
            figure.Rectangle(x, top, Cell, Cell, Colour.Grid);
            figure.Rectangle(x + 1, top + 1, Cell - 2, Cell - 2, Colour.Between(Colour.White, Full, share));
            var ink = share > WhiteFrom ? Colour.White : Colour.Ink;
            var soft = share is > 0.2 and <= WhiteFrom ? Colour.Ink : share > WhiteFrom ? Colour.White : Colour.Soft;
            figure.Text(
                x + (Cell / 2), middle, NumberText.Fixed(Counts[row, column], 0), 13, ink, Anchor.Middle, bold: row == column);
            figure.Text(
                x + (Cell / 2), middle + 16, all > 0 ? $"{NumberText.Fixed(100 * share, 0)} %" : "–", 11, soft, Anchor.Middle);
        }
    }
}
