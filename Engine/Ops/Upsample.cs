using ILGPU;

namespace Estampa.Engine;

/// <summary>What the upsampling kernels read and write.</summary>
public struct UpsampleArguments
{
    public ArrayView<float> Input;
    public ArrayView<float> Output;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> InputGradient;
    public int Batch;
    public int InputHeight;
    public int InputWidth;
    public int OutputHeight;
    public int OutputWidth;
    public int Channels;

    /// <summary>Input rows (columns) an output row (column), as a float: PyTorch rounds this way.</summary>
    public float RowScale;
    public float ColumnScale;
    public int Keep;
}

/// <summary>
/// Nearest-neighbour resizing to any size, up or down, with PyTorch's rule: output row r shows input row
/// min(floor(r * (float)(in / out)), in - 1).
/// </summary>
public sealed class Upsample : Op
{
    internal static readonly Kernel<UpsampleArguments> ForwardKernel = new(
        "upsample.forward", Forward, new ImageRoute<UpsampleArguments>(arguments => arguments.Batch, ForwardHost));

    internal static readonly Kernel<UpsampleArguments> BackwardKernel = new(
        "upsample.backward", Backward, new ImageRoute<UpsampleArguments>(arguments => arguments.Batch, BackwardHost));

    internal Upsample(Tensor input, Shape output)
        : base($"upsample of {input.Name}", output, input)
    {
    }

    public override bool CanRemake => true;

    /// <summary>Whether it doubles rows and columns, perhaps but the last of each: output row r shows input row r / 2.</summary>
    internal bool IsDoubling =>
        Doubles(Inputs[0].Shape.Height, Output.Shape.Height) && Doubles(Inputs[0].Shape.Width, Output.Shape.Width);

    public override void Forward(Recording recording)
    {
        var arguments = Sizes();
        arguments.Input = recording.Value(Inputs[0]);
        arguments.Output = recording.Value(Output);
        recording.Launch(ForwardKernel, arguments, Output.Shape.Count);
    }

    public override void Remake(Recording recording) => Forward(recording);

    public override void Backward(Recording recording)
    {
        var arguments = Sizes();
        arguments.OutputGradient = recording.OutputGradient(Output);
        arguments.InputGradient = recording.InputGradient(Inputs[0], out arguments.Keep);
        recording.Launch(BackwardKernel, arguments, Inputs[0].Shape.Count);
    }

    private UpsampleArguments Sizes() => new()
    {
        Batch = Output.Shape.Batch,
        InputHeight = Inputs[0].Shape.Height,
        InputWidth = Inputs[0].Shape.Width,
        OutputHeight = Output.Shape.Height,
        OutputWidth = Output.Shape.Width,
        Channels = Output.Shape.Channels,
        RowScale = (float)Inputs[0].Shape.Height / Output.Shape.Height,
        ColumnScale = (float)Inputs[0].Shape.Width / Output.Shape.Width,
    };

    /// <summary>Tried row by row, because the rule rounds.</summary>
    private static bool Doubles(int inputs, int outputs) => (outputs + 1) / 2 == inputs
        && Enumerable.Range(0, outputs).All(place => Source(place, (float)inputs / outputs, inputs) == place / 2);

    private static int Source(int place, float scale, int count)
    {
        var source = (int)(place * scale);
        return source < count ? source : count - 1;
    }

    /// <summary>The first output place that shows input place <paramref name="source"/> or a later one.</summary>
    private static int First(int source, float scale, int inputs, int outputs)
    {
        // Division finds it but for rounding; the rule itself decides.
        var place = (int)(source / scale);
        place = place < outputs ? place : outputs;
        while (place > 0 && Source(place - 1, scale, inputs) >= source)
        {
            place--;
        }

        while (place < outputs && Source(place, scale, inputs) < source)
        {
            place++;
        }

        return place;
    }

    private static void Forward(Index1D index, UpsampleArguments arguments)
    {
        var channel = index % arguments.Channels;
        var pixel = index / arguments.Channels;
        var column = Source(pixel % arguments.OutputWidth, arguments.ColumnScale, arguments.InputWidth);
        var line = pixel / arguments.OutputWidth;
        var row = Source(line % arguments.OutputHeight, arguments.RowScale, arguments.InputHeight);
        var image = line / arguments.OutputHeight * arguments.InputHeight;
        arguments.Output[index] = arguments.Input[((((image + row) * arguments.InputWidth) + column) * arguments.Channels) + channel];
    }

