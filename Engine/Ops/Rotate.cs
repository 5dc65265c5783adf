using ILGPU;
using ILGPU.Algorithms;

namespace Estampa.Engine;

/// <summary>What the rotating kernels read and write.</summary>
public struct RotateArguments
{
    public ArrayView<float> Input;
    public ArrayView<float> Output;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> InputGradient;
    public ArrayView<int> Clock;
    public int Stream;

    /// <summary>Images of the input.</summary>
    public int Batch;
    public int Copies;
    public int Height;
    public int Width;
    public int Channels;

    /// <summary>Height and width of the output.</summary>
    public int Side;

    /// <summary>In radians; 0 in evaluation.</summary>
    public float Jitter;
    public int Keep;
}

/// <summary>
/// Copies of each image turned counter-clockwise about its centre, with bilinear interpolation and zeros outside, cropped to a square:
/// sample copies * b + i of the output is image b turned by 2 pi i / copies + u, where training draws u uniformly in [-jitter, jitter] for
/// each image at each step, by (seed, name, step, image), and evaluation has u = 0. <see cref="CyclicPool"/> ends it, as it does
/// <see cref="CyclicSlice"/>, which is four copies without crop or jitter.
/// </summary>
public sealed class Rotate : Op, INoisy
{
    // No image routes: a chain cuts all its tensors at the same images, and here the output has more of them than the input.
    internal static readonly Kernel<RotateArguments> ForwardKernel = new(
        "rotate.forward", Forward, new HostRoute<RotateArguments>(arguments => arguments.Batch, 4, ForwardHost));

    internal static readonly Kernel<RotateArguments> BackwardKernel = new(
        "rotate.backward", Backward, new HostRoute<RotateArguments>(arguments => arguments.Batch, 4, BackwardHost));

    private readonly int copies;
    private readonly float jitter;

    internal Rotate(string name, Tensor input, Shape output, float jitter)
        : base(name, output, input)
    {
        copies = output.Batch / input.Shape.Batch;
        this.jitter = jitter;
    }

    public override void Forward(Recording recording)
    {
        var arguments = Arguments(recording) with { Input = recording.Value(Inputs[0]), Output = recording.Value(Output) };
        recording.Launch(ForwardKernel, arguments, Output.Shape.Count);
    }

    public override void Backward(Recording recording)
    {
        var arguments = Arguments(recording) with { OutputGradient = recording.OutputGradient(Output) };
        arguments.InputGradient = recording.InputGradient(Inputs[0], out arguments.Keep);
        recording.Launch(BackwardKernel, arguments, Inputs[0].Shape.Count);
    }

    private RotateArguments Arguments(Recording recording) => new()
    {
        Clock = recording.Clock,
        Stream = (int)Noise.Stream(Name),
        Batch = Inputs[0].Shape.Batch,
        Copies = copies,
        Height = Inputs[0].Shape.Height,
        Width = Inputs[0].Shape.Width,
        Channels = Inputs[0].Shape.Channels,
        Side = Output.Shape.Height,
        Jitter = recording.Training ? jitter : 0f,
    };

    private static void Forward(Index1D index, RotateArguments arguments)
    {
        int channel = index % arguments.Channels, pixel = index / arguments.Channels, side = arguments.Side;
        int copy = pixel / (side * side), image = copy / arguments.Copies;
        var rotation = new Rotation(arguments, image, copy % arguments.Copies);
        float row = rotation.Row(pixel / side % side, pixel % side), column = rotation.Column(pixel / side % side, pixel % side);
        int top = Rotation.Floor(row), left = Rotation.Floor(column);
        float below = row - top, beside = column - left;
        arguments.Output[index] = ((1f - below) * (((1f - beside) * At(arguments, image, top, left, channel))
                + (beside * At(arguments, image, top, left + 1, channel))))
            + (below * (((1f - beside) * At(arguments, image, top + 1, left, channel))
                + (beside * At(arguments, image, top + 1, left + 1, channel))));
    }

    /// <summary>An input pixel; 0 outside.</summary>
    private static float At(RotateArguments arguments, int image, int row, int column, int channel)
    {
        var number = 0f;
        if (row >= 0 && row < arguments.Height && column >= 0 && column < arguments.Width)
        {
            int pixel = (((image * arguments.Height) + row) * arguments.Width) + column;
            number = arguments.Input[(pixel * arguments.Channels) + channel];
        }

        return number;
    }

