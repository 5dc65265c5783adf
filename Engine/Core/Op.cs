namespace Estampa.Engine;

/// <summary>How long a piece of working memory must last within a plan.</summary>
public enum Lifetime
{
    /// <summary>While the op's forward launches run.</summary>
    Forward,

    /// <summary>From the op's forward launches to its backward launches.</summary>
    Kept,

    /// <summary>While the op's backward launches run.</summary>
    Backward,

    /// <summary>For the whole life of the plan, from one replay to the next; zero at first.</summary>
    Plan,
}

/// <summary>
/// Working memory of an op besides its tensors: <paramref name="Count"/> floats that last for <paramref name="Lifetime"/>.
/// </summary>
public sealed record Scratch(int Count, Lifetime Lifetime);

/// <summary>
/// One operation: its inputs, its output, and the launches that compute the output and the inputs' gradients. An op says what its
/// backward launches read, so that the plan knows how long each value must stay.
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
                throw new ArgumentException($"{name}: '{inputs[0].Name}' and '{input.Name}' belong to two graphs");
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

    /// <summary>Working memory it needs; the plan finds a place for each.</summary>
    public virtual IEnumerable<Scratch> Scratches => [];

    /// <summary>Whether the output's values are read by the backward launches.</summary>
    public virtual bool BackwardReadsOutput => false;

    /// <summary>Multiplications and additions of one forward pass, 2 per multiply-add; 0 where they do not count.</summary>
    public virtual long Flops => 0;

    /// <summary>Whether the values of input <paramref name="index"/> are read by the backward launches.</summary>
    public virtual bool BackwardReadsInput(int index) => true;

    /// <summary>Records the launches that write the output's values.</summary>
    public abstract void Forward(Recording recording);

    /// <summary>Records the launches that write the gradient of every input that needs one, from the output's gradient.</summary>
    public abstract void Backward(Recording recording);
}
