using System.Globalization;
using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class SkyCoordinatesTests
{
    private const double Degree = Math.PI / 180;

    /// <summary>Arc seconds on the sky: 0.1 where astropy has the same frame but for the frame bias, and 14 for its nutation.</summary>
    [Theory]
    [InlineData("galactic", .1)]
    [InlineData("mean", .1)]
    [InlineData("true", 14)]
    public void AgreesWithAstropy(string frame, double arcSeconds)
    {
        var table = Csv.Read(DataFiles.Fixture("sky", "positions.csv"));
        Assert.True(table.Rows.Count >= 50);
        foreach (var row in table.Rows)
        {
            double Cell(string name) => double.Parse(row[table.Column(name)], CultureInfo.InvariantCulture);
            var angles = frame == "galactic"
                ? SkyCoordinates.Galactic(Cell("ra"), Cell("dec"))
                : SkyCoordinates.Ecliptic(Cell("ra"), Cell("dec"));
            Assert.InRange(angles.Longitude, 0, Math.BitDecrement(360));
            var (longitude, latitude) = (Cell($"{frame}_longitude"), Cell($"{frame}_latitude"));
            var turn = Math.IEEERemainder(angles.Longitude - longitude, 360) * Math.Cos(latitude * Degree);
            Assert.True(Math.Abs(turn) * 3600 < arcSeconds, $"{row[0]} {row[1]}: longitude {angles.Longitude}, astropy's {longitude}");
            Assert.True(
                Math.Abs(angles.Latitude - latitude) * 3600 < .1, $"{row[0]} {row[1]}: latitude {angles.Latitude}, astropy's {latitude}");
        }
    }

    [Fact]
    public void WrapsAtZeroAndPassesOnWhatIsUnknown()
    {
        Assert.Equal(new SkyAngles(0, 0), SkyCoordinates.Ecliptic(0, 0));
        Assert.InRange(SkyCoordinates.Ecliptic(-1e-30, 0).Longitude, 0, 1e-9);
        Assert.InRange(SkyCoordinates.Ecliptic(-1e-5, 0).Longitude, 359.99, 360);
        Assert.Equal(90, SkyCoordinates.Galactic(192.85948, 27.12825).Latitude, 1e-4);
        Assert.True(double.IsNaN(SkyCoordinates.Galactic(double.NaN, 3).Latitude));
        Assert.True(double.IsNaN(SkyCoordinates.Ecliptic(3, double.NaN).Longitude));
    }
}
