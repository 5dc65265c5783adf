using ILGPU;
using ILGPU.Algorithms;

namespace Estampa.Engine;

/// <summary>
/// The divergence of each sample's latent from the standard normal prior:
/// D[b] = 1/2 sum over j of (mean^2 + exp(logVariance) - 1 - logVariance) (Kingma and Welling 2013, appendix B).
/// </summary>
public sealed class Divergence : Op
{
    internal static readonly Kernel<LatentArguments> ForwardKernel = new(
        "divergence.forward", Forward, Latents.Elementwise(Forward) with { Units = arguments => (int)arguments.Output.Length });

    internal static readonly Kernel<LatentArguments> MeanKernel = new("divergence.mean", MeanGradient, Latents.Elementwise(MeanGradient));

    internal static readonly Kernel<LatentArguments> LogVarianceKernel = new(
        "divergence.logVariance", LogVarianceGradient, Latents.Elementwise(LogVarianceGradient));

    internal Divergence(Tensor mean, Tensor logVariance)
        : base("divergence", new Shape(mean.Shape.Batch, 1), mean, logVariance)
    {
    }

    public override void Forward(Recording recording) =>
        recording.Launch(ForwardKernel, Arguments(recording) with { Output = recording.Value(Output) }, Output.Shape.Count);

    public override void Backward(Recording recording)
    {
        var arguments = Arguments(recording) with { OutputGradient = recording.OutputGradient(Output) };
        if (Inputs[0].IsDifferentiable)
        {
            arguments.MeanGradient = recording.InputGradient(Inputs[0], out arguments.KeepMean);
            recording.Launch(MeanKernel, arguments, Inputs[0].Shape.Count);
        }

        if (Inputs[1].IsDifferentiable)
        {
            arguments.LogVarianceGradient = recording.InputGradient(Inputs[1], out arguments.KeepLogVariance);
            recording.Launch(LogVarianceKernel, arguments, Inputs[0].Shape.Count);
        }
    }

    private LatentArguments Arguments(Recording recording) => new()
    {
        Mean = recording.Value(Inputs[0]),
        LogVariance = recording.Value(Inputs[1]),
        Latent = Inputs[0].Shape.Sample,
    };

    private static void Forward(Index1D sample, LatentArguments arguments)
    {
        var sum = 0f;
        for (var j = 0; j < arguments.Latent; j++)
        {
            var mean = arguments.Mean[(sample * arguments.Latent) + j];
            var logVariance = arguments.LogVariance[(sample * arguments.Latent) + j];
            sum += (mean * mean) + XMath.Exp(logVariance) - 1f - logVariance;
        }

        arguments.Output[sample] = 0.5f * sum;
    }

    private static void MeanGradient(Index1D index, LatentArguments arguments)
    {
        var gradient = arguments.OutputGradient[index / arguments.Latent] * arguments.Mean[index];
        arguments.MeanGradient[index] = arguments.KeepMean == 0 ? gradient : arguments.MeanGradient[index] + gradient;
    }

    private static void LogVarianceGradient(Index1D index, LatentArguments arguments)
    {
        var gradient = arguments.OutputGradient[index / arguments.Latent] * 0.5f * (XMath.Exp(arguments.LogVariance[index]) - 1f);
        arguments.LogVarianceGradient[index] = arguments.KeepLogVariance == 0 ? gradient : arguments.LogVarianceGradient[index] + gradient;
    }
}
