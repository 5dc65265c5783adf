using Estampa.Engine;
using Estampa.Models;

namespace Estampa.Bench;

/// <summary>What steps leave to the garbage collector: managed bytes each, and collections in an epoch of them.</summary>
internal sealed record Garbage(double BytesPerStep, int Collections);

/// <summary>Something a recipe does in whole steps of one batch, made ready to be timed.</summary>
internal abstract class StepWork : IDisposable
{
    public const string Train = "train";
    public const string Encode = "encode";
    public const string Reconstruct = "reconstruct";

    /// <summary>Every kind, in the order of tables.</summary>
    public static IReadOnlyList<string> Kinds => [Train, Encode, Reconstruct];

    /// <summary>Multiplications and additions of a step, convolutions counted as direct ones.</summary>
    public abstract long Flops { get; }

    /// <summary>Bytes of the plan's working memory.</summary>
    public abstract long PlanBytes { get; }

    public static StepWork Make(string kind, AutoencoderRecipe recipe, int batch, Target target) =>
        kind == Train ? new TrainingWork(recipe, batch, target) : new InferenceWork(kind, recipe, batch, target);

    /// <summary>
    /// Runs one step for each place and writes its milliseconds there; where the host does not wait for a step, the mean of all.
    /// </summary>
    public abstract void Run(Span<double> milliseconds);

    public abstract Garbage MeasureGarbage();

    public abstract void Dispose();

    /// <summary>Reproducible numbers in [0, 1), as scaled stamps are.</summary>
    protected static float[] Stamps(int count)
    {
        var stamps = new float[count];
        for (var element = 0; element < stamps.Length; element++)
        {
            stamps[element] = Noise.Uniform(1, 0, 0, 0, (uint)element);
        }

        return stamps;
    }

    /// <summary>Of a forward pass to one tensor.</summary>
    protected static long FlopsOf(Graph graph, Tensor output)
    {
        var needed = new HashSet<Tensor> { output.Root };
        var flops = 0L;
        foreach (var op in graph.Ops.Reverse().Where(op => needed.Contains(op.Output.Root)))
        {
            needed.UnionWith(op.Inputs.Select(input => input.Root));
            flops += op.Flops;
        }

        return flops;
    }
}
