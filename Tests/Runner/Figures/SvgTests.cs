using System.Xml.Linq;
using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

public sealed class SvgTests
{
    [Fact]
    public void IsXmlWhateverTheTextHolds()
    {
        const string bad = "</text><script>alert('x')</script>&\"\0\u001b[31m\ud800 ÿ\uffff";
        var figure = new Figure(10, 10);
        figure.Text(1, 9, bad, 11, Colour.Ink);
        var svg = Svg.Render(figure, bad);
        Assert.DoesNotContain("<script", svg, StringComparison.Ordinal);
        var text = XElement.Parse(svg).Descendants().Single(element => element.Name.LocalName == "text").Value;
        Assert.Equal("</text><script>alert('x')</script>&\"\ufffd\ufffd[31m\ufffd ÿ\ufffd", text);
    }

    [Fact]
    public void TextTakesTheMeasuredWidth()
    {
        var figure = new Figure(100, 20);
        figure.Text(50, 14, "epoch", 12, Colour.Ink, Anchor.Middle, bold: true, turn: -90);
        var text = XElement.Parse(Svg.Render(figure)).Descendants().Single(element => element.Name.LocalName == "text");
        Assert.Equal(StrokeFont.Width("epoch", 12, bold: true), double.Parse(text.Attribute("textLength")!.Value), 0.01);
        Assert.Equal("middle", text.Attribute("text-anchor")!.Value);
        Assert.Equal("rotate(-90 50 14)", text.Attribute("transform")!.Value);
    }

    [Fact]
    public void PicturesArePngInside()
    {
        var figure = new Figure(10, 10);
        figure.Picture(0, 0, new Canvas(2, 2), 5);
        Assert.Contains("href=\"data:image/png;base64,iVBORw0KGgo", Svg.Render(figure), StringComparison.Ordinal);
    }
}
