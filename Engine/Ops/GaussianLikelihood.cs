using ILGPU;
using ILGPU.Algorithms;

namespace Estampa.Engine;

/// <summary>What the kernels of the Gaussian likelihood read and write.</summary>
public struct GaussianLikelihoodArguments
{
    public ArrayView<float> Prediction;
    public ArrayView<float> Target;

    /// <summary>One number s a sample; the logarithm of the sample's variance is Factor * s.</summary>
    public ArrayView<float> Spread;
    public ArrayView<float> Output;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> PredictionGradient;
    public ArrayView<float> SpreadGradient;
    public int Sample;
    public float Factor;
    public int Keep;
    public int KeepSpread;
}

/// <summary>
/// The negative log-likelihood of each sample under a normal distribution around the prediction, with one variance a sample that the model
/// predicts as log sigma^2 = factor s (Astorga et al. 2018: factor -5, s from a sigmoid, so sigma^2 lies in [e^-5, 1]):
/// L[b] = sum over pixels of 1/2 ((x - m)^2 / sigma^2 + log sigma^2 + log 2 pi). The variance of a sample meets the errors of that sample.
/// </summary>
public sealed class GaussianLikelihood : Op
{
    internal const float LogTwoPi = 1.8378770664093453f;

    internal static readonly Kernel<GaussianLikelihoodArguments> ForwardKernel = new(
        "gaussianLikelihood.forward",
        Sum<GaussianLikelihoodSum, GaussianLikelihoodArguments>.Portable,
        new HostRoute<GaussianLikelihoodArguments>(GaussianLikelihoodSum.Sums, 16, ForwardHost))
    {
        Devices = new() { Grouped = Sum<GaussianLikelihoodSum, GaussianLikelihoodArguments>.Grouped },
    };

    internal static readonly Kernel<GaussianLikelihoodArguments> PredictionKernel = new(
        "gaussianLikelihood.prediction",
        PredictionGradient,
        new HostRoute<GaussianLikelihoodArguments>(GaussianLikelihoodSum.Sums, 16, PredictionHost));

    internal static readonly Kernel<GaussianLikelihoodArguments> SpreadKernel = new(
        "gaussianLikelihood.spread",
        Sum<GaussianLikelihoodSlope, GaussianLikelihoodArguments>.Portable,
        new HostRoute<GaussianLikelihoodArguments>(GaussianLikelihoodSum.Sums, 16, SpreadHost))
    {
        Devices = new() { Grouped = Sum<GaussianLikelihoodSlope, GaussianLikelihoodArguments>.Grouped },
    };

    private readonly float factor;

    internal GaussianLikelihood(Tensor prediction, Tensor target, Tensor spread, float factor)
        : base("gaussianLikelihood", spread.Shape, prediction, target, spread)
    {
        this.factor = factor;
    }

    public override void Forward(Recording recording) =>
        recording.Launch(ForwardKernel, Arguments(recording) with { Output = recording.Value(Output) }, Output.Shape.Count);

    public override void Backward(Recording recording)
    {
        var arguments = Arguments(recording) with { OutputGradient = recording.OutputGradient(Output) };
        if (Inputs[0].IsDifferentiable)
        {
            arguments.PredictionGradient = recording.InputGradient(Inputs[0], out arguments.Keep);
            recording.Launch(PredictionKernel, arguments, Inputs[0].Shape.Count);
        }

        if (Inputs[2].IsDifferentiable)
        {
            arguments.SpreadGradient = recording.InputGradient(Inputs[2], out arguments.KeepSpread);
            recording.Launch(SpreadKernel, arguments, Output.Shape.Count);
        }
    }

    private GaussianLikelihoodArguments Arguments(Recording recording) => new()
    {
        Prediction = recording.Value(Inputs[0]),
        Target = recording.Value(Inputs[1]),
        Spread = recording.Value(Inputs[2]),
        Sample = Inputs[0].Shape.Sample,
        Factor = factor,
    };

    private static void PredictionGradient(Index1D index, GaussianLikelihoodArguments arguments)
    {
        var sample = index / arguments.Sample;
        var weight = arguments.OutputGradient[sample] * XMath.Exp(-arguments.Factor * arguments.Spread[sample]);
        var gradient = weight * (arguments.Prediction[index] - arguments.Target[index]);
        arguments.PredictionGradient[index] = arguments.Keep == 0 ? gradient : arguments.PredictionGradient[index] + gradient;
    }

    private static unsafe float Squares(in GaussianLikelihoodArguments arguments, int sample)
    {
        var prediction = HostMemory.Address(arguments.Prediction) + ((nint)sample * arguments.Sample);
        var target = HostMemory.Address(arguments.Target) + ((nint)sample * arguments.Sample);
        var distance = System.Numerics.Tensors.TensorPrimitives.Distance(
            new ReadOnlySpan<float>(prediction, arguments.Sample), new ReadOnlySpan<float>(target, arguments.Sample));
        return distance * distance;
    }

