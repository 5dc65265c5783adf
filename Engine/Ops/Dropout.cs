using ILGPU;

namespace Estampa.Engine;

/// <summary>What the dropout's kernels read and write.</summary>
public struct DropoutArguments
{
    /// <summary>The input, or the gradient of the output.</summary>
    public ArrayView<float> Input;

    /// <summary>The output, or the gradient of the input.</summary>
    public ArrayView<float> Output;
    public ArrayView<int> Clock;
    public int Stream;
    public float Probability;
    public int Batch;

    /// <summary>Elements of a sample.</summary>
    public int Sample;
    public int Keep;
}

/// <summary>
/// Dropout (Srivastava et al. 2014): training multiplies each element by 0 with a probability p, by 1 / (1 - p) otherwise, anew at each
/// step; evaluation passes it through. Element e of step t is dropped where the uniform number of (seed, name, t, e) is below p, so the
/// backward pass draws the same again and nothing is stored.
/// </summary>
public sealed class Dropout : Op, INoisy
{
    internal static readonly Kernel<DropoutArguments> ForwardKernel = new("dropout.forward", Drop, Route(DropHost));

    internal static readonly Kernel<DropoutArguments> EvaluateKernel = new("dropout.evaluate", Pass, Route(PassHost));

    internal static readonly Kernel<DropoutArguments> BackwardKernel = new("dropout.backward", Drop, Route(DropHost));

    private readonly float probability;

    internal Dropout(string name, Tensor input, float probability)
        : base(name, input.Shape, input)
    {
        this.probability = probability;
    }

    public override void Forward(Recording recording) => recording.Launch(
        recording.Training ? ForwardKernel : EvaluateKernel,
        Arguments(recording) with { Input = recording.Value(Inputs[0]), Output = recording.Value(Output) },
        Output.Shape.Count);

    public override void Backward(Recording recording)
    {
        var arguments = Arguments(recording) with { Input = recording.OutputGradient(Output) };
        arguments.Output = recording.InputGradient(Inputs[0], out arguments.Keep);
        recording.Launch(BackwardKernel, arguments, Output.Shape.Count);
    }

    private DropoutArguments Arguments(Recording recording) => new()
    {
        Clock = recording.Clock,
        Stream = (int)Noise.Stream(Name),
        Probability = probability,
        Batch = Output.Shape.Batch,
        Sample = Output.Shape.Sample,
    };

    private static void Drop(Index1D index, DropoutArguments arguments)
    {
        var uniform = Noise.Uniform(
            (uint)arguments.Clock[0], (uint)arguments.Clock[1], (uint)arguments.Stream, (uint)arguments.Clock[2], (uint)index.X);
        var result = uniform < arguments.Probability ? 0f : arguments.Input[index] * (1f / (1f - arguments.Probability));
        arguments.Output[index] = arguments.Keep == 0 ? result : arguments.Output[index] + result;
    }

    private static void Pass(Index1D index, DropoutArguments arguments) => arguments.Output[index] = arguments.Input[index];

    private static ImageRoute<DropoutArguments> Route(ImageBody<DropoutArguments> body) => new(arguments => arguments.Batch, body);

    private static unsafe void DropHost(in DropoutArguments arguments, in Slice slice)
    {
        float* input = slice.Images(arguments.Input, arguments.Sample), output = slice.Images(arguments.Output, arguments.Sample);
        var clock = HostMemory.Address(arguments.Clock);
        uint low = (uint)clock[0], high = (uint)clock[1], step = (uint)clock[2], stream = (uint)arguments.Stream;
        var (probability, scale) = (arguments.Probability, 1f / (1f - arguments.Probability));
        for (var element = slice.First * arguments.Sample; element < slice.End * arguments.Sample; element++)
        {
            var result = Noise.Uniform(low, high, stream, step, (uint)element) < probability ? 0f : input[element] * scale;
            output[element] = arguments.Keep == 0 ? result : output[element] + result;
        }
    }

    private static unsafe void PassHost(in DropoutArguments arguments, in Slice slice)
    {
        var count = slice.Count * arguments.Sample;
        new ReadOnlySpan<float>(slice.FirstImage(arguments.Input, arguments.Sample), count)
            .CopyTo(new Span<float>(slice.FirstImage(arguments.Output, arguments.Sample), count));
    }
}

/// <summary>The call that adds dropout to a graph.</summary>
public static class DropoutCall
{
    /// <summary>
    /// Drops elements with a probability in training and scales up the others; a probability of 0 adds nothing and gives the input back.
    /// </summary>
    /// <param name="input">Of any shape.</param>
    /// <param name="name">What the numbers are drawn by; two draws of one graph need two names.</param>
    /// <param name="probability">Share of the elements to drop, in [0, 1).</param>
    /// <exception cref="ArgumentException">The probability is outside its range, or the name is taken.</exception>
    public static Tensor Dropout(this Tensor input, string name, float probability)
    {
        if (!(probability is >= 0f and < 1f))
        {
            throw new ArgumentException($"Dropout '{name}' of {input.Shape}: the probability must be in [0, 1), got {probability}");
        }

        return probability == 0f ? input : new Dropout(input.Graph.NewDraw(name), input, probability).Output;
    }
}
