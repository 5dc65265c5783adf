namespace Estampa.Data;

/// <summary>
/// A raster of bytes: (Height, Width, Channels) row-major, the first row at the top; 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.
/// </summary>
public sealed class Picture
{
    public Picture(int width, int height, int channels, byte[] pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        if (width < 1 || height < 1 || channels is < 1 or > 4 || pixels.Length != (long)width * height * channels)
        {
            throw new ArgumentException($"{pixels.Length} bytes are no picture of {width} x {height} x {channels}", nameof(pixels));
        }

        (Width, Height, Channels, Pixels) = (width, height, channels, pixels);
    }

    public int Width { get; }

    public int Height { get; }

    public int Channels { get; }

    public byte[] Pixels { get; }
}