    private static void Backward(Index1D index, UpsampleArguments arguments)
    {
        var channel = index % arguments.Channels;
        var pixel = index / arguments.Channels;
        var column = pixel % arguments.InputWidth;
        var line = pixel / arguments.InputWidth;
        var row = line % arguments.InputHeight;
        var image = line / arguments.InputHeight * arguments.OutputHeight;
        var endRow = First(row + 1, arguments.RowScale, arguments.InputHeight, arguments.OutputHeight);
        var firstColumn = First(column, arguments.ColumnScale, arguments.InputWidth, arguments.OutputWidth);
        var endColumn = First(column + 1, arguments.ColumnScale, arguments.InputWidth, arguments.OutputWidth);
        var sum = 0f;
        for (var r = First(row, arguments.RowScale, arguments.InputHeight, arguments.OutputHeight); r < endRow; r++)
        {
            for (var c = firstColumn; c < endColumn; c++)
            {
                sum += arguments.OutputGradient[((((image + r) * arguments.OutputWidth) + c) * arguments.Channels) + channel];
            }
        }

        arguments.InputGradient[index] = arguments.Keep == 0 ? sum : arguments.InputGradient[index] + sum;
    }

    private static unsafe void ForwardHost(in UpsampleArguments arguments, in Slice slice)
    {
        var channels = arguments.Channels;
        int inputSample = arguments.InputHeight * arguments.InputWidth * channels;
        var input = slice.FirstImage(arguments.Input, inputSample);
        var target = slice.FirstImage(arguments.Output, arguments.OutputHeight * arguments.OutputWidth * channels);
        for (var line = 0; line < slice.Count * arguments.OutputHeight; line++)
        {
            var row = Source(line % arguments.OutputHeight, arguments.RowScale, arguments.InputHeight);
            var source = input
                + ((nint)(line / arguments.OutputHeight) * inputSample) + (row * arguments.InputWidth * channels);
            for (var column = 0; column < arguments.OutputWidth; column++, target += channels)
            {
                var from = source + (Source(column, arguments.ColumnScale, arguments.InputWidth) * channels);
                new ReadOnlySpan<float>(from, channels).CopyTo(new Span<float>(target, channels));
            }
        }
    }

    private static unsafe void BackwardHost(in UpsampleArguments arguments, in Slice slice)
    {
        var channels = arguments.Channels;
        int outputSample = arguments.OutputHeight * arguments.OutputWidth * channels;
        var gradients = slice.FirstImage(arguments.OutputGradient, outputSample);
        var target = slice.FirstImage(arguments.InputGradient, arguments.InputHeight * arguments.InputWidth * channels);
        for (var line = 0; line < slice.Count * arguments.InputHeight; line++)
        {
            var row = line % arguments.InputHeight;
            var firstRow = First(row, arguments.RowScale, arguments.InputHeight, arguments.OutputHeight);
            var endRow = First(row + 1, arguments.RowScale, arguments.InputHeight, arguments.OutputHeight);
            var image = gradients + ((nint)(line / arguments.InputHeight) * outputSample);
            for (var column = 0; column < arguments.InputWidth; column++, target += channels)
            {
                var sums = new Span<float>(target, channels);
                if (arguments.Keep == 0)
                {
                    sums.Clear();
                }

                var endColumn = First(column + 1, arguments.ColumnScale, arguments.InputWidth, arguments.OutputWidth);
                for (var r = firstRow; r < endRow; r++)
                {
                    for (var c = First(column, arguments.ColumnScale, arguments.InputWidth, arguments.OutputWidth); c < endColumn; c++)
                    {
                        var source = image + ((((nint)r * arguments.OutputWidth) + c) * channels);
                        System.Numerics.Tensors.TensorPrimitives.Add(sums, new ReadOnlySpan<float>(source, channels), sums);
                    }
                }
            }
        }
    }
}

/// <summary>The call that adds nearest-neighbour resizing to a graph.</summary>
public static class UpsampleCall
{
    /// <summary>
    /// The images at <paramref name="height"/> x <paramref name="width"/> pixels (the width is the height where not given).
    /// </summary>
    /// <exception cref="ShapeException">A side is below 1.</exception>
    public static Tensor Upsample(this Tensor input, int height, int? width = null) =>
        new Upsample(
            input,
            (input.Shape with { Height = height, Width = width ?? height }).Checked($"Upsample of '{input.Name}' {input.Shape}")).Output;
}
