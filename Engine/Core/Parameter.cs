namespace Estampa.Engine;

/// <summary>What a parameter's numbers are at first.</summary>
/// <param name="Kind">Uniform in [-Scale, Scale], normal with deviation Scale, or the constant Scale.</param>
/// <param name="Scale">The bound, the deviation or the constant.</param>
public readonly record struct Initial(Distribution Kind, float Scale)
{
    /// <summary>PyTorch's default for convolutions and linear layers, weights and biases: uniform in 1/sqrt(fanIn).</summary>
    public static Initial PyTorch(int fanIn) => new(Distribution.Uniform, 1f / MathF.Sqrt(fanIn));

    /// <summary>He et al. 2015 (arXiv:1502.01852), for layers before a ReLU: normal with deviation sqrt(2/fanIn).</summary>
    public static Initial He(int fanIn) => new(Distribution.Normal, MathF.Sqrt(2f / fanIn));

    /// <summary>Glorot and Bengio 2010, for sigmoid and tanh: uniform in sqrt(6/(fanIn + fanOut)).</summary>
    public static Initial Xavier(int fanIn, int fanOut) => new(Distribution.Uniform, MathF.Sqrt(6f / (fanIn + fanOut)));

    public static Initial Normal(float deviation) => new(Distribution.Normal, deviation);

    public static Initial Constant(float value) => new(Distribution.Constant, value);
}

/// <summary>The family of an <see cref="Initial"/>.</summary>
public enum Distribution
{
    Constant,
    Uniform,
    Normal,
}

/// <summary>A rule for the first weights of a layer with so many inputs and outputs a unit.</summary>
public delegate Initial InitialRule(int fanIn, int fanOut);

/// <summary>
/// How a parameter is laid out in files (PyTorch's order) and in the engine. The file's axes are first split into
/// <paramref name="Axes"/> (a linear layer behind a flatten splits its inputs into channels, height, width), then engine axis k is
/// axis <paramref name="Order"/>[k].
/// </summary>
public sealed record Layout(int[] FileShape, int[] Axes, int[] Order)
{
    /// <summary>The same order on both sides.</summary>
    public static Layout Plain(int count) => new([count], [count], [0]);

    /// <summary>File (out, in, kernel, kernel), engine (kernel, kernel, in, out).</summary>
    public static Layout Conv(int input, int output, int kernel) =>
        new([output, input, kernel, kernel], [output, input, kernel, kernel], [2, 3, 1, 0]);

    /// <summary>File (out, in, kernel), engine (kernel, in, out).</summary>
    public static Layout Conv1D(int input, int output, int kernel) =>
        new([output, input, kernel], [output, input, kernel], [2, 1, 0]);

    /// <summary>File (out, in), engine (in, out), where in and out may be flattened images: (c, h, w) in files, (h, w, c) here.</summary>
    public static Layout Linear(Shape input, Shape output) => new(
        [output.Sample, input.Sample],
        [output.Channels, output.Height, output.Width, input.Channels, input.Height, input.Width],
        [4, 5, 3, 1, 2, 0]);

    /// <summary>One number an output: (c, h, w) in files, (h, w, c) here.</summary>
    public static Layout Bias(Shape output) => new([output.Sample], [output.Channels, output.Height, output.Width], [1, 2, 0]);

    /// <exception cref="ShapeException">There are more than 2^31 - 1.</exception>
    public int Count => Shape.IsTooMany([.. Axes])
        ? throw new ShapeException($"a parameter of {string.Join("x", FileShape)} has more than 2^31 - 1 numbers")
        : Axes.Aggregate(1, (product, axis) => product * axis);

    /// <exception cref="ShapeException">The axes are not those of the file split up, or the order does not name each once.</exception>
    internal void Check(string parameter)
    {
        if (FileShape.Concat(Axes).Any(axis => axis < 1)
            || !Order.Order().SequenceEqual(Enumerable.Range(0, Axes.Length))
            || FileShape.Aggregate(1L, Times) != Axes.Aggregate(1L, Times))
        {
            throw new ShapeException($"parameter '{parameter}': {this} is no layout; axes of 1 at least split the file's shape, and the"
                + " order names each of them once");
        }

        // More than 2^31 - 1 are all the same here, and refused where they are counted.
        static long Times(long product, int axis) => Math.Min(product * axis, 1L << 31);
    }

    /// <summary>Whether both mean the same numbers in the same order, in files and in the engine.</summary>
    public bool IsSameAs(Layout other) => ReferenceEquals(this, other)
        || (FileShape.SequenceEqual(other.FileShape) && (IsSplitAs(other) || FilePlaces().SequenceEqual(other.FilePlaces())));

    private bool IsSplitAs(Layout other) => Axes.SequenceEqual(other.Axes) && Order.SequenceEqual(other.Order);

    /// <summary>The file's shape, and how the engine orders it: (2, 12) as axes 3x2x2 in order 1 2 0.</summary>
    public override string ToString() =>
        $"({string.Join(", ", FileShape)}) as axes {string.Join("x", Axes)} in order {string.Join(" ", Order)}";

    /// <summary>The place in the file of each element in the engine's order.</summary>
    public int[] FilePlaces()
    {
        var strides = new int[Axes.Length];
        for (int axis = Axes.Length - 1, stride = 1; axis >= 0; stride *= Axes[axis], axis--)
        {
            strides[axis] = stride;
        }

        var places = new int[Count];
        var position = new int[Order.Length];
        for (var element = 0; element < places.Length; element++)
        {
            for (var k = 0; k < Order.Length; k++)
            {
                places[element] += position[k] * strides[Order[k]];
            }

            for (var k = Order.Length - 1; k >= 0 && ++position[k] == Axes[Order[k]]; k--)
            {
                position[k] = 0;
            }
        }

        return places;
    }
}

/// <summary>
/// A named block of numbers that belongs to a model: trained (weights, biases) or kept (running statistics). Its name is the one in
/// PyTorch's state_dict, for example <c>encoder.0.weight</c>.
/// </summary>
public sealed record Parameter(string Name, Layout Layout, Initial Initial, bool Trained)
{
    public int Count => Layout.Count;
}