    /// <summary>Of each copy, the few pixels that show the image within one row and one column of this pixel.</summary>
    private static void Backward(Index1D index, RotateArguments arguments)
    {
        int channel = index % arguments.Channels, pixel = index / arguments.Channels, side = arguments.Side;
        int row = pixel / arguments.Width % arguments.Height, column = pixel % arguments.Width;
        int image = pixel / arguments.Width / arguments.Height;
        var sum = arguments.Keep == 0 ? 0f : arguments.InputGradient[index];
        for (var copy = 0; copy < arguments.Copies; copy++)
        {
            var rotation = new Rotation(arguments, image, copy);
            float middleRow = rotation.CopyRow(row, column), middleColumn = rotation.CopyColumn(row, column);
            var reach = rotation.Reach;
            int endRow = Rotation.Floor(middleRow + reach) + 1, endColumn = Rotation.Floor(middleColumn + reach) + 1;
            int firstRow = Rotation.Floor(middleRow - reach), firstColumn = Rotation.Floor(middleColumn - reach);
            endRow = endRow < side ? endRow : side;
            endColumn = endColumn < side ? endColumn : side;
            firstRow = firstRow > 0 ? firstRow : 0;
            firstColumn = firstColumn > 0 ? firstColumn : 0;
            for (var r = firstRow; r < endRow; r++)
            {
                for (var c = firstColumn; c < endColumn; c++)
                {
                    var shareOfRow = 1f - XMath.Abs(rotation.Row(r, c) - row);
                    var shareOfColumn = 1f - XMath.Abs(rotation.Column(r, c) - column);
                    if (shareOfRow > 0f && shareOfColumn > 0f)
                    {
                        int place = (((((image * arguments.Copies) + copy) * side) + r) * side) + c;
                        sum += shareOfRow * shareOfColumn * arguments.OutputGradient[(place * arguments.Channels) + channel];
                    }
                }
            }
        }

        arguments.InputGradient[index] = sum;
    }

    private static unsafe void ForwardHost(in RotateArguments arguments, int first, int end)
    {
        var image = arguments.Copies * arguments.Side * arguments.Side * arguments.Channels;
        new Span<float>(HostMemory.Address(arguments.Output) + ((nint)first * image), (end - first) * image).Clear();
        Interpolate(arguments, HostMemory.Address(arguments.Input), HostMemory.Address(arguments.Output), first, end, isBackward: false);
    }

    /// <summary>One part owns an image and all its copies, so here their gradients are added where they go to.</summary>
    private static unsafe void BackwardHost(in RotateArguments arguments, int first, int end)
    {
        float* images = HostMemory.Address(arguments.InputGradient), copies = HostMemory.Address(arguments.OutputGradient);
        if (arguments.Keep == 0)
        {
            var image = arguments.Height * arguments.Width * arguments.Channels;
            new Span<float>(images + ((nint)first * image), (end - first) * image).Clear();
        }

        Interpolate(arguments, images, copies, first, end, isBackward: true);
    }

    /// <summary>Adds to the copies their shares of the images' pixels, or, backwards, to the images their shares of the copies'.</summary>
    private static unsafe void Interpolate(
        in RotateArguments arguments, float* images, float* copies, int first, int end, bool isBackward)
    {
        int channels = arguments.Channels, side = arguments.Side;
        copies += (nint)first * arguments.Copies * side * side * channels;
        for (var copy = first * arguments.Copies; copy < end * arguments.Copies; copy++)
        {
            var image = images + ((nint)(copy / arguments.Copies) * arguments.Height * arguments.Width * channels);
            var rotation = new Rotation(arguments, copy / arguments.Copies, copy % arguments.Copies);
            for (var pixel = 0; pixel < side * side; pixel++, copies += channels)
            {
                float row = rotation.Row(pixel / side, pixel % side), column = rotation.Column(pixel / side, pixel % side);
                int top = Rotation.Floor(row), left = Rotation.Floor(column);
                for (var r = Math.Max(top, 0); r <= Math.Min(top + 1, arguments.Height - 1); r++)
                {
                    for (var c = Math.Max(left, 0); c <= Math.Min(left + 1, arguments.Width - 1); c++)
                    {
                        var share = (r == top ? 1f - (row - top) : row - top) * (c == left ? 1f - (column - left) : column - left);
                        var corner = image + (((r * arguments.Width) + c) * channels);
                        float* source = isBackward ? copies : corner, target = isBackward ? corner : copies;
                        for (var channel = 0; channel < channels; channel++)
                        {
                            target[channel] += share * source[channel];
                        }
                    }
                }
            }
        }
    }
}

