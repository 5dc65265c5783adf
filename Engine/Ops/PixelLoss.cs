using ILGPU;
using ILGPU.Algorithms;

namespace Estampa.Engine;

/// <summary>The loss of one element and its derivative with respect to the prediction.</summary>
public interface IPixelLoss
{
    static abstract string Name { get; }

    static abstract float Value(float prediction, float target);

    static abstract float Slope(float prediction, float target);
}

/// <summary>(prediction - target)^2.</summary>
public readonly struct Squared : IPixelLoss
{
    public static string Name => "squaredError";

    public static float Value(float prediction, float target) => (prediction - target) * (prediction - target);

    public static float Slope(float prediction, float target) => 2f * (prediction - target);
}

/// <summary>-t log p - (1 - t) log(1 - p) of a probability p; the logarithms are held above -100, as in PyTorch.</summary>
public readonly struct CrossEntropy : IPixelLoss
{
    public static string Name => "binaryCrossEntropy";

    public static float Value(float prediction, float target) =>
        -(target * XMath.Max(XMath.Log(prediction), -100f)) - ((1f - target) * XMath.Max(XMath.Log(1f - prediction), -100f));

    public static float Slope(float prediction, float target) =>
        (prediction - target) / XMath.Max(prediction * (1f - prediction), 1e-12f);
}

/// <summary>Binary cross-entropy of the logit x, with p = sigmoid(x): max(x, 0) - x t + log(1 + exp(-|x|)).</summary>
public readonly struct LogitCrossEntropy : IPixelLoss
{
    public static string Name => "logitCrossEntropy";

    public static float Value(float prediction, float target) =>
        XMath.Max(prediction, 0f) - (prediction * target) + XMath.Log(1f + XMath.Exp(-XMath.Abs(prediction)));

    public static float Slope(float prediction, float target) => (1f / (1f + XMath.Exp(-prediction))) - target;
}

/// <summary>What the kernels of losses against a target read and write.</summary>
public struct PixelLossArguments
{
    public ArrayView<float> Prediction;
    public ArrayView<float> Target;

    /// <summary>One number a sample.</summary>
    public ArrayView<float> Output;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> PredictionGradient;

    /// <summary>Elements of a sample.</summary>
    public int Sample;

    /// <summary>1 for the sum over a sample's elements, 1 / Sample for their mean.</summary>
    public float Factor;
    public int Keep;
}

/// <summary>A loss summed or averaged over each sample's elements: (batch, 1).</summary>
public sealed class PixelLoss<TLoss> : Op
    where TLoss : struct, IPixelLoss
{
    internal static readonly Kernel<PixelLossArguments> ForwardKernel = new(
        $"{TLoss.Name}.forward",
        Sum<PixelLossSum<TLoss>, PixelLossArguments>.Portable,
        new HostRoute<PixelLossArguments>(PixelLossSum<TLoss>.Sums, 16, ForwardHost))
    {
        Devices = new() { Grouped = Sum<PixelLossSum<TLoss>, PixelLossArguments>.Grouped },
    };

    internal static readonly Kernel<PixelLossArguments> BackwardKernel = new(
        $"{TLoss.Name}.backward",
        Backward,
        new HostRoute<PixelLossArguments>(arguments => (int)arguments.OutputGradient.Length, 16, BackwardHost));

    private readonly bool mean;

    internal PixelLoss(Tensor prediction, Tensor target, bool mean)
        : base(TLoss.Name, new Shape(prediction.Shape.Batch, 1), prediction, target)
    {
        this.mean = mean;
    }

    public override void Forward(Recording recording) =>
        recording.Launch(ForwardKernel, Arguments(recording) with { Output = recording.Value(Output) }, Output.Shape.Count);

    public override void Backward(Recording recording)
    {
        var arguments = Arguments(recording) with { OutputGradient = recording.OutputGradient(Output) };
        arguments.PredictionGradient = recording.InputGradient(Inputs[0], out arguments.Keep);
        recording.Launch(BackwardKernel, arguments, Inputs[0].Shape.Count);
    }

    private PixelLossArguments Arguments(Recording recording) => new()
    {
        Prediction = recording.Value(Inputs[0]),
        Target = recording.Value(Inputs[1]),
        Sample = Inputs[0].Shape.Sample,
        Factor = mean ? 1f / Inputs[0].Shape.Sample : 1f,
    };

    private static void Backward(Index1D index, PixelLossArguments arguments)
    {
        var gradient = arguments.OutputGradient[index / arguments.Sample] * arguments.Factor
            * TLoss.Slope(arguments.Prediction[index], arguments.Target[index]);
        arguments.PredictionGradient[index] = arguments.Keep == 0 ? gradient : arguments.PredictionGradient[index] + gradient;
    }

    private static unsafe void ForwardHost(in PixelLossArguments arguments, int first, int end)
    {
        float* prediction = HostMemory.Address(arguments.Prediction), target = HostMemory.Address(arguments.Target);
        for (var sample = first; sample < end; sample++)
        {
            var sum = 0f;
            for (var element = sample * arguments.Sample; element < (sample + 1) * arguments.Sample; element++)
            {
                sum += TLoss.Value(prediction[element], target[element]);
            }

            HostMemory.Address(arguments.Output)[sample] = arguments.Factor * sum;
        }
    }

    private static unsafe void BackwardHost(in PixelLossArguments arguments, int first, int end)
    {
        float* prediction = HostMemory.Address(arguments.Prediction), target = HostMemory.Address(arguments.Target);
        var gradients = HostMemory.Address(arguments.PredictionGradient);
        for (var sample = first; sample < end; sample++)
        {
            var factor = HostMemory.Address(arguments.OutputGradient)[sample] * arguments.Factor;
            for (var element = sample * arguments.Sample; element < (sample + 1) * arguments.Sample; element++)
            {
                var gradient = factor * TLoss.Slope(prediction[element], target[element]);
                gradients[element] = arguments.Keep == 0 ? gradient : gradients[element] + gradient;
            }
        }
    }
}

