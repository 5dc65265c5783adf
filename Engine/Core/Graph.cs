namespace Estampa.Engine;

/// <summary>
/// The ops of a model in the order they were written, its inputs, its parameters by name and its dials. Nothing is computed while a
/// graph is written; a <see cref="Plan"/> turns it into places and launches for one device.
/// </summary>
public sealed class Graph
{
    private readonly List<Op> ops = [];
    private readonly List<Tensor> inputs = [];
    private readonly Dictionary<string, Tensor> parameters = [];
    private readonly List<string> order = [];
    private readonly List<Dial> dials = [];

    public IReadOnlyList<Op> Ops => ops;

    public IReadOnlyList<Tensor> Inputs => inputs;

    public IReadOnlyList<Dial> Dials => dials;

    /// <summary>The parameters in the order they were first named.</summary>
    public IEnumerable<Parameter> Parameters => order.Select(name => parameters[name].Parameter!);

    /// <summary>How many trained numbers the model has, as papers and PyTorch count them.</summary>
    public long ParameterCount => Parameters.Where(parameter => parameter.Trained).Sum(parameter => (long)parameter.Count);

    /// <summary>A value that is written from outside before each replay; differentiable where its gradient is wanted too.</summary>
    public Tensor Input(string name, Shape shape, bool differentiable = false)
    {
        if (inputs.Exists(input => input.Name == name))
        {
            throw new ArgumentException($"the graph already has an input '{name}'");
        }

        var tensor = new Tensor(this, shape, name, maker: null) { IsDifferentiable = differentiable };
        inputs.Add(tensor);
        return tensor;
    }

    /// <summary>A parameter; asking twice for one name gives the same tensor (shared weights), if all else agrees.</summary>
    public Tensor Parameter(string name, Layout layout, Initial initial, bool trained = true)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(layout);
        layout.Check(name);
        var parameter = new Parameter(name, layout, initial, trained);
        if (parameters.TryGetValue(name, out var known))
        {
            if (!known.Parameter!.Layout.IsSameAs(layout) || known.Parameter.Trained != trained)
            {
                throw new ShapeException($"parameter '{name}' is {known.Parameter.Layout}, asked for as {layout}"
                    + (known.Parameter.Trained != trained ? $", and trained: {known.Parameter.Trained} and {trained}" : ""));
            }

            return known;
        }

        var tensor = new Tensor(this, new Shape(1, layout.Count), name, maker: null, parameter) { IsDifferentiable = trained };
        parameters.Add(name, tensor);
        order.Add(name);
        return tensor;
    }

    /// <summary>A number that is set between replays and read by kernels: a loss weight, a learning rate.</summary>
    public Dial Dial(string name, float value)
    {
        var dial = new Dial(name, dials.Count, value);
        dials.Add(dial);
        return dial;
    }

    /// <summary>Adds all that a call adds, or nothing: where it throws, the graph is as it was.</summary>
    /// <param name="what">The op, its name and its input, for errors.</param>
    /// <param name="add">The call.</param>
    /// <exception cref="ShapeException">Sizes that follow from those of the call have more than 2^31 - 1 elements.</exception>
    internal Tensor Whole(string what, Func<Tensor> add)
    {
        var (firstOp, firstParameter, firstDial) = (ops.Count, order.Count, dials.Count);
        try
        {
            return add();
        }
        catch (Exception exception)
        {
            ops.RemoveRange(firstOp, ops.Count - firstOp);
            dials.RemoveRange(firstDial, dials.Count - firstDial);
            order.Skip(firstParameter).ToList().ForEach(name => parameters.Remove(name));
            order.RemoveRange(firstParameter, order.Count - firstParameter);
            switch (exception)
            {
                case ShapeException:
                    throw new ShapeException($"{what}: {exception.Message}", exception);
                case OverflowException:
                    throw new ShapeException($"{what}: its working memory has more than 2^31 - 1 elements", exception);
                default:
                    throw;
            }
        }
    }

    /// <summary>Refuses what belongs to another graph.</summary>
    internal void CheckOwns(Tensor tensor, string who)
    {
        ArgumentNullException.ThrowIfNull(tensor, who);
        if (tensor.Graph != this)
        {
            throw new ArgumentException($"{who}: '{tensor.Name}' {tensor.Shape} belongs to another graph than the plan's, that of"
                + $" {string.Join(", ", inputs.Select(input => $"'{input.Name}'"))}");
        }
    }

    /// <summary>The ops that these tensors need, in order.</summary>
    internal Op[] Upstream(IEnumerable<Tensor> outputs)
    {
        var needed = outputs.Select(output => output.Root).ToHashSet();
        var list = new List<Op>();
        foreach (var op in Enumerable.Reverse(ops))
        {
            if (needed.Contains(op.Output.Root))
            {
                list.Add(op);
                needed.UnionWith(op.Inputs.Select(input => input.Root));
            }
        }

        list.Reverse();
        return [.. list];
    }

    internal Tensor Add(Op op, Shape shape)
    {
        var output = new Tensor(this, shape, op.Name, op) { IsDifferentiable = op.Inputs.Any(input => input.IsDifferentiable) };
        ops.Add(op);
        return output;
    }
}

/// <summary>A number in device memory with a name: set between replays by <see cref="Plan.Set"/>, read by kernels.</summary>
public sealed record Dial(string Name, int Place, float First);
