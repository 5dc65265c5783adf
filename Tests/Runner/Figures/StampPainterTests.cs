using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

public sealed class StampPainterTests
{
    [Fact]
    public void DrawsTheFirstRowAtTheBottom()
    {
        float[] stamp = [9, 9, 0, 0, 0, 5];
        var canvas = StampPainter.Paint(stamp, 3, 2, Stretch.Linear, new PixelRange(0, 9), ColourMap.Grey);
        Assert.Equal((2, 3), (canvas.Width, canvas.Height));
        Assert.Equal(new Colour(255, 255, 255), canvas[0, 2]);
        Assert.Equal(new Colour(255, 255, 255), canvas[1, 2]);
        Assert.Equal(new Colour(0, 0, 0), canvas[0, 0]);
        Assert.Equal(new Colour(142, 142, 142), canvas[1, 0]);
    }

    [Fact]
    public void AGridShowsTheFirstRowAtTheBottom()
    {
        var stamp = new float[9];
        stamp.AsSpan(0, 3).Fill(1);
        var figure = new StampGrid(3, 3, [new StampColumn("original", [stamp])]) { Magnification = 10, Stretch = Stretch.Linear }.Draw();
        var mark = figure.Marks.OfType<PictureMark>().First();
        var canvas = Raster.Render(figure);
        Assert.Equal(new Colour(255, 255, 255), canvas[(int)mark.X + 5, (int)mark.Y + 25]);
        Assert.Equal(new Colour(0, 0, 0), canvas[(int)mark.X + 5, (int)mark.Y + 15]);
        Assert.Equal(new Colour(0, 0, 0), canvas[(int)mark.X + 5, (int)mark.Y + 5]);
    }

    [Fact]
    public void MissingPixelsHaveAColourOfTheirOwn()
    {
        var canvas = StampPainter.Paint([float.NaN, 1], 1, 2, Stretch.Linear, new PixelRange(0, 1), ColourMap.Viridis);
        Assert.Equal(Colour.NoData, canvas[0, 0]);
        ColourMap[] maps = [ColourMap.Grey, ColourMap.Viridis, ColourMap.Cividis, ColourMap.BlueWhiteRed];
        foreach (var colour in maps.SelectMany(map => Enumerable.Range(0, 256).Select(step => map.At(step / 255.0))))
        {
            var apart = Math.Abs(colour.Red - Colour.NoData.Red) + Math.Abs(colour.Green - Colour.NoData.Green)
                + Math.Abs(colour.Blue - Colour.NoData.Blue);
            Assert.True(apart > 60, $"{colour.Hex} is too near the colour of missing pixels");
        }
    }

    [Fact]
    public void SharedColumnsHaveOneRangeAndResidualsLieAboutZero()
    {
        var figure = new StampGrid(1, 2, [
            new StampColumn("original", [[-2, 40]]), new StampColumn("reconstruction", [[1, 30]]),
            new StampColumn("residual", [[-3, 10]], StampScale.Symmetric)])
        {
            Stretch = Stretch.Linear,
        }.Draw();
        var words = figure.Marks.OfType<TextMark>().Select(mark => mark.Text).ToArray();
        Assert.Equal(2, words.Count(text => text == "−2.0 … 40.0"));
        Assert.Contains("±10.0", words);
        var residual = figure.Marks.OfType<PictureMark>().ElementAt(2).Canvas;
        Assert.True(residual[0, 0].Blue > residual[0, 0].Red && residual[1, 0].Red > residual[1, 0].Blue);
    }

    [Fact]
    public void NamesTheSizeOfAStampThatDoesNotFit()
    {
        var failure = Assert.Throws<ArgumentException>(() => new Mosaic(2, 3, [new float[5]]).Draw());
        Assert.Contains("2x3 needs 6 pixels, got 5", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-12.04, 2842.3, "−12 … 2842")]
    [InlineData(1e-16, 143, "0 … 143")]
    [InlineData(-0.00321, 0.0417, "−0.0032 … 0.0417")]
    [InlineData(-4.1, 4.1, "±4.10")]
    [InlineData(5, 5, "5.00 constant")]
    [InlineData(double.NaN, double.NaN, "no data")]
    public void DescribesRangesInThreeDigits(double low, double high, string text) =>
        Assert.Equal(text, StampPainter.Describe(new PixelRange(low, high)));
}
