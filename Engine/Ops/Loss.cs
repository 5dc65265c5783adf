using ILGPU;

namespace Estampa.Engine;

/// <summary>One part of a loss: a number a sample, and the dial that weighs it.</summary>
public sealed record LossPart(string Name, Tensor Samples, Dial Weight);

/// <summary>What the loss's kernels read and write for one part.</summary>
public struct LossArguments
{
    public ArrayView<float> Samples;
    public ArrayView<float> SamplesGradient;
    public ArrayView<float> Weight;

    /// <summary>The weighted total, then each part's mean.</summary>
    public ArrayView<float> Output;

    /// <summary>Sums of the output over replays, then their number.</summary>
    public ArrayView<float> Journal;
    public int Part;
    public int Parts;
    public int Batch;
    public int Keep;
}

/// <summary>
/// What training minimises: the sum over parts of weight times mean over the batch. Its output holds the total, then each part's unweighted
/// mean. In training it also adds them up on the device, so that an epoch's means cost no read inside a step.
/// </summary>
public sealed class Loss : Op
{
    internal static readonly Kernel<LossArguments> ForwardKernel = new(
        "loss.forward", Sum<LossMean, LossArguments>.Portable, Once(Sum<LossMean, LossArguments>.Portable))
    {
        Devices = new() { Grouped = Sum<LossMean, LossArguments>.Grouped },
    };

    internal static readonly Kernel<LossArguments> JournalKernel = new("loss.journal", AddToJournal, Once(AddToJournal));

    internal static readonly Kernel<LossArguments> BackwardKernel = new(
        "loss.backward", Backward, Once(Backward) with { Units = arguments => arguments.Batch, Grain = 4096 });

    internal Loss(IReadOnlyList<LossPart> parts)
        : base("loss", new Shape(1, parts.Count + 1), [.. parts.Select(part => part.Samples)])
    {
        Parts = parts;
        Journal = new Scratch(parts.Count + 2, lasts: true);
    }

    public IReadOnlyList<LossPart> Parts { get; }

    /// <summary>Sums since it was last set to zero: total, each part, and how many steps.</summary>
    public Scratch Journal { get; }

    public override void Forward(Recording recording)
    {
        var arguments = new LossArguments
        {
            Output = recording.Value(Output),
            Journal = recording.Scratch(Journal),
            Parts = Parts.Count,
            Batch = Parts[0].Samples.Shape.Batch,
        };
        for (arguments.Part = 0; arguments.Part < Parts.Count; arguments.Part++)
        {
            arguments.Samples = recording.Value(Parts[arguments.Part].Samples);
            arguments.Weight = recording.Dial(Parts[arguments.Part].Weight);
            recording.Launch(ForwardKernel, arguments, 1);
        }

        if (recording.Training)
        {
            recording.Launch(JournalKernel, arguments, 1);
        }
    }

    public override void Backward(Recording recording)
    {
        foreach (var part in Parts.Where(part => part.Samples.IsDifferentiable))
        {
            var arguments = new LossArguments { Weight = recording.Dial(part.Weight), Batch = part.Samples.Shape.Batch };
            arguments.SamplesGradient = recording.InputGradient(part.Samples, out arguments.Keep);
            recording.Launch(BackwardKernel, arguments, arguments.Batch);
        }
    }

    private static void AddToJournal(Index1D index, LossArguments arguments)
    {
        for (var place = 0; place <= arguments.Parts; place++)
        {
            arguments.Journal[place] += arguments.Output[place];
        }

        arguments.Journal[arguments.Parts + 1] += 1f;
    }

    private static void Backward(Index1D sample, LossArguments arguments)
    {
        var gradient = arguments.Weight[0] / arguments.Batch;
        arguments.SamplesGradient[sample] = arguments.Keep == 0 ? gradient : arguments.SamplesGradient[sample] + gradient;
    }

    private static HostRoute<LossArguments> Once(Action<Index1D, LossArguments> kernel) =>
        HostRoute<LossArguments>.Loop(kernel, _ => 1, grain: 1);
}

/// <summary>One part's mean over the batch. Parts are launched in order, and each adds itself to the total.</summary>
internal readonly struct LossMean : ISum<LossArguments>
{
    public static int Sums(LossArguments arguments) => 1;

    public static int Terms(LossArguments arguments, int sum) => arguments.Batch;

    public static float Term(LossArguments arguments, int sum, int term) => arguments.Samples[term];

    public static void Store(LossArguments arguments, int sum, float total)
    {
        var mean = total / arguments.Batch;
        arguments.Output[1 + arguments.Part] = mean;
        arguments.Output[0] = (arguments.Part == 0 ? 0f : arguments.Output[0]) + (arguments.Weight[0] * mean);
    }
}

/// <summary>The call that ends a graph with a loss.</summary>
public static class LossCall
{
    /// <summary>The loss of these parts, each one number a sample.</summary>
    /// <exception cref="ShapeException">A part is not (batch, 1), or the batches differ.</exception>
    /// <exception cref="ArgumentException">There is no part, a name comes twice, or a dial is of another graph.</exception>
    public static Loss Loss(this Graph graph, params LossPart[] parts)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Length == 0 || parts.DistinctBy(part => part.Name).Count() < parts.Length)
        {
            throw new ArgumentException($"Loss: parts '{string.Join(", ", parts.Select(part => part.Name))}': one at least, each once");
        }

        foreach (var part in parts)
        {
            if (part.Samples.Shape != new Shape(parts[0].Samples.Shape.Batch, 1) || part.Samples.Graph != graph)
            {
                throw new ShapeException($"Loss: part '{part.Name}' must be one number a sample of this graph,"
                    + $" {new Shape(parts[0].Samples.Shape.Batch, 1)}, got {part.Samples.Shape}");
            }

            if (!graph.Dials.Any(dial => ReferenceEquals(dial, part.Weight)))
            {
                throw new ArgumentException(
                    $"Loss: the weight of part '{part.Name}' {part.Samples.Shape}, dial '{part.Weight.Name}', is of another graph");
            }
        }

        return new Loss([.. parts]);
    }
}
