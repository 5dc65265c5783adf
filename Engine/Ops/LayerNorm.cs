using ILGPU;
using ILGPU.Algorithms;

namespace Estampa.Engine;

/// <summary>What the kernels of layer normalisation read and write.</summary>
public struct LayerNormArguments
{
    public ArrayView<float> Input;
    public ArrayView<float> Output;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> InputGradient;

    /// <summary>A number for each place of a row.</summary>
    public ArrayView<float> Scale;
    public ArrayView<float> Shift;
    public ArrayView<float> ScaleGradient;
    public ArrayView<float> ShiftGradient;

    /// <summary>Mean and 1 / sqrt(variance + epsilon) of each row, one beside the other.</summary>
    public ArrayView<float> Statistics;
    public int Batch;

    /// <summary>Rows of the whole batch.</summary>
    public int Rows;

    /// <summary>Numbers of a row.</summary>
    public int Width;
    public float Epsilon;
    public int Keep;
    public int KeepScale;
    public int KeepShift;
}

/// <summary>
/// Layer normalisation (Ba, Kiros and Hinton 2016, arXiv:1607.06450), PyTorch's semantics:
/// y = scale (x - mean) / sqrt(variance + epsilon) + shift over each row by itself, with the biased variance; a row is a pixel's channels
/// or a whole sample. Training and evaluation are the same.
/// </summary>
public sealed class LayerNorm : Op
{
    internal static readonly Kernel<LayerNormArguments> ForwardKernel = new("layerNorm.forward", Forward, LayerNormHost.Forward)
    {
        Devices = new() { Grouped = LayerNormGrouped.Forward },
    };

    internal static readonly Kernel<LayerNormArguments> InputKernel =
        new("layerNorm.inputGradient", InputGradient, LayerNormHost.InputGradient)
        {
            Devices = new() { Grouped = LayerNormGrouped.InputGradient },
        };

    internal static readonly Kernel<LayerNormArguments> ParameterKernel =
        new("layerNorm.parameterGradient", ParameterGradient, LayerNormHost.ParameterGradient)
        {
            Devices = new() { Grouped = LayerNormGrouped.ParameterGradient },
        };

    private readonly Scratch statistics;
    private readonly int width;
    private readonly float epsilon;

    internal LayerNorm(string name, Tensor input, Tensor scale, Tensor shift, float epsilon)
        : base(name, input.Shape, input, scale, shift)
    {
        this.epsilon = epsilon;
        width = scale.Shape.Count;
        statistics = new Scratch(checked(2 * (input.Shape.Count / width)));
    }

    public override bool CanRemake => true;

    public override void Forward(Recording recording)
    {
        var arguments = Arguments(recording);
        arguments.Shift = recording.Value(Inputs[2]);
        arguments.Output = recording.Value(Output);
        recording.Launch(ForwardKernel, arguments, arguments.Rows);
    }

    /// <summary>The statistics are written once more, with the same bits.</summary>
    public override void Remake(Recording recording) => Forward(recording);

    public override void Backward(Recording recording)
    {
        var arguments = Arguments(recording);
        arguments.OutputGradient = recording.OutputGradient(Output);
        arguments.ScaleGradient = recording.InputGradient(Inputs[1], out arguments.KeepScale);
        arguments.ShiftGradient = recording.InputGradient(Inputs[2], out arguments.KeepShift);
        recording.Launch(ParameterKernel, arguments, width);
        if (Inputs[0].IsDifferentiable)
        {
            arguments.InputGradient = recording.InputGradient(Inputs[0], out arguments.Keep);
            recording.Launch(InputKernel, arguments, arguments.Rows);
        }
    }

    private LayerNormArguments Arguments(Recording recording) => new()
    {
        Input = recording.Value(Inputs[0]),
        Scale = recording.Value(Inputs[1]),
        Statistics = recording.Scratch(statistics),
        Batch = Output.Shape.Batch,
        Rows = Output.Shape.Count / width,
        Width = width,
        Epsilon = epsilon,
    };

