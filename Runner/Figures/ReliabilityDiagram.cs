using Estampa.Models;

namespace Estampa.Runner;

/// <summary>
/// How often answers are right against how sure they were; on the diagonal both agree. Each bin's count stands at its point, with a bar
/// of one standard error each way, and the counts are drawn below as columns, whose greatest takes a fifth of the height.
/// </summary>
/// <param name="Bins">Bins of equal width from 0 to 1; those without samples are passed over.</param>
public sealed record ReliabilityDiagram(IReadOnlyList<ReliabilityBin> Bins)
{
    private const double ColumnShare = 0.2;

    public string Title { get; init; } = "";

    public double Width { get; init; } = 440;

    public double Height { get; init; } = 420;

    public Figure Draw()
    {
        LegendEntry[] legend =
        [
            new("as sure as right", 18, (figure, x, y) => figure.Line(x - 9, y, x + 9, y, Colour.Soft, 1.2, dash: 4)),
            new("bins ± standard error", 18, (figure, x, y) => figure.Circle(x, y, 4, Colour.Palette[0])),
            new("samples", 14, (figure, x, y) => figure.Rectangle(x - 6, y - 5, 12, 10, Colour.Unknown.WithOpacity(0.6))),
        ];
        var frame = new PlotFrame(
            Width, Height, Axis.Between(0, 1), Axis.Between(0, 1.08), Title, "probability of the answer", "share that is right", legend);
        var most = Bins.Select(point => point.Count).DefaultIfEmpty(0).Max();
        if (most == 0)
        {
            frame.Remark("no samples");
        }

        for (var bin = 0; bin < Bins.Count && most > 0; bin++)
        {
            var (left, right) = (frame.X((double)bin / Bins.Count), frame.X((bin + 1.0) / Bins.Count));
            var top = frame.Y(ColumnShare * Bins[bin].Count / most);
            Column(frame.Figure, left, top, right, frame.Y(0));
        }

        frame.Figure.Line(frame.X(0), frame.Y(0), frame.X(1), frame.Y(1), Colour.Soft, 1.2, dash: 4);
        var seen = Bins.Where(point => point.Count > 0).ToArray();
        Point[] line = [.. seen.Select(point => new Point(frame.X(point.Confidence), frame.Y(point.Accuracy)))];
        frame.Figure.Polyline(line, Colour.Palette[0], 1.6);
        foreach (var point in seen)
        {
            DrawPoint(frame, point);
        }

        return frame.Figure;

        static void Column(Figure figure, double left, double top, double right, double bottom) =>
            figure.Rectangle(left + 1, top, Math.Max(right - left - 2, 1), Math.Max(bottom - top, 0), Colour.Unknown.WithOpacity(0.6));
    }

    private static void DrawPoint(PlotFrame frame, ReliabilityBin point)
    {
        var error = Math.Sqrt(point.Accuracy * (1 - point.Accuracy) / point.Count);
        var x = frame.X(point.Confidence);
        frame.Figure.Line(
            x, frame.Y(Math.Max(point.Accuracy - error, 0)), x, frame.Y(Math.Min(point.Accuracy + error, 1)), Colour.Palette[0], 1.4);
        frame.Figure.Circle(x, frame.Y(point.Accuracy), 4, Colour.Palette[0]);
        frame.Figure.Text(x, frame.Y(Math.Min(point.Accuracy + error, 1)) - 7, $"{point.Count}", 10, Colour.Soft, Anchor.Middle);
    }
}
