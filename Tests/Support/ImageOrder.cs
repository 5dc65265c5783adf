using Estampa.Engine;

namespace Estampa.Tests;

/// <summary>Images between PyTorch's order (batch, channels, height, width) and ours (batch, height, width, channels).</summary>
internal static class ImageOrder
{
    /// <summary>Our shape of a PyTorch tensor: images, rows, one number a sample, or one number.</summary>
    public static Shape ShapeOf(int[] axes) => axes.Length switch
    {
        0 => new Shape(1, 1),
        1 => new Shape(axes[0], 1),
        2 => new Shape(axes[0], axes[1]),
        4 => new Shape(axes[0], axes[2], axes[3], axes[1]),
        _ => throw new ArgumentException($"{axes.Length} axes are no image"),
    };

    public static float[] ToChannelsLast(Shape shape, float[] numbers)
    {
        var result = new float[numbers.Length];
        var pixels = shape.Height * shape.Width;
        for (var element = 0; element < numbers.Length; element++)
        {
            int channel = element % shape.Channels, pixel = element / shape.Channels % pixels, sample = element / shape.Sample;
            result[element] = numbers[(((sample * shape.Channels) + channel) * pixels) + pixel];
        }

        return result;
    }
}
