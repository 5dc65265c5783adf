namespace Estampa.Engine;

/// <summary>
/// Working memory of an op besides its tensors. It lasts from the first launch that uses it to the last in a replay, or, where
/// <paramref name="lasts"/>, from one replay to the next; then it is zero at first.
/// </summary>
/// <param name="count">Floats.</param>
/// <param name="lasts">Whether it stays from one replay to the next.</param>
/// <param name="grouped">Floats on devices with grouped routes, where they need another number; those of the processor where null.</param>
public sealed class Scratch(int count, bool lasts = false, int? grouped = null)
{
    /// <summary>Floats on the processor.</summary>
    public int Count { get; } = Checked(count);

    /// <summary>Floats on devices with grouped routes.</summary>
    public int GroupedCount { get; } = Checked(grouped ?? count);

    public bool Lasts { get; } = lasts;

    internal int CountOn(bool groups) => groups ? GroupedCount : Count;

    /// <summary>A product that has wrapped round shows as a negative number, where nobody looked before.</summary>
    private static int Checked(int count) => count >= 0 ? count : throw new OverflowException($"working memory of {count} floats");
}

/// <summary>
/// One operation: its inputs, its output, and the launches that compute the output and the inputs' gradients. What a launch uses is what
/// its op asks the recording for before it; ask just before, so that the plan knows how long each value must stay.
/// </summary>
public abstract class Op
{
    protected Op(string name, Shape output, params Tensor[] inputs)
    {
        if (inputs.Length == 0)
        {
            throw new ArgumentException($"{name} needs an input to know its graph; use the constructor that takes the graph");
        }

        foreach (var input in inputs)
        {
            if (input.Graph != inputs[0].Graph)
            {
                throw new ArgumentException($"{name}: '{inputs[0].Name}' and '{input.Name}' belong to two graphs, of shapes"
                    + $" {inputs[0].Shape} and {input.Shape}");
            }
        }

        Name = name;
        Inputs = inputs;
        Output = inputs[0].Graph.Add(this, output);
    }

    protected Op(string name, Shape output, Graph graph)
    {
        Name = name;
        Inputs = [];
        Output = graph.Add(this, output);
    }

    public string Name { get; }

    public IReadOnlyList<Tensor> Inputs { get; }

    public Tensor Output { get; }

    /// <summary>Whether <see cref="Remake"/> can write the output again, for less than it costs to keep it for the backward pass.</summary>
    public virtual bool CanRemake => false;

    /// <summary>Multiplications and additions of one forward pass, 2 per multiply-add; 0 where they do not count.</summary>
    public virtual long Flops => 0;

    /// <summary>Records the launches that write the output's values.</summary>
    public abstract void Forward(Recording recording);

    /// <summary>Records the launches that write the output's values a second time, in the backward pass.</summary>
    public virtual void Remake(Recording recording) => throw new NotSupportedException($"{Name} cannot be remade");

    /// <summary>Records the launches that write the gradient of every input that needs one, from the output's gradient.</summary>
    public abstract void Backward(Recording recording);
}
