using System.Text;

namespace Estampa.Data;

/// <summary>Settings of <see cref="OffCentreGaussians"/>; the defaults are those of the course project this set comes from.</summary>
public sealed record OffCentreGaussianOptions
{
    public int Count { get; init; } = 12_800;

    /// <summary>Side of an image, pixels.</summary>
    public int Size { get; init; } = 21;

    /// <summary>Height of the blob above the background.</summary>
    public double Brightness { get; init; } = 0.7;

    /// <summary>Standard deviation of the blob, pixels.</summary>
    public double Sigma { get; init; } = 1;

    /// <summary>Least distance of the blob's centre from the outermost pixels' centres.</summary>
    public double Margin { get; init; } = 4;

    /// <summary>Uniform noise between -Noise and +Noise.</summary>
    public double Noise { get; init; } = 0.1;

    /// <summary>The background.</summary>
    public double Base { get; init; } = 0.212;

    public ulong Seed { get; init; } = 1;

    /// <exception cref="BadInputException">A value is out of range; it is named.</exception>
    public void Check()
    {
        Require(Size is >= 1 and <= 1024, $"size is {Size}; it must be 1 to 1,024");
        Require(Count >= 0 && (long)Count * Size * Size <= Array.MaxLength, $"{Count} images of {Size} x {Size} do not fit an array");
        Require(Sigma is > 0 and <= 1e6, $"sigma is {Sigma}; it must be above 0");
        Require(Margin >= 0 && Margin <= (Size - 1) / 2.0, $"margin is {Margin}; an image of {Size} leaves 0 to {(Size - 1) / 2.0}");
        Require(Noise >= 0, $"noise is {Noise}; it must not be negative");
        Require(double.IsFinite(Noise + Base + Brightness), "noise, base and brightness must be finite");

        static void Require(bool holds, string otherwise)
        {
            if (!holds)
            {
                throw new BadInputException($"gaussians: {otherwise}");
            }
        }
    }
}

/// <summary>
/// Images of one round Gaussian blob each, anywhere but near the border: on them it shows whether an autoencoder keeps a source's
/// place or paints it into the middle.
/// </summary>
public sealed class OffCentreGaussians
{
    public const string ImagesFile = "gaussians.npy";
    public const string CentresFile = "gaussians.csv";

    private OffCentreGaussians(OffCentreGaussianOptions options, float[] pixels, float[] centres) =>
        (Options, Pixels, Centres) = (options, pixels, centres);

    public OffCentreGaussianOptions Options { get; }

    /// <summary>(N, H, W, 1), row-major.</summary>
    public float[] Pixels { get; }

    /// <summary>(N, 2): column and row of each centre, pixels from the first one's centre.</summary>
    public float[] Centres { get; }

    /// <summary>Image k depends on the seed and k alone.</summary>
    /// <exception cref="BadInputException">An option is out of range.</exception>
    public static OffCentreGaussians Make(OffCentreGaussianOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        var area = options.Size * options.Size;
        var (pixels, centres) = (new float[options.Count * area], new float[2 * options.Count]);
        Parallel.For(0, options.Count, k =>
        {
            var random = new RandomStream(options.Seed, (ulong)k + 1);
            var x = random.Uniform(options.Margin, options.Size - 1 - options.Margin);
            var y = random.Uniform(options.Margin, options.Size - 1 - options.Margin);
            (centres[2 * k], centres[(2 * k) + 1]) = ((float)x, (float)y);
            for (var i = 0; i < area; i++)
            {
                var (dx, dy) = ((i % options.Size) - x, (i / options.Size) - y);
                var blob = PortableMath.Exp(-((dx * dx) + (dy * dy)) / (2 * options.Sigma * options.Sigma));
                var noise = random.Uniform(-options.Noise, options.Noise);
                pixels[(k * area) + i] = (float)(options.Base + (options.Brightness * blob) + noise);
            }
        });
        return new OffCentreGaussians(options, pixels, centres);
    }

    /// <summary>Writes <see cref="ImagesFile"/>, (N, H, W, 1), and <see cref="CentresFile"/> with the columns image, x and y.</summary>
    public void WriteFolder(string directory)
    {
        EmptyFolder.Demand(directory, "made images");
        Npy.Write(Path.Combine(directory, ImagesFile), Pixels, Options.Count, Options.Size, Options.Size, 1);
        var table = new StringBuilder("image,x,y\n");
        for (var k = 0; k < Options.Count; k++)
        {
            table.Append(Csv.Line(k, Centres[2 * k], Centres[(2 * k) + 1]));
        }

        AtomicFile.WriteText(Path.Combine(directory, CentresFile), table.ToString());
    }
}
