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

    /// <summary>One recurrent layer, forward and backward.</summary>
    public const string Gru = "gru";

    /// <summary>Every kind that a recipe has, in the order of tables.</summary>
    public static IReadOnlyList<string> OfRecipes => [Train, Encode, Reconstruct];

    /// <summary>Every kind.</summary>
    public static IReadOnlyList<string> Kinds => [.. OfRecipes, Gru];

    /// <summary>Multiplications and additions of a step, convolutions counted as direct ones.</summary>
    public abstract long Flops { get; }

    /// <summary>Bytes of the plan's working memory.</summary>
    public abstract long PlanBytes { get; }

    /// <param name="name">The recipe's; not used by a kind that no recipe has.</param>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="batch">Samples of a step.</param>
    /// <param name="target">Where it runs.</param>
    public static StepWork Make(string name, string kind, int batch, Target target) => kind switch
    {
        Gru => new GruWork(batch, target),
        Train => new TrainingWork(RecipeList.Find(name), batch, target),
        _ => new InferenceWork(kind, RecipeList.Find(name), batch, target),
    };

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

    /// <summary>
    /// Samples for every input of a model: reproducible numbers, whole sequences, and labels of class 0.
    /// </summary>
    protected static Samples Fill(ModelGraph model, int batch, int count)
    {
        var steps = model.Inputs.Where(input => input.Name == InputName.Stamps).Select(input => input.Shape.Batch / batch);
        return new Samples([.. model.Inputs.Select(input =>
        {
            var size = input.Shape.Count / batch;
            var numbers = Stamps(count * size);
            if (input.Name is InputName.Labels or InputName.Lengths)
            {
                Array.Fill(numbers, input.Name == InputName.Labels ? 0 : steps.Max());
            }

            return new SampleColumn(input.Name, numbers, size);
        })]);
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
