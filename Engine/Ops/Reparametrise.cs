using ILGPU;
using ILGPU.Algorithms;

namespace Estampa.Engine;

/// <summary>What the kernels of the latent's distribution read and write; all are (batch, latent).</summary>
public struct LatentArguments
{
    public ArrayView<float> Mean;
    public ArrayView<float> LogVariance;
    public ArrayView<float> Noise;
    public ArrayView<float> Output;
    public ArrayView<float> OutputGradient;
    public ArrayView<float> MeanGradient;
    public ArrayView<float> LogVarianceGradient;
    public ArrayView<int> Clock;
    public int Stream;
    public int Latent;
    public int KeepMean;
    public int KeepLogVariance;
}

/// <summary>
/// A draw from N(mean, exp(logVariance)) that gradients pass through (Kingma and Welling 2013, arXiv:1312.6114):
/// z = mean + exp(logVariance / 2) noise. Evaluation takes the mean.
/// </summary>
public sealed class Reparametrise : Op
{
    internal static readonly Kernel<LatentArguments> ForwardKernel =
        new("reparametrise.forward", Forward, Latents.Elementwise(Forward));

    internal static readonly Kernel<LatentArguments> TakeMeanKernel =
        new("reparametrise.takeMean", TakeMean, Latents.Elementwise(TakeMean));

    internal static readonly Kernel<LatentArguments> MeanKernel =
        new("reparametrise.mean", MeanGradient, Latents.Elementwise(MeanGradient));

    internal static readonly Kernel<LatentArguments> LogVarianceKernel =
        new("reparametrise.logVariance", LogVarianceGradient, Latents.Elementwise(LogVarianceGradient));

    internal Reparametrise(Tensor mean, Tensor logVariance, Tensor noise)
        : base("reparametrise", mean.Shape, mean, logVariance, noise)
    {
    }

    public override void Forward(Recording recording) => recording.Launch(
        recording.Training ? ForwardKernel : TakeMeanKernel,
        Arguments(recording) with { Output = recording.Value(Output) },
        Output.Shape.Count);

    public override void Backward(Recording recording)
    {
        var arguments = Arguments(recording) with { OutputGradient = recording.OutputGradient(Output) };
        if (Inputs[0].IsDifferentiable)
        {
            arguments.MeanGradient = recording.InputGradient(Inputs[0], out arguments.KeepMean);
            recording.Launch(MeanKernel, arguments, Output.Shape.Count);
        }

        if (Inputs[1].IsDifferentiable)
        {
            arguments.LogVarianceGradient = recording.InputGradient(Inputs[1], out arguments.KeepLogVariance);
            recording.Launch(LogVarianceKernel, arguments, Output.Shape.Count);
        }
    }

    private LatentArguments Arguments(Recording recording) => new()
    {
        Mean = recording.Value(Inputs[0]),
        LogVariance = recording.Value(Inputs[1]),
        Noise = recording.Value(Inputs[2]),
        Latent = Output.Shape.Sample,
    };

    private static void Forward(Index1D index, LatentArguments arguments) =>
        arguments.Output[index] = arguments.Mean[index] + (XMath.Exp(0.5f * arguments.LogVariance[index]) * arguments.Noise[index]);

    private static void TakeMean(Index1D index, LatentArguments arguments) => arguments.Output[index] = arguments.Mean[index];

    private static void MeanGradient(Index1D index, LatentArguments arguments)
    {
        var gradient = arguments.OutputGradient[index];
        arguments.MeanGradient[index] = arguments.KeepMean == 0 ? gradient : arguments.MeanGradient[index] + gradient;
    }

    private static void LogVarianceGradient(Index1D index, LatentArguments arguments)
    {
        var slope = 0.5f * XMath.Exp(0.5f * arguments.LogVariance[index]) * arguments.Noise[index];
        var gradient = arguments.OutputGradient[index] * slope;
        arguments.LogVarianceGradient[index] = arguments.KeepLogVariance == 0 ? gradient : arguments.LogVarianceGradient[index] + gradient;
    }
}

/// <summary>The calls on a latent's mean and log-variance.</summary>
public static class LatentCall
{
    /// <summary>A draw from the normal distribution of this mean and log-variance, all (batch, latent).</summary>
    /// <param name="mean">Means.</param>
    /// <param name="logVariance">Logarithms of the variances.</param>
    /// <param name="noise">Standard normal numbers; drawn anew each step where null.</param>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor Reparametrise(this Tensor mean, Tensor logVariance, Tensor? noise = null)
    {
        Latents.Check("Reparametrise", mean, logVariance);
        Latents.Check("Reparametrise", mean, noise ?? mean);
        if (noise is { IsDifferentiable: true })
        {
            throw new ArgumentException($"Reparametrise: the noise '{noise.Name}' {noise.Shape} has no gradient");
        }

        return mean.Graph.Whole($"Reparametrise of '{mean.Name}' {mean.Shape}", () => new Reparametrise(
            mean, logVariance, noise ?? mean.Graph.StandardNormal("reparametrise.noise", mean.Shape)).Output);
    }

    /// <summary>The Kullback-Leibler divergence of each sample's N(mean, exp(logVariance)) from N(0, 1): (batch, 1).</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor Divergence(this Tensor mean, Tensor logVariance)
    {
        Latents.Check("Divergence", mean, logVariance);
        return new Divergence(mean, logVariance).Output;
    }
}

/// <summary>What the ops on latents share.</summary>
internal static class Latents
{
    /// <summary>Latents are small: the portable kernel, called directly, is the host route as well.</summary>
    public static HostRoute<LatentArguments> Elementwise(Action<Index1D, LatentArguments> kernel) =>
        HostRoute<LatentArguments>.Loop(kernel, arguments => (int)arguments.Mean.Length, grain: 4096);

    public static void Check(string who, Tensor first, Tensor second)
    {
        if (first.Shape != second.Shape)
        {
            throw new ShapeException($"{who}: '{first.Name}' is {first.Shape}, '{second.Name}' is {second.Shape}; they must agree");
        }
    }
}