    private static unsafe void ForwardHost(in GaussianLikelihoodArguments arguments, int first, int end)
    {
        for (var sample = first; sample < end; sample++)
        {
            var logVariance = arguments.Factor * HostMemory.Address(arguments.Spread)[sample];
            HostMemory.Address(arguments.Output)[sample] =
                0.5f * ((Squares(arguments, sample) * MathF.Exp(-logVariance)) + (arguments.Sample * (logVariance + LogTwoPi)));
        }
    }

    private static unsafe void PredictionHost(in GaussianLikelihoodArguments arguments, int first, int end)
    {
        float* prediction = HostMemory.Address(arguments.Prediction), target = HostMemory.Address(arguments.Target);
        var gradients = HostMemory.Address(arguments.PredictionGradient);
        for (var sample = first; sample < end; sample++)
        {
            var weight = HostMemory.Address(arguments.OutputGradient)[sample]
                * MathF.Exp(-arguments.Factor * HostMemory.Address(arguments.Spread)[sample]);
            for (var element = sample * arguments.Sample; element < (sample + 1) * arguments.Sample; element++)
            {
                var gradient = weight * (prediction[element] - target[element]);
                gradients[element] = arguments.Keep == 0 ? gradient : gradients[element] + gradient;
            }
        }
    }

    private static unsafe void SpreadHost(in GaussianLikelihoodArguments arguments, int first, int end)
    {
        var gradients = HostMemory.Address(arguments.SpreadGradient);
        for (var sample = first; sample < end; sample++)
        {
            var precision = MathF.Exp(-arguments.Factor * HostMemory.Address(arguments.Spread)[sample]);
            var slope = 0.5f * arguments.Factor * (arguments.Sample - (Squares(arguments, sample) * precision));
            var gradient = HostMemory.Address(arguments.OutputGradient)[sample] * slope;
            gradients[sample] = arguments.KeepSpread == 0 ? gradient : gradients[sample] + gradient;
        }
    }
}

/// <summary>L of a sample from its sum of squared distances.</summary>
internal readonly struct GaussianLikelihoodSum : ISum<GaussianLikelihoodArguments>
{
    public static int Sums(GaussianLikelihoodArguments arguments) => (int)arguments.Spread.Length;

    public static int Terms(GaussianLikelihoodArguments arguments, int sum) => arguments.Sample;

    public static float Term(GaussianLikelihoodArguments arguments, int sum, int term)
    {
        var element = (sum * arguments.Sample) + term;
        var distance = arguments.Target[element] - arguments.Prediction[element];
        return distance * distance;
    }

    public static void Store(GaussianLikelihoodArguments arguments, int sum, float total)
    {
        var logVariance = arguments.Factor * arguments.Spread[sum];
        var constant = arguments.Sample * (logVariance + GaussianLikelihood.LogTwoPi);
        arguments.Output[sum] = 0.5f * ((total * XMath.Exp(-logVariance)) + constant);
    }
}

/// <summary>dL/ds = factor / 2 (pixels - sum of squared distances / sigma^2).</summary>
internal readonly struct GaussianLikelihoodSlope : ISum<GaussianLikelihoodArguments>
{
    public static int Sums(GaussianLikelihoodArguments arguments) => GaussianLikelihoodSum.Sums(arguments);

    public static int Terms(GaussianLikelihoodArguments arguments, int sum) => GaussianLikelihoodSum.Terms(arguments, sum);

    public static float Term(GaussianLikelihoodArguments arguments, int sum, int term) =>
        GaussianLikelihoodSum.Term(arguments, sum, term);

    public static void Store(GaussianLikelihoodArguments arguments, int sum, float total)
    {
        var share = total * XMath.Exp(-arguments.Factor * arguments.Spread[sum]);
        var gradient = arguments.OutputGradient[sum] * 0.5f * arguments.Factor * (arguments.Sample - share);
        arguments.SpreadGradient[sum] = arguments.KeepSpread == 0 ? gradient : arguments.SpreadGradient[sum] + gradient;
    }
}

/// <summary>The call that adds a Gaussian likelihood to a graph.</summary>
public static class GaussianLikelihoodCall
{
    /// <summary>Negative log-likelihood of the target, one number a sample; the variance of sample b is exp(factor * spread[b]).</summary>
    /// <exception cref="ShapeException">Prediction and target differ, or the spread is not one number a sample.</exception>
    public static Tensor GaussianLikelihood(this Tensor prediction, Tensor target, Tensor spread, float factor)
    {
        PixelLossCall.CheckTarget("GaussianLikelihood", prediction, target);
        var wanted = new Shape(prediction.Shape.Batch, 1);
        return spread.Shape == wanted
            ? new GaussianLikelihood(prediction, target, spread, factor).Output
            : throw new ShapeException(
                $"GaussianLikelihood: the spread must be {wanted} for prediction {prediction.Shape}, got {spread.Shape}");
    }
}
