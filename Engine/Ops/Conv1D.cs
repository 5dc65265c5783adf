namespace Estampa.Engine;

/// <summary>The call that adds a one-dimensional convolution to a graph: windows over time, and a linear layer over each.</summary>
public static class Conv1DCall
{
    /// <summary>
    /// A causal convolution over time, (batch, steps, width, channels) to (batch, windows, width, outputChannels), each column by itself;
    /// windows are those of <see cref="UnfoldCall.Unfold"/>. It is PyTorch's nn.Conv1d over sequences with <paramref name="padding"/> zeros
    /// before the first step alone, and its parameters are named and laid out as there: name.weight (out, in, kernel) and name.bias.
    /// </summary>
    /// <exception cref="ShapeException">A window is longer than a sequence with its padding, or a number is out of its range.</exception>
    public static Tensor Conv1D(
        this Tensor input, string name, int outputChannels, int kernel, int padding = 0, int dilation = 1, InitialRule? initial = null)
    {
        if (outputChannels < 1)
        {
            throw new ShapeException($"Conv1D '{name}' of {input.Shape}: {outputChannels} output channels");
        }

        return input.Graph.Whole(
            $"Conv1D '{name}' of {input.Shape}", () => Add(input, name, outputChannels, kernel, padding, dilation, initial));
    }

    private static Tensor Add(
        Tensor input, string name, int outputChannels, int kernel, int padding, int dilation, InitialRule? initial)
    {
        var windows = input.Unfold(kernel, padding, dilation);
        var rows = windows.Reshape(new Shape(windows.Shape.Pixels, windows.Shape.Channels));
        LinearCall.CheckSizes(rows.Shape, outputChannels);
        int channels = input.Shape.Channels, fanIn = rows.Shape.Channels, fanOut = checked(kernel * outputChannels);
        var weight = input.Graph.Parameter(
            $"{name}.weight", Layout.Conv1D(channels, outputChannels, kernel), initial?.Invoke(fanIn, fanOut) ?? Initial.PyTorch(fanIn));
        var bias = input.Graph.Parameter($"{name}.bias", Layout.Plain(outputChannels), Initial.PyTorch(fanIn));
        return new Linear(name, rows, weight, bias, new Shape(rows.Shape.Batch, outputChannels)).Output
            .Reshape(windows.Shape with { Channels = outputChannels });
    }
}