/// <summary>The losses of a sample's elements, added up.</summary>
internal readonly struct PixelLossSum<TLoss> : ISum<PixelLossArguments>
    where TLoss : struct, IPixelLoss
{
    public static int Sums(PixelLossArguments arguments) => (int)arguments.Output.Length;

    public static int Terms(PixelLossArguments arguments, int sum) => arguments.Sample;

    public static float Term(PixelLossArguments arguments, int sum, int term)
    {
        var element = (sum * arguments.Sample) + term;
        return TLoss.Value(arguments.Prediction[element], arguments.Target[element]);
    }

    public static void Store(PixelLossArguments arguments, int sum, float total) => arguments.Output[sum] = arguments.Factor * total;
}

/// <summary>The calls that compare a prediction with a target; each gives one number a sample.</summary>
public static class PixelLossCall
{
    /// <summary>The sum of squared differences of each sample.</summary>
    public static Tensor SquaredError(this Tensor prediction, Tensor target) => Make<Squared>(prediction, target, mean: false);

    /// <summary>The mean of squared differences of each sample.</summary>
    public static Tensor MeanSquaredError(this Tensor prediction, Tensor target) => Make<Squared>(prediction, target, mean: true);

    /// <summary>Binary cross-entropy of probabilities, summed over each sample.</summary>
    public static Tensor BinaryCrossEntropy(this Tensor probability, Tensor target) => Make<CrossEntropy>(probability, target, mean: false);

    /// <summary>Binary cross-entropy of logits, summed over each sample; exact where probabilities would round to 0 or 1.</summary>
    public static Tensor LogitCrossEntropy(this Tensor logit, Tensor target) => Make<LogitCrossEntropy>(logit, target, mean: false);

    private static Tensor Make<TLoss>(Tensor prediction, Tensor target, bool mean)
        where TLoss : struct, IPixelLoss
    {
        CheckTarget(mean ? $"mean {TLoss.Name}" : TLoss.Name, prediction, target);
        return new PixelLoss<TLoss>(prediction, target, mean).Output;
    }

    internal static void CheckTarget(string who, Tensor prediction, Tensor target)
    {
        if (prediction.Shape != target.Shape)
        {
            throw new ShapeException($"{who}: the prediction is {prediction.Shape}, the target {target.Shape}");
        }

        if (target.IsDifferentiable)
        {
            throw new ArgumentException($"{who}: the target '{target.Name}' {target.Shape} would need a gradient, and targets have none");
        }
    }
}
