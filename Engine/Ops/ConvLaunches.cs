namespace Estampa.Engine;

/// <summary>
/// How a convolution is launched, be it of images as they are or of resized ones: its kernels, and its working memory, which is the
/// processor's packed weights and groups' sums, or on other devices the parts of products.
/// </summary>
internal sealed class ConvLaunches(Op op, ConvSizes sizes)
{
    public required Kernel<ConvArguments> ForwardKernel { get; init; }

    public required Kernel<ConvArguments> InputKernel { get; init; }

    public required Kernel<ConvArguments> WeightKernel { get; init; }

    /// <summary>In training; in evaluation the packed weights last, as long as the weights do.</summary>
    public required Scratch ForwardWorking { get; init; }

    public required Scratch PackedWeights { get; init; }

    public required Scratch InputWorking { get; init; }

    public required Scratch WeightWorking { get; init; }

    /// <summary>Those of the definition, so that rates compare; some routes need fewer.</summary>
    public long Flops => 2L * op.Output.Shape.Count * sizes.Kernel * sizes.Kernel * sizes.InputChannels;

    private Tensor Input => op.Inputs[0];

    private Tensor Weight => op.Inputs[1];

    private Tensor Bias => op.Inputs[2];

    public void Forward(Recording recording) => recording.Launch(
        ForwardKernel,
        new ConvArguments
        {
            Input = recording.Value(Input),
            Weight = recording.Value(Weight),
            Bias = recording.Value(Bias),
            Output = recording.Value(op.Output),
            Working = recording.Scratch(recording.Training ? ForwardWorking : PackedWeights),
            Sizes = sizes,
        },
        op.Output.Shape.Count);

    public void Backward(Recording recording)
    {
        var arguments = new ConvArguments
        {
            Input = recording.Value(Input),
            Weight = recording.Value(Weight),
            OutputGradient = recording.OutputGradient(op.Output),
            Working = recording.Scratch(WeightWorking),
            Sizes = sizes,
        };
        arguments.WeightGradient = recording.InputGradient(Weight, out arguments.Keep);
        arguments.BiasGradient = recording.InputGradient(Bias, out arguments.KeepBias);
        recording.Launch(WeightKernel, arguments, Weight.Shape.Count + sizes.OutputChannels);
        if (Input.IsDifferentiable)
        {
            arguments.Working = recording.Scratch(InputWorking);
            arguments.InputGradient = recording.InputGradient(Input, out arguments.Keep);
            recording.Launch(InputKernel, arguments, Input.Shape.Count);
        }
    }
}
