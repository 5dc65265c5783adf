namespace Estampa.Engine;

/// <summary>
/// The size of a tensor, channels last: (batch, height, width, channels). Flat values are (batch, 1, 1, channels), one number a
/// sample is (batch, 1, 1, 1). Element (b, h, w, c) lies at ((b * Height + h) * Width + w) * Channels + c.
/// </summary>
public readonly record struct Shape(int Batch, int Height, int Width, int Channels)
{
    public Shape(int batch, int channels)
        : this(batch, 1, 1, channels)
    {
    }

    /// <summary>Numbers of one sample.</summary>
    public int Sample => checked(Height * Width * Channels);

    /// <summary>Pixels of the whole batch.</summary>
    public int Pixels => checked(Batch * Height * Width);

    /// <summary>Numbers of the whole batch; a kernel index is 32 bits wide, so a product over 2^31 is an error.</summary>
    public int Count => checked(Pixels * Channels);

    /// <summary>Whether a product of positive numbers is more than a 32-bit index can count.</summary>
    internal static bool IsTooMany(params ReadOnlySpan<long> factors)
    {
        // Where a double begins to round, they are far too many.
        var product = 1.0;
        foreach (var factor in factors)
        {
            product *= factor;
        }

        return product > int.MaxValue;
    }

    public override string ToString() => Height == 1 && Width == 1 ? $"{Batch}x{Channels}" : $"{Batch}x{Height}x{Width}x{Channels}";

    /// <summary>Refuses axes below one and more than 2^31 - 1 elements, on the host, before anything is allocated.</summary>
    internal Shape Checked(string who)
    {
        if (Batch < 1 || Height < 1 || Width < 1 || Channels < 1)
        {
            throw new ShapeException($"{who}: every axis must be at least 1, got {this}");
        }

        if (IsTooMany(Batch, Height, Width, Channels))
        {
            throw new ShapeException($"{who}: {this} has more than 2^31 - 1 elements");
        }

        return this;
    }
}

/// <summary>A wrong shape in a call that builds a graph; the message names the op and the shapes.</summary>
public sealed class ShapeException : ArgumentException
{
    public ShapeException()
    {
    }

    public ShapeException(string message)
        : base(message)
    {
    }

    public ShapeException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
