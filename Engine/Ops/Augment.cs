using System.Numerics.Tensors;
using ILGPU;

namespace Estampa.Engine;

/// <summary>What <see cref="AugmentCall.Augment"/> does to training images; each group of images draws for itself at each step.</summary>
public sealed record Augmentation
{
    /// <summary>A turn by 0, 90, 180 or 270 degrees; square images only.</summary>
    public bool Turns { get; init; }

    /// <summary>Left and right exchanged, or not; with turns all eight symmetries of the square are as likely.</summary>
    public bool Flips { get; init; }

    /// <summary>Whole pixels by which images move at most, along rows and along columns; edge pixels are repeated behind.</summary>
    public int Shift { get; init; }

    /// <summary>Standard deviation of normal noise, which each number draws for itself; it is added last.</summary>
    public float Noise { get; init; }

    /// <summary>Images that follow each other in the batch and turn, flip and move together: the steps of a sequence.</summary>
    public int Group { get; init; } = 1;
}

/// <summary>What the augmenting kernels read and write.</summary>
public struct AugmentArguments
{
    public ArrayView<float> Input;
    public ArrayView<float> Output;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> InputGradient;
    public ArrayView<int> Clock;

    /// <summary>What movements are drawn by, and what noise is.</summary>
    public int Stream;
    public int NoiseStream;
    public int Batch;
    public int Height;
    public int Width;
    public int Channels;

    /// <summary>1 or 0.</summary>
    public int Turns;
    public int Flips;
    public int Shift;
    public float Deviation;
    public int Group;
    public int Keep;
}

/// <summary>
/// Random quarter turns, mirror images, shifts and noise in training; evaluation passes images through. Movements depend on
/// (seed, name, step, group) and noise on (seed, name, step, element), so the backward pass draws the same again and nothing is stored.
/// </summary>
public sealed class Augment : Op, INoisy
{
    internal static readonly Kernel<AugmentArguments> ForwardKernel = new("augment.forward", Forward, Route(ForwardHost));

    internal static readonly Kernel<AugmentArguments> EvaluateKernel = new("augment.evaluate", Pass, Route(PassHost));

    internal static readonly Kernel<AugmentArguments> BackwardKernel = new("augment.backward", Backward, Route(BackwardHost));

    private readonly Augmentation augmentation;

    internal Augment(string name, Tensor input, Augmentation augmentation)
        : base(name, input.Shape, input)
    {
        this.augmentation = augmentation;
    }

    public override void Forward(Recording recording) => recording.Launch(
        recording.Training ? ForwardKernel : EvaluateKernel,
        Arguments(recording) with { Input = recording.Value(Inputs[0]), Output = recording.Value(Output) },
        Output.Shape.Count);

    public override void Backward(Recording recording)
    {
        var arguments = Arguments(recording) with { OutputGradient = recording.OutputGradient(Output) };
        arguments.InputGradient = recording.InputGradient(Inputs[0], out arguments.Keep);
        recording.Launch(BackwardKernel, arguments, Output.Shape.Count);
    }

    private AugmentArguments Arguments(Recording recording) => new()
    {
        Clock = recording.Clock,
        Stream = (int)Noise.Stream(Name),
        NoiseStream = (int)Noise.Stream($"{Name}.noise"),
        Batch = Output.Shape.Batch,
        Height = Output.Shape.Height,
        Width = Output.Shape.Width,
        Channels = Output.Shape.Channels,
        Turns = augmentation.Turns ? 1 : 0,
        Flips = augmentation.Flips ? 1 : 0,
        Shift = augmentation.Shift,
        Deviation = augmentation.Noise,
        Group = augmentation.Group,
    };

    private static void Forward(Index1D index, AugmentArguments arguments)
    {
        int channel = index % arguments.Channels, pixel = index / arguments.Channels;
        int pixels = arguments.Height * arguments.Width, image = pixel / pixels;
        int source = (image * pixels) + new Movement(arguments, image).Source(pixel % pixels);
        arguments.Output[index] = arguments.Input[(source * arguments.Channels) + channel] + Draw(arguments, index);
    }

