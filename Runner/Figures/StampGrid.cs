namespace Estampa.Runner;

/// <summary>Over which pixels a column's brightness limits are taken.</summary>
public enum StampScale
{
    /// <summary>One range over all the shared columns of a row: original and reconstruction can be compared.</summary>
    Shared,

    /// <summary>Each stamp for itself.</summary>
    Own,

    /// <summary>A range about zero in blue, white and red: residuals and difference images.</summary>
    Symmetric,
}

/// <summary>One column of a <see cref="StampGrid"/>: a stamp for each row, height times width pixels, the first row lowest.</summary>
public sealed record StampColumn(string Title, IReadOnlyList<float[]> Stamps, StampScale Scale = StampScale.Shared);

/// <summary>Rows of stamps: a label, the columns, and under each stamp the range of values its colours span.</summary>
public sealed record StampGrid(int StampHeight, int StampWidth, IReadOnlyList<StampColumn> Columns)
{
    private const double Margin = 16;
    private const double Gap = 8;
    private const double RowGap = 10;
    private const double BlockGap = 28;
    private const double LabelSize = 12;
    private const double LabelLine = 16;
    private const double RangeSize = 10;
    private const double RangeHeight = 15;
    private const double LeastCell = 72;
    private const double WidestLabel = 150;

    public string Title { get; init; } = "";

    /// <summary>For each row some lines: object, class, magnitude. The first is bold.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Labels { get; init; } = [];

    /// <summary>Pixels of the figure for one of a stamp.</summary>
    public double Magnification { get; init; } = 5;

    public Stretch Stretch { get; init; } = Stretch.Asinh;

    public ColourMap Map { get; init; } = ColourMap.Grey;

    /// <summary>Into how many blocks side by side the rows are laid.</summary>
    public int Blocks { get; init; } = 1;

    private double PictureWidth => StampWidth * Magnification;

    private double PictureHeight => StampHeight * Magnification;

    private double CellWidth => Math.Max(PictureWidth, LeastCell);

    public Figure Draw()
    {
        var rows = Columns.Select(column => column.Stamps.Count).DefaultIfEmpty(0).Max();
        var blocks = Math.Clamp(Blocks, 1, Math.Max(rows, 1));
        var perBlock = (rows + blocks - 1) / blocks;
        var label = Labels.SelectMany(LabelWidths).DefaultIfEmpty(0).Max();
        label = label > 0 ? Math.Ceiling(Math.Min(label, WidestLabel)) + 12 : 0;
        var blockWidth = label + (Columns.Count * (CellWidth + Gap)) - Gap;
        var labelHeight = Labels.Select(lines => lines.Count * LabelLine).DefaultIfEmpty(0).Max();
        var rowHeight = Math.Max(PictureHeight + RangeHeight, labelHeight) + RowGap;
        var top = Margin + (Title.Length > 0 ? 22 : 0);
        var first = top + 20;
        var width = Math.Max((Margin * 2) + (blocks * (blockWidth + BlockGap)) - BlockGap, 320);
        var figure = new Figure(width, first + (Math.Max(perBlock, 1) * rowHeight) + StampPainter.KeyHeight + 6);
        figure.Text(Margin, 22, StrokeFont.Fit(Title, width - (Margin * 2), 13, bold: true), 13, Colour.Ink, bold: true);
        for (var block = 0; block < blocks; block++)
        {
            DrawTitles(figure, Margin + (block * (blockWidth + BlockGap)) + label, top + 10);
        }
        var missing = false;
        for (var row = 0; row < rows; row++)
        {
            var x = Margin + (row / perBlock * (blockWidth + BlockGap));
            var y = first + (row % perBlock * rowHeight);
            DrawLabel(figure, x, y, row, label - 12);
            missing |= DrawRow(figure, x + label, y, row);
        }
        DrawEmpty(figure, rows, first);
        StampPainter.DrawKey(figure, Margin, figure.Height - StampPainter.KeyHeight, Ramps(), missing);
        return figure;
    }

    private static IEnumerable<double> LabelWidths(IReadOnlyList<string> lines) =>
        lines.Select((line, index) => StrokeFont.Width(line, LabelSize, bold: index == 0));

    private static void DrawEmpty(Figure figure, int rows, double y)
    {
        if (rows == 0)
        {
            figure.Text(Margin, y + 12, "no stamps to draw", LabelSize, Colour.Soft);
        }
    }

    private void DrawTitles(Figure figure, double x, double y)
    {
        for (var column = 0; column < Columns.Count; column++)
        {
            var title = StrokeFont.Fit(Columns[column].Title, CellWidth + Gap - 2, LabelSize);
            figure.Text(x + (column * (CellWidth + Gap)) + (CellWidth / 2), y, title, LabelSize, Colour.Ink, Anchor.Middle);
        }
    }

    private void DrawLabel(Figure figure, double x, double y, int row, double width)
    {
        var lines = row < Labels.Count ? Labels[row] : [];
        for (var line = 0; line < lines.Count; line++)
        {
            var text = StrokeFont.Fit(lines[line], width, LabelSize, bold: line == 0);
            figure.Text(x, y + 12 + (line * LabelLine), text, LabelSize, line == 0 ? Colour.Ink : Colour.Soft, bold: line == 0);
        }
    }

    private bool DrawRow(Figure figure, double x, double y, int row)
    {
        var shared = Stretch.RangeOf(Columns
            .Where(column => column.Scale == StampScale.Shared && row < column.Stamps.Count).Select(column => column.Stamps[row]));
        var missing = false;
        for (var index = 0; index < Columns.Count; index++)
        {
            var column = Columns[index];
            if (row < column.Stamps.Count)
            {
                var stamp = column.Stamps[row];
                var left = Math.Round(x + (index * (CellWidth + Gap)) + ((CellWidth - PictureWidth) / 2));
                var range = column.Scale switch
                {
                    StampScale.Shared => shared,
                    StampScale.Own => Stretch.RangeOf([stamp]),
                    _ => Stretch.SymmetricRangeOf([stamp]),
                };
                DrawStamp(figure, left, y, stamp, range, column.Scale == StampScale.Symmetric);
                missing |= stamp.Any(pixel => !Stretch.HasData(pixel));
            }
        }
        return missing;
    }

    private void DrawStamp(Figure figure, double x, double y, float[] stamp, PixelRange range, bool symmetric)
    {
        var canvas = symmetric
            ? StampPainter.Paint(stamp, StampHeight, StampWidth, Stretch.Linear, range, ColourMap.BlueWhiteRed)
            : StampPainter.Paint(stamp, StampHeight, StampWidth, Stretch, range, Map);
        figure.Rectangle(x - 1, y - 1, PictureWidth + 2, PictureHeight + 2, Colour.Grid);
        figure.Picture(x, y, canvas, Magnification);
        var text = StrokeFont.Fit(StampPainter.Describe(range), CellWidth + Gap - 2, RangeSize);
        figure.Text(x + (PictureWidth / 2), y + PictureHeight + 12, text, RangeSize, Colour.Soft, Anchor.Middle);
    }

    private IEnumerable<(ColourMap Map, string Meaning)> Ramps()
    {
        if (Columns.Any(column => column.Scale != StampScale.Symmetric))
        {
            var own = Columns.All(column => column.Scale != StampScale.Shared);
            yield return (Map, $"{Stretch.Name} of each {(own ? "stamp" : "row")}");
        }
        if (Columns.Any(column => column.Scale == StampScale.Symmetric))
        {
            yield return (ColourMap.BlueWhiteRed, "linear about 0");
        }
    }
}
