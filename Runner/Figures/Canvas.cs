using Estampa.Data;

namespace Estampa.Runner;

/// <summary>An opaque raster to draw on, 3 bytes a pixel (red, green, blue), rows from the top.</summary>
public sealed class Canvas
{
    /// <summary>Pixels of the largest canvas that is made: 192 MB of bytes.</summary>
    public const long Limit = 64L << 20;

    /// <exception cref="ArgumentOutOfRangeException">A side is below 1, or there are more pixels than <see cref="Limit"/>.</exception>
    public Canvas(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)width * height, Limit, nameof(width));
        Width = width;
        Height = height;
        Pixels = new byte[width * height * 3];
    }

    public int Width { get; }

    public int Height { get; }

    public byte[] Pixels { get; }

    public Colour this[int x, int y]
    {
        get
        {
            var at = ((y * Width) + x) * 3;
            return new Colour(Pixels[at], Pixels[at + 1], Pixels[at + 2]);
        }
    }

    /// <summary>The same pixels, not copied, for <see cref="Png"/>.</summary>
    public Picture ToPicture() => new(Width, Height, 3, Pixels);

    /// <summary>Writes the pixel number <paramref name="index"/> in reading order.</summary>
    public void Set(int index, Colour colour)
    {
        Pixels[index * 3] = colour.Red;
        Pixels[(index * 3) + 1] = colour.Green;
        Pixels[(index * 3) + 2] = colour.Blue;
    }

    /// <summary>Mixes a colour into a pixel, weighted by its coverage from 0 to 1 and the colour's opacity.</summary>
    public void Blend(int x, int y, Colour colour, double coverage)
    {
        var weight = coverage * colour.Opacity;
        var at = ((y * Width) + x) * 3;
        Pixels[at] = Mix(Pixels[at], colour.Red, weight);
        Pixels[at + 1] = Mix(Pixels[at + 1], colour.Green, weight);
        Pixels[at + 2] = Mix(Pixels[at + 2], colour.Blue, weight);
    }

    private static byte Mix(byte under, byte over, double weight) => (byte)(under + ((over - under) * weight) + 0.5);
}