    private static float Draw(AugmentArguments arguments, int element) => arguments.Deviation == 0f
        ? 0f
        : arguments.Deviation * Noise.Normal(
            (uint)arguments.Clock[0], (uint)arguments.Clock[1], (uint)arguments.NoiseStream, (uint)arguments.Clock[2], (uint)element);

    private static void Pass(Index1D index, AugmentArguments arguments) => arguments.Output[index] = arguments.Input[index];

    /// <summary>An edge pixel may be shown several times, and any pixel not at all.</summary>
    private static void Backward(Index1D index, AugmentArguments arguments)
    {
        int channel = index % arguments.Channels, pixel = index / arguments.Channels;
        int pixels = arguments.Height * arguments.Width, image = pixel / pixels;
        int row = pixel % pixels / arguments.Width, column = pixel % arguments.Width;
        var movement = new Movement(arguments, image);
        var sum = arguments.Keep == 0 ? 0f : arguments.InputGradient[index];
        int endRow = movement.EndRow(row), endColumn = movement.EndColumn(column);
        for (var r = movement.FirstRow(row); r < endRow; r++)
        {
            for (var c = movement.FirstColumn(column); c < endColumn; c++)
            {
                int place = (image * pixels) + movement.Place(r, c);
                sum += arguments.OutputGradient[(place * arguments.Channels) + channel];
            }
        }

        arguments.InputGradient[index] = sum;
    }

    private static ImageRoute<AugmentArguments> Route(ImageBody<AugmentArguments> body) => new(arguments => arguments.Batch, body);

    private static unsafe void ForwardHost(in AugmentArguments arguments, in Slice slice)
    {
        int channels = arguments.Channels, pixels = arguments.Height * arguments.Width, sample = pixels * channels;
        float* input = slice.Images(arguments.Input, sample), output = slice.Images(arguments.Output, sample);
        for (var image = slice.First; image < slice.End; image++)
        {
            var movement = new Movement(arguments, image);
            for (var pixel = image * pixels; pixel < (image + 1) * pixels; pixel++)
            {
                var source = input + ((nint)((image * pixels) + movement.Source(pixel - (image * pixels))) * channels);
                for (var channel = 0; channel < channels; channel++)
                {
                    var element = (pixel * channels) + channel;
                    output[element] = source[channel] + Draw(arguments, element);
                }
            }
        }
    }

    private static unsafe void PassHost(in AugmentArguments arguments, in Slice slice)
    {
        var sample = arguments.Height * arguments.Width * arguments.Channels;
        new ReadOnlySpan<float>(slice.FirstImage(arguments.Input, sample), slice.Count * sample)
            .CopyTo(new Span<float>(slice.FirstImage(arguments.Output, sample), slice.Count * sample));
    }

    private static unsafe void BackwardHost(in AugmentArguments arguments, in Slice slice)
    {
        int channels = arguments.Channels, pixels = arguments.Height * arguments.Width, sample = pixels * channels;
        float* gradients = slice.Images(arguments.OutputGradient, sample), target = slice.FirstImage(arguments.InputGradient, sample);
        for (var image = slice.First; image < slice.End; image++)
        {
            var movement = new Movement(arguments, image);
            for (var pixel = 0; pixel < pixels; pixel++, target += channels)
            {
                var sums = new Span<float>(target, channels);
                if (arguments.Keep == 0)
                {
                    sums.Clear();
                }

                int row = pixel / arguments.Width, column = pixel % arguments.Width;
                for (var r = movement.FirstRow(row); r < movement.EndRow(row); r++)
                {
                    for (var c = movement.FirstColumn(column); c < movement.EndColumn(column); c++)
                    {
                        var source = gradients + ((nint)((image * pixels) + movement.Place(r, c)) * channels);
                        TensorPrimitives.Add(sums, new ReadOnlySpan<float>(source, channels), sums);
                    }
                }
            }
        }
    }
}

