using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

public class OffCentreGaussiansTests
{
    [Fact]
    public void EachImageIsOneBlobWhereTheTableSays()
    {
        var made = OffCentreGaussians.Make(new OffCentreGaussianOptions { Count = 300, Noise = 0 });
        Assert.Equal(300 * 441, made.Pixels.Length);
        for (var k = 0; k < 300; k++)
        {
            double sum = 0, x = 0, y = 0;
            for (var i = 0; i < 441; i++)
            {
                var value = made.Pixels[(k * 441) + i] - 0.212;
                (sum, x, y) = (sum + value, x + (value * (i % 21)), y + (value * (i / 21)));
            }

            // The sum of a Gaussian of height .7 and sigma 1.
            Assert.InRange(sum, (0.7 * 2 * Math.PI) - 0.01, (0.7 * 2 * Math.PI) + 0.01);
            Assert.Equal(made.Centres[2 * k], x / sum, 0.01);
            Assert.Equal(made.Centres[(2 * k) + 1], y / sum, 0.01);
            Assert.InRange(made.Centres[2 * k], 4, 16);
            Assert.InRange(made.Centres[(2 * k) + 1], 4, 16);
        }
    }

    [Fact]
    public void NoiseIsBoundedAndImagesDoNotDependOnTheCount()
    {
        var few = OffCentreGaussians.Make(new OffCentreGaussianOptions { Count = 5, Seed = 8 });
        var many = OffCentreGaussians.Make(new OffCentreGaussianOptions { Count = 50, Seed = 8 });
        Assert.Equal(few.Pixels, many.Pixels[..few.Pixels.Length]);
        Assert.InRange(many.Pixels.Min(), 0.112f, 0.12f);
        Assert.InRange(many.Pixels.Max(), 0.8f, 1.0121f);
    }

    [Fact]
    public void AFolderReadsBack()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"estampa-{Guid.NewGuid():N}");
        try
        {
            var made = OffCentreGaussians.Make(new OffCentreGaussianOptions { Count = 7 });
            made.WriteFolder(folder);
            var array = Npy.Read(Path.Combine(folder, OffCentreGaussians.ImagesFile));
            Assert.Equal([7, 21, 21, 1], array.Shape);
            Assert.Equal(made.Pixels, array.Floats());
            var table = Csv.Read(Path.Combine(folder, OffCentreGaussians.CentresFile));
            Assert.Equal(7, table.Rows.Count);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(21, 11)]
    public void ImpossibleSizesAreRefused(int size, double margin) =>
        Assert.Throws<BadInputException>(() => OffCentreGaussians.Make(new OffCentreGaussianOptions { Size = size, Margin = margin }));

    [Fact]
    public void KindsAreListed() => Assert.Equal(["alerts", "gaussians"], SimulatedKinds.All);
}
