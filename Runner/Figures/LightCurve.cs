namespace Estampa.Runner;

/// <summary>Brightness against time: what was observed as points, what a model makes of it as rings on a line.</summary>
public sealed record LightCurve(IReadOnlyList<double> Days, IReadOnlyList<double> Observed, IReadOnlyList<double> Model)
{
    private const double Radius = 3;
    private static readonly Colour ModelColour = Colour.Palette[1];

    public string Title { get; init; } = "";

    public string XTitle { get; init; } = "days";

    public string YTitle { get; init; } = "";

    public double Width { get; init; } = 504;

    public double Height { get; init; } = 300;

    public Figure Draw()
    {
        int[] places = [.. Enumerable.Range(0, Days.Count)
            .Where(place => double.IsFinite(Days[place]) && double.IsFinite(Observed[place]) && double.IsFinite(Model[place]))];
        var across = Axis.Over(places.Select(place => Days[place]), 0.04);
        var up = Axis.Over(places.SelectMany(place => new[] { Observed[place], Model[place] }), 0.08);
        var frame = new PlotFrame(Width, Height, across, up, Title, XTitle, YTitle,
        [
            new LegendEntry("observed", 10, (figure, x, y) => figure.Circle(x, y, Radius, Colour.Ink)),
            new LegendEntry("model", 18, (figure, x, y) =>
            {
                figure.Line(x - 9, y, x + 9, y, ModelColour, 1.5);
                figure.Circle(x, y, Radius, ModelColour, 1.5);
            }),
        ]);
        if (places.Length == 0)
        {
            frame.Remark("no values");
            return frame.Figure;
        }

        frame.Figure.Polyline([.. places.Select(place => new Point(frame.X(Days[place]), frame.Y(Model[place])))], ModelColour, 1.5);
        foreach (var place in places)
        {
            frame.Figure.Circle(frame.X(Days[place]), frame.Y(Model[place]), Radius, ModelColour, 1.5);
            frame.Figure.Circle(frame.X(Days[place]), frame.Y(Observed[place]), Radius, Colour.Ink);
        }

        return frame.Figure;
    }
}