/// <summary>The rotation of one copy, about the centre of the image on one side and that of the crop on the other.</summary>
internal readonly struct Rotation
{
    private readonly float cosine;
    private readonly float sine;
    private readonly float middle;
    private readonly float middleRow;
    private readonly float middleColumn;

    public Rotation(RotateArguments arguments, int image, int copy)
    {
        var angle = 2f * MathF.PI * copy / arguments.Copies;
        if (arguments.Jitter > 0f)
        {
            var uniform = Noise.Uniform(
                (uint)arguments.Clock[0], (uint)arguments.Clock[1], (uint)arguments.Stream, (uint)arguments.Clock[2], (uint)image);
            angle += ((2f * uniform) - 1f) * arguments.Jitter;
        }

        cosine = XMath.Cos(angle);
        sine = XMath.Sin(angle);
        middle = (arguments.Side - 1) * 0.5f;
        middleRow = (arguments.Height - 1) * 0.5f;
        middleColumn = (arguments.Width - 1) * 0.5f;
    }

    /// <summary>How far, in rows and in columns, a pixel's neighbours in the image can be from it in the copy.</summary>
    public float Reach => XMath.Abs(cosine) + XMath.Abs(sine);

    /// <summary>Which row of the image the copy shows at its pixel.</summary>
    public float Row(int row, int column) => (cosine * (row - middle)) + (sine * (column - middle)) + middleRow;

    public float Column(int row, int column) => (cosine * (column - middle)) - (sine * (row - middle)) + middleColumn;

    /// <summary>In which row of the copy the image's pixel appears.</summary>
    public float CopyRow(int row, int column) => (cosine * (row - middleRow)) - (sine * (column - middleColumn)) + middle;

    public float CopyColumn(int row, int column) => (sine * (row - middleRow)) + (cosine * (column - middleColumn)) + middle;

    public static int Floor(float number)
    {
        var whole = (int)number;
        return whole > number ? whole - 1 : whole;
    }
}

/// <summary>The call that adds turned copies of images to a graph.</summary>
public static class RotateCall
{
    /// <summary>
    /// Copies of each image that follow each other, turned counter-clockwise by multiples of 2 pi / copies:
    /// (batch, height, width, channels) becomes (copies * batch, side, side, channels). Where the input is square and
    /// side - 1 is at most (input side - 1) / sqrt(2), no copy shows what is outside; that is 0 else.
    /// </summary>
    /// <param name="input">Images.</param>
    /// <param name="copies">How many of each image, evenly over the full turn.</param>
    /// <param name="jitter">Training turns all copies of an image by an angle more, drawn from [-jitter, jitter], in radians.</param>
    /// <param name="side">Height and width of the copies, the centre of the turned image.</param>
    /// <param name="name">What the angles are drawn by; two draws of one graph need two names.</param>
    /// <exception cref="ShapeException">There are no copies, no pixels, or too many.</exception>
    /// <exception cref="ArgumentException">The jitter is negative or not finite, or the name is taken.</exception>
    public static Tensor Rotate(this Tensor input, int copies, float jitter, int side, string name = "rotate")
    {
        if (copies < 1 || (long)copies * input.Shape.Batch > int.MaxValue)
        {
            throw new ShapeException($"Rotate: '{input.Name}' {input.Shape} in {copies} copies");
        }

        if (!(jitter >= 0f && float.IsFinite(jitter)))
        {
            throw new ArgumentException($"Rotate '{name}' of {input.Shape}: the jitter must be an angle of at least 0, got {jitter}");
        }

        var output = new Shape(copies * input.Shape.Batch, side, side, input.Shape.Channels)
            .Checked($"Rotate of '{input.Name}' {input.Shape}");
        return new Rotate(jitter > 0f ? input.Graph.NewDraw(name) : $"rotation of {input.Name}", input, output, jitter).Output;
    }
}
