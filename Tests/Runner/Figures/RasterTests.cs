using Estampa.Data;
using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

public sealed class RasterTests
{
    [Fact]
    public void CoversAsMuchOfAPixelAsTheShapeDoes()
    {
        var figure = new Figure(40, 40);
        figure.Circle(20, 20, 10, new Colour(0, 0, 0));
        figure.Rectangle(1, 1, 1.5, 1, new Colour(0, 0, 0));
        var canvas = Raster.Render(figure);
        var ink = canvas.Pixels.Sum(channel => 255 - channel) / 3.0 / 255;
        Assert.Equal((Math.PI * 100) + 1.5, ink, 1.0);
        Assert.Equal(new Colour(0, 0, 0), canvas[1, 1]);
        Assert.InRange(canvas[2, 1].Red, 126, 129);
        Assert.Equal(Colour.White, canvas[3, 1]);
    }

    [Fact]
    public void LinesHaveTheirWidthAndDoNotPaintCornersTwice()
    {
        var figure = new Figure(60, 60);
        figure.Polyline([new Point(10, 10), new Point(50, 10), new Point(50, 50)], new Colour(0, 0, 0, 0.5), 4);
        var canvas = Raster.Render(figure);
        Assert.InRange(canvas[50, 10].Red, 127, 128);
        Assert.InRange(canvas[30, 9].Red, 127, 128);
        Assert.Equal(Colour.White, canvas[30, 13]);
        Assert.Equal(Colour.White, canvas[40, 30]);
    }

    [Fact]
    public void PicturesAreMagnifiedInSharpSquares()
    {
        var small = new Canvas(2, 1);
        small.Set(0, new Colour(10, 20, 30));
        small.Set(1, new Colour(200, 100, 0));
        var figure = new Figure(12, 8);
        figure.Picture(1, 2, small, 5);
        var canvas = Raster.Render(figure, 2);
        Assert.Equal((24, 16), (canvas.Width, canvas.Height));
        Assert.Equal(new Colour(10, 20, 30), canvas[11, 4]);
        Assert.Equal(new Colour(200, 100, 0), canvas[12, 13]);
        Assert.Equal(Colour.White, canvas[12, 14]);
    }

    [Fact]
    public void WhatLiesOutsideIsCutOff()
    {
        var figure = new Figure(10, 10);
        figure.Line(-50, -50, 100, 100, Colour.Ink, 3);
        figure.Circle(0, 0, 30, Colour.Ink);
        figure.Rectangle(-5, -5, 100, 100, Colour.Ink);
        figure.Picture(-3, -3, new Canvas(4, 4), 10);
        figure.Text(-20, 30, "outside", 40, Colour.Ink, turn: -90);
        Assert.Equal(new Colour(0, 0, 0), Raster.Render(figure)[9, 9]);
    }

    [Fact]
    public void RefusesAFigureThatIsTooLarge() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Raster.Render(new Figure(100_000, 100_000)));

    [Fact]
    public void EveryPrintableCharacterHasItsOwnGlyph()
    {
        static byte[] Drawn(string text)
        {
            var figure = new Figure(40, 40);
            figure.Text(5, 28, text, 24, Colour.Ink);
            return Raster.Render(figure).Pixels;
        }
        var seen = new Dictionary<string, string>();
        var box = Convert.ToBase64String(Drawn("\uffff"));
        for (var code = '!'; code <= '~'; code++)
        {
            var pixels = Convert.ToBase64String(Drawn(code.ToString()));
            Assert.NotEqual(box, pixels);
            Assert.True(seen.TryAdd(pixels, code.ToString()), $"{code} is drawn like {seen[pixels]}");
        }
    }

    [Fact]
    public void TextIsAsWideAsItIsDrawn()
    {
        Assert.Equal(0, StrokeFont.Width("", 12));
        Assert.Equal(StrokeFont.Width("a", 12) * 3, StrokeFont.Width("aaa", 12), 1e-9);
        var fitted = StrokeFont.Fit("ZTF20abfcszi and some more", 80, 12);
        Assert.EndsWith("…", fitted, StringComparison.Ordinal);
        Assert.InRange(StrokeFont.Width(fitted, 12), 60, 80);
        Assert.Equal("short", StrokeFont.Fit("short", 80, 12));
    }

    [Fact]
    public void ASavedFigureIsThePngOfItsPixels()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("estampa-png-").FullName, "figures", "small.png");
        var figure = new Figure(9, 5);
        figure.Circle(4, 2, 2, Colour.Palette[0]);
        figure.SavePng(path);
        var read = Png.Read(path);
        Directory.Delete(Path.GetDirectoryName(Path.GetDirectoryName(path))!, recursive: true);
        Assert.Equal((18, 10, 3), (read.Width, read.Height, read.Channels));
        Assert.Equal(Raster.Render(figure, 2).Pixels, read.Pixels);
    }
}
