namespace Estampa.Runner;

/// <summary>
/// One sequence of <see cref="SequenceStrips"/>: its frames and the model's, height times width pixels, the first row lowest.
/// </summary>
/// <param name="Label">Lines beside it: object, class; the first is bold.</param>
/// <param name="Titles">What stands above each frame: its day.</param>
/// <param name="Frames">What was observed.</param>
/// <param name="Model">What the model makes of each.</param>
public sealed record SequenceStrip(
    IReadOnlyList<string> Label, IReadOnlyList<string> Titles, IReadOnlyList<float[]> Frames, IReadOnlyList<float[]> Model);

/// <summary>Sequences of stamps, each two rows: its frames above, the model's below, all of a sequence in one range of values.</summary>
public sealed record SequenceStrips(int StampHeight, int StampWidth, IReadOnlyList<SequenceStrip> Strips)
{
    private const double Margin = 16;
    private const double Gap = 4;
    private const double StripGap = 14;
    private const double LabelSize = 12;
    private const double LabelLine = 16;
    private const double SmallSize = 10;
    private const double WidestLabel = 150;

    /// <summary>Pixels of the figure for one of a stamp.</summary>
    public double Magnification { get; init; } = 3;

    public Stretch Stretch { get; init; } = Stretch.Asinh;

    public Figure Draw()
    {
        var (width, height) = (StampWidth * Magnification, StampHeight * Magnification);
        var label = Strips.SelectMany(strip => strip.Label.Select((line, at) => StrokeFont.Width(line, LabelSize, bold: at == 0)))
            .DefaultIfEmpty(0).Max();
        label = Math.Ceiling(Math.Min(Math.Max(label, 90), WidestLabel)) + 12;
        var frames = Strips.Select(strip => strip.Frames.Count).DefaultIfEmpty(1).Max();
        var lines = Strips.Select(strip => (strip.Label.Count + 1) * LabelLine).DefaultIfEmpty(0).Max();
        var stripHeight = Math.Max((2 * height) + Gap + LabelLine, lines + LabelLine) + StripGap;
        var figure = new Figure(
            Math.Max((Margin * 2) + label + (frames * (width + Gap)) - Gap, 360),
            Margin + (Math.Max(Strips.Count, 1) * stripHeight) + StampPainter.KeyHeight);
        var missing = false;
        for (var index = 0; index < Strips.Count; index++)
        {
            var (strip, top) = (Strips[index], Margin + (index * stripHeight));
            var range = Stretch.RangeOf(strip.Frames.Concat(strip.Model));
            DrawLabel(figure, strip, top + LabelLine, label - 12, range);
            for (var frame = 0; frame < strip.Frames.Count; frame++)
            {
                var x = Math.Round(Margin + label + (frame * (width + Gap)));
                var title = StrokeFont.Fit(strip.Titles[frame], width + Gap - 2, SmallSize);
                figure.Text(x + (width / 2), top + 10, title, SmallSize, Colour.Soft, Anchor.Middle);
                var y = top + LabelLine;
                foreach (var (stamp, below) in new[] { (strip.Frames[frame], 0), (strip.Model[frame], height + Gap) })
                {
                    figure.Picture(x, y + below, Paint(stamp, range), Magnification);
                    missing |= stamp.Any(pixel => !Stretch.HasData(pixel));
                }
            }
        }

        if (Strips.Count == 0)
        {
            figure.Text(Margin, Margin + 12, "no sequences to draw", LabelSize, Colour.Soft);
        }

        StampPainter.DrawKey(
            figure, Margin, figure.Height - StampPainter.KeyHeight, [(ColourMap.Grey, $"{Stretch.Name} of each sequence")], missing);
        return figure;
    }

    private Canvas Paint(float[] stamp, PixelRange range) =>
        StampPainter.Paint(stamp, StampHeight, StampWidth, Stretch, range, ColourMap.Grey);

    private static void DrawLabel(Figure figure, SequenceStrip strip, double top, double width, PixelRange range)
    {
        for (var line = 0; line < strip.Label.Count; line++)
        {
            var text = StrokeFont.Fit(strip.Label[line], width, LabelSize, bold: line == 0);
            figure.Text(Margin, top + 12 + (line * LabelLine), text, LabelSize, line == 0 ? Colour.Ink : Colour.Soft, bold: line == 0);
        }

        figure.Text(Margin, top + 12 + (strip.Label.Count * LabelLine), StampPainter.Describe(range), SmallSize, Colour.Soft);
    }
}
