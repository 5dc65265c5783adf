using System.Xml.Linq;
using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

public sealed class ChartTests
{
    [Fact]
    public void AwkwardDataIsDrawnInsideTheFigureAndTheSameTwice()
    {
        var again = EdgeCharts.All().ToArray();
        var index = 0;
        foreach (var (name, draw) in EdgeCharts.All())
        {
            var figure = draw();
            var svg = Svg.Render(figure, name);
            Assert.Equal(svg, Svg.Render(again[index++].Draw(), name));
            Assert.DoesNotMatch("(x|y|r|points|width|height|textLength)=\"[^\"]*(NaN|Infinity)", svg);
            Assert.Equal("svg", XElement.Parse(svg).Name.LocalName);
            Assert.All(figure.Marks.OfType<TextMark>(), mark => AssertInside(name, mark, figure));
        }
    }

    [Fact]
    public void PixelsAreTheSameTwice()
    {
        static byte[] Pixels() => Raster.Render(SyntheticRun.Content().Sections[0].Figures[0].Figure).Pixels;
        Assert.Equal(Pixels(), Pixels());
    }

    [Fact]
    public void ALoneSpikeIsMarkedAndDoesNotFlattenTheCurve()
    {
        double[] epochs = [.. Enumerable.Range(1, 30).Select(epoch => (double)epoch)];
        double[] loss = [.. epochs.Select(epoch => epoch == 14 ? 2200 : 100 / epoch)];
        var figure = new LineChart([new Series("validation", epochs, loss)]).Draw();
        Assert.Contains(figure.Marks.OfType<TextMark>(), mark => mark.Text.Contains("1 not finite or far above", StringComparison.Ordinal));
        var pieces = figure.Marks.OfType<PolylineMark>().Where(mark => mark.Points.Count >= 13).ToArray();
        Assert.Equal([13, 16], pieces.Select(piece => piece.Points.Count));

        // The first value, 100, is high for a good reason: it stands at the top of the plot, and a fall to 7 takes most of its height.
        Assert.True(pieces[0].Points[^1].Y - pieces[0].Points[0].Y > 0.7 * (pieces[1].Points[^1].Y - pieces[0].Points[0].Y));
    }

    [Fact]
    public void LegendStandsAboveThePlot()
    {
        var figure = EdgeCharts.All().Single(chart => chart.Name == "twelve").Draw();
        var names = figure.Marks.OfType<TextMark>().Where(mark => mark.Text.StartsWith("class", StringComparison.Ordinal)).ToArray();
        var lines = figure.Marks.OfType<PolylineMark>().Where(mark => mark.Points.Count == 30).ToArray();
        Assert.Equal((12, 12), (names.Length, lines.Length));
        Assert.True(names.Max(mark => mark.Place.Y) < lines.SelectMany(mark => mark.Points).Min(point => point.Y));
    }

    [Fact]
    public void ValuesThatAreNotFiniteBreakTheLineAndAreCounted()
    {
        var figure = new LineChart([new Series("loss", [1, 2, 3, 4, 5], [4, 3, double.NaN, 2, 1])]).Draw();
        var pieces = figure.Marks.OfType<PolylineMark>().Where(mark => mark.Width == 1.8).ToArray();
        Assert.Equal([2, 2], pieces.Select(mark => mark.Points.Count));
        Assert.Contains(figure.Marks.OfType<TextMark>(), mark => mark.Text == "× at the upper edge: 1 not finite");
    }

    [Fact]
    public void ManyPointsBecomeOnePicture()
    {
        double[] many = [.. Enumerable.Range(0, Scatter.RasterFrom).Select(at => (double)at)];
        var figure = new Scatter(many, many).Draw();
        Assert.Empty(figure.Marks.OfType<CircleMark>());
        Assert.Single(figure.Marks.OfType<PictureMark>());
    }

    [Fact]
    public void AHistogramCountsEveryFiniteValueOnce()
    {
        var figure = new Histogram([new Sample("a", [0, 1, 1, double.NaN]), new Sample("b", [5])]).Draw();
        var words = figure.Marks.OfType<TextMark>().Select(mark => mark.Text).ToArray();
        Assert.Contains("a (3)", words);
        Assert.Contains("b (1)", words);
        Assert.Contains("1 not finite, not counted", words);
    }

    private static void AssertInside(string name, TextMark mark, Figure figure)
    {
        var width = StrokeFont.Width(mark.Text, mark.Size, mark.Bold);
        var before = mark.Anchor switch
        {
            Anchor.Start => 0,
            Anchor.Middle => width / 2,
            _ => width,
        };
        var (start, length) = mark.Turn == 0 ? (mark.Place.X - before, figure.Width) : (mark.Place.Y - (width - before), figure.Height);
        Assert.True(start >= 0 && start + width <= length, $"{name}: '{mark.Text}' is cut off");
        Assert.True(mark.Place.Y > mark.Size / 2 && mark.Place.Y < figure.Height, $"{name}: '{mark.Text}' is above or below the figure");
    }
}