    /// <summary>One call a row.</summary>
    private static void Forward(Index1D row, LayerNormArguments arguments)
    {
        int first = row * arguments.Width;
        var sum = 0f;
        for (var place = 0; place < arguments.Width; place++)
        {
            sum += arguments.Input[first + place];
        }

        var mean = sum / arguments.Width;
        var squares = 0f;
        for (var place = 0; place < arguments.Width; place++)
        {
            var distance = arguments.Input[first + place] - mean;
            squares += distance * distance;
        }

        var deviation = 1f / XMath.Sqrt((squares / arguments.Width) + arguments.Epsilon);
        int statistics = 2 * row;
        arguments.Statistics[statistics] = mean;
        arguments.Statistics[statistics + 1] = deviation;
        for (var place = 0; place < arguments.Width; place++)
        {
            var normal = (arguments.Input[first + place] - mean) * deviation;
            arguments.Output[first + place] = (normal * arguments.Scale[place]) + arguments.Shift[place];
        }
    }

    /// <summary>
    /// One call a row: with n the normalised input and h = g scale, dx = deviation (h - mean of h - n times the mean of h n).
    /// </summary>
    private static void InputGradient(Index1D row, LayerNormArguments arguments)
    {
        int first = row * arguments.Width, statistics = 2 * row;
        float mean = arguments.Statistics[statistics], deviation = arguments.Statistics[statistics + 1];
        float sum = 0f, product = 0f;
        for (var place = 0; place < arguments.Width; place++)
        {
            var gradient = arguments.OutputGradient[first + place] * arguments.Scale[place];
            sum += gradient;
            product += gradient * ((arguments.Input[first + place] - mean) * deviation);
        }

        sum /= arguments.Width;
        product /= arguments.Width;
        for (var place = 0; place < arguments.Width; place++)
        {
            var element = first + place;
            var normal = (arguments.Input[element] - mean) * deviation;
            var result = deviation * ((arguments.OutputGradient[element] * arguments.Scale[place]) - sum - (normal * product));
            arguments.InputGradient[element] = arguments.Keep == 0 ? result : arguments.InputGradient[element] + result;
        }
    }

    /// <summary>One call a place of a row: the sums of g and g n over the rows.</summary>
    private static void ParameterGradient(Index1D place, LayerNormArguments arguments)
    {
        float sum = 0f, product = 0f;
        for (var row = 0; row < arguments.Rows; row++)
        {
            int element = (row * arguments.Width) + place;
            var gradient = arguments.OutputGradient[element];
            sum += gradient;
            product += gradient * ((arguments.Input[element] - arguments.Statistics[2 * row]) * arguments.Statistics[(2 * row) + 1]);
        }

        arguments.ShiftGradient[place] = arguments.KeepShift == 0 ? sum : arguments.ShiftGradient[place] + sum;
        arguments.ScaleGradient[place] = arguments.KeepScale == 0 ? product : arguments.ScaleGradient[place] + product;
    }
}

/// <summary>The calls that add layer normalisation to a graph.</summary>
public static class LayerNormCall
{
    /// <summary>Normalises the channels of each pixel, of rows those of each sample: PyTorch's <c>LayerNorm(channels)</c>.</summary>
    /// <param name="input">Images (batch, height, width, channels) or rows (batch, channels).</param>
    /// <param name="name">Parameters are name.weight and name.bias, one number a channel.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public static Tensor LayerNorm(this Tensor input, string name, float epsilon = 1e-5f) =>
        input.LayerNorm(name, Layout.Plain(input.Shape.Channels), epsilon);

    /// <summary>Normalises each sample as a whole: PyTorch's <c>LayerNorm([channels, height, width])</c>.</summary>
    /// <param name="input">Images (batch, height, width, channels) or rows (batch, channels).</param>
    /// <param name="name">
    /// Parameters are name.weight and name.bias, one number an element of a sample, in files as (channels, height, width).
    /// </param>
    /// <param name="epsilon">Added to the variance.</param>
    public static Tensor SampleLayerNorm(this Tensor input, string name, float epsilon = 1e-5f)
    {
        var (_, height, width, channels) = input.Shape;
        return input.LayerNorm(
            name,
            height == 1 && width == 1
                ? Layout.Plain(channels)
                : new Layout([channels, height, width], [channels, height, width], [1, 2, 0]),
            epsilon);
    }

    private static Tensor LayerNorm(this Tensor input, string name, Layout layout, float epsilon) =>
        input.Graph.Whole($"LayerNorm '{name}' of {input.Shape}", () => new LayerNorm(
            name,
            input,
            input.Graph.Parameter($"{name}.weight", layout, Initial.Constant(1f)),
            input.Graph.Parameter($"{name}.bias", layout, Initial.Constant(0f)),
            epsilon).Output);
}
