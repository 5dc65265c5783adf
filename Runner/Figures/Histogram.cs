namespace Estampa.Runner;

/// <summary>Values whose distribution is shown, such as the reconstruction errors of one class.</summary>
public sealed record Sample(string Name, IReadOnlyList<double> Values);

/// <summary>Counts of values in bins of equal width, filled for one sample, outlined for several over common bins.</summary>
public sealed record Histogram(IReadOnlyList<Sample> Samples)
{
    public string Title { get; init; } = "";

    public string XTitle { get; init; } = "";

    public string YTitle { get; init; } = "count";

    /// <summary>From 1 to 1000, over the common range of all samples.</summary>
    public int Bins { get; init; } = 40;

    public double Width { get; init; } = 640;

    public double Height { get; init; } = 320;

    public Figure Draw()
    {
        var across = Axis.Over(Samples.SelectMany(sample => sample.Values), 0.01);
        var counts = Samples.Select(sample => Count(sample.Values, across)).ToArray();
        var up = Axis.FromZero(counts.SelectMany(bins => bins).DefaultIfEmpty(0).Max());
        LegendEntry[] legend = Samples.Count < 2 ? [] : [.. Samples.Select((sample, index) => new LegendEntry(
            $"{StrokeFont.Fit(sample.Name, 180, 12)} ({counts[index].Sum()})", 18,
            (figure, x, y) => figure.Line(x - 9, y, x + 9, y, ColourOf(index), 2.5)))];
        var frame = new PlotFrame(Width, Height, across, up, Title, XTitle, YTitle, legend, wholeUp: true);
        if (counts.All(bins => bins.Sum() == 0))
        {
            frame.Remark("no values");
        }
        for (var index = 0; index < Samples.Count; index++)
        {
            Draw(frame, across, counts[index], index);
        }
        var unseen = Samples.Sum(sample => sample.Values.Count) - counts.Sum(bins => bins.Sum());
        if (unseen > 0)
        {
            frame.Note($"{unseen} not finite, not counted");
        }
        return frame.Figure;
    }

    private static Colour ColourOf(int index) => Colour.Palette[index % Colour.Palette.Count];

    private int[] Count(IReadOnlyList<double> values, Axis across)
    {
        var bins = new int[Math.Clamp(Bins, 1, 1000)];
        foreach (var share in values.Select(across.Share).Where(share => share is >= 0 and <= 1))
        {
            bins[Math.Min((int)(share * bins.Length), bins.Length - 1)]++;
        }
        return bins;
    }

    private void Draw(PlotFrame frame, Axis across, int[] bins, int index)
    {
        double Edge(int bin) => frame.X(across.Low + ((across.High - across.Low) * bin / bins.Length));
        var outline = new List<Point> { new(Edge(0), frame.Y(0)) };
        for (var bin = 0; bin < bins.Length; bin++)
        {
            var top = frame.Y(bins[bin]);
            outline.Add(new Point(Edge(bin), top));
            outline.Add(new Point(Edge(bin + 1), top));
            if (Samples.Count == 1 && bins[bin] > 0)
            {
                var (left, right) = (Math.Round(Edge(bin)), Math.Round(Edge(bin + 1)));
                frame.Figure.Rectangle(left, top, Math.Max(right - left - 1, 1), frame.Y(0) - top, ColourOf(0).WithOpacity(0.85));
            }
        }
        outline.Add(new Point(Edge(bins.Length), frame.Y(0)));
        if (Samples.Count > 1)
        {
            frame.Figure.Polyline(outline, ColourOf(index), 1.6);
        }
    }
}