/// <summary>How one image moves: shifted by whole pixels, then mirrored, then turned counter-clockwise.</summary>
internal readonly struct Movement
{
    private readonly int height;
    private readonly int width;
    private readonly int down;
    private readonly int right;
    private readonly int isMirrored;
    private readonly int turns;

    public Movement(AugmentArguments arguments, int image)
    {
        height = arguments.Height;
        width = arguments.Width;
        int first = image / arguments.Group * 4, steps = (2 * arguments.Shift) + 1;
        down = Draw(arguments, first, steps) - arguments.Shift;
        right = Draw(arguments, first + 1, steps) - arguments.Shift;
        isMirrored = arguments.Flips * Draw(arguments, first + 2, 2);
        turns = arguments.Turns * Draw(arguments, first + 3, CyclicSlice.Turns);
    }

    /// <summary>The input pixel that the output shows at its pixel.</summary>
    public int Source(int pixel)
    {
        int turned = CyclicSlice.Source(turns, pixel / width, pixel % width, width);
        int row = (turned / width) - down, column = Mirrored(turned % width) - right;
        row = row < 0 ? 0 : row < height ? row : height - 1;
        column = column < 0 ? 0 : column < width ? column : width - 1;
        return (row * width) + column;
    }

    /// <summary>The first row of the shifted image that shows a row of the input; the edges are shown again behind them.</summary>
    public int FirstRow(int row) => First(row, down);

    public int EndRow(int row) => End(row, down, height);

    public int FirstColumn(int column) => First(column, right);

    public int EndColumn(int column) => End(column, right, width);

    /// <summary>Where the output shows a pixel of the shifted image.</summary>
    public int Place(int row, int column) =>
        CyclicSlice.Source((CyclicSlice.Turns - turns) % CyclicSlice.Turns, row, Mirrored(column), width);

    private static int First(int place, int shift) => place == 0 || place + shift < 0 ? 0 : place + shift;

    private static int End(int place, int shift, int count) => place == count - 1 || place + shift >= count ? count : place + shift + 1;

    /// <summary>A whole number from 0 up to, not including, <paramref name="count"/>.</summary>
    private static int Draw(AugmentArguments arguments, int element, int count) => (int)(count * Noise.Uniform(
        (uint)arguments.Clock[0], (uint)arguments.Clock[1], (uint)arguments.Stream, (uint)arguments.Clock[2], (uint)element));

    private int Mirrored(int column) => isMirrored == 0 ? column : width - 1 - column;
}

/// <summary>The call that adds augmentation to a graph.</summary>
public static class AugmentCall
{
    /// <summary>
    /// Images changed at random in training, and as they are in evaluation; where nothing is asked for, nothing is added to the graph.
    /// </summary>
    /// <param name="input">Images.</param>
    /// <param name="augmentation">What may happen to them.</param>
    /// <param name="name">What it is drawn by; two draws of one graph need two names.</param>
    /// <exception cref="ShapeException">Images that are to be turned are not square, or the batch is no whole number of groups.</exception>
    /// <exception cref="ArgumentException">A setting is outside its range, or the name is taken.</exception>
    public static Tensor Augment(this Tensor input, Augmentation augmentation, string name = "augment")
    {
        var shape = input.Shape;
        if (augmentation.Shift < 0 || !(augmentation.Noise >= 0f && float.IsFinite(augmentation.Noise)))
        {
            throw new ArgumentException(
                $"Augment '{name}' of {shape}: shift {augmentation.Shift} and noise {augmentation.Noise} must be finite and at least 0");
        }

        if (augmentation.Shift > 0 && augmentation.Shift >= Math.Min(shape.Height, shape.Width))
        {
            throw new ShapeException($"Augment '{name}': a shift of {augmentation.Shift} moves '{input.Name}' {shape} out of sight");
        }

        if (augmentation.Turns && shape.Height != shape.Width)
        {
            throw new ShapeException($"Augment '{name}': '{input.Name}' is {shape}, and only square images keep their shape when turned");
        }

        if (augmentation.Group < 1 || shape.Batch % augmentation.Group != 0)
        {
            throw new ShapeException($"Augment '{name}': '{input.Name}' {shape} is no whole number of groups of {augmentation.Group}");
        }

        var isIdle = augmentation is { Turns: false, Flips: false, Shift: 0, Noise: 0f };
        return isIdle ? input : new Augment(input.Graph.NewDraw(name), input, augmentation).Output;
    }
}
