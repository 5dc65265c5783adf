namespace Estampa.Data;

/// <summary>The centred square of a plane: of 63 x 63 a crop of 21 is rows and columns 21 to 41.</summary>
public static class Crop
{
    /// <summary>Copies the crop. Where the difference of sizes is odd, the spare row or column is left at the end.</summary>
    /// <param name="plane">(height, width) row-major.</param>
    /// <param name="width">Of the plane.</param>
    /// <param name="height">Of the plane.</param>
    /// <param name="side">Of the crop; not above either size.</param>
    /// <param name="result">(side, side) row-major.</param>
    public static void Centre(ReadOnlySpan<float> plane, int width, int height, int side, Span<float> result)
    {
        if (side < 1 || side > width || side > height || plane.Length != width * height || result.Length != side * side)
        {
            throw new ArgumentException($"no crop of side {side} out of {width} x {height} ({plane.Length} pixels) into {result.Length}");
        }

        var left = (width - side) / 2;
        var bottom = (height - side) / 2;
        for (var row = 0; row < side; row++)
        {
            plane.Slice(((bottom + row) * width) + left, side).CopyTo(result[(row * side)..]);
        }
    }
}
