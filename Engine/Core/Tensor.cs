namespace Estampa.Engine;

/// <summary>
/// A value in a graph: a shape, the op that makes it, and nothing else. It owns no memory: where its numbers lie is decided by the
/// plan, so a tensor is never disposed. Ops are written as calls on it: <c>stamps.Conv("encoder.0", 64, kernel: 3)</c>.
/// </summary>
public sealed class Tensor
{
    internal Tensor(Graph graph, Shape shape, string name, Op? maker, Parameter? parameter = null, Tensor? root = null)
    {
        Graph = graph;
        Shape = shape.Checked(name);
        Name = name;
        Maker = maker;
        Parameter = parameter;
        Root = root ?? this;
    }

    public Graph Graph { get; }

    public Shape Shape { get; }

    public string Name { get; }

    /// <summary>The op that writes it; null for inputs and parameters.</summary>
    public Op? Maker { get; }

    /// <summary>The parameter behind it, if it is one: its numbers then lie in <see cref="Weights"/>.</summary>
    public Parameter? Parameter { get; }

    /// <summary>Whether a gradient flows to it: a trained parameter lies upstream, or it is an input asked to.</summary>
    public bool IsDifferentiable { get; internal init; }

    /// <summary>The tensor whose memory this one shows under another shape; itself otherwise.</summary>
    internal Tensor Root { get; }

    /// <summary>The same numbers under another shape, without a copy.</summary>
    /// <exception cref="ShapeException">The two shapes differ in their number of elements.</exception>
    public Tensor Reshape(Shape shape)
    {
        if (shape.Checked($"Reshape of '{Name}' {Shape}").Count != Shape.Count)
        {
            throw new ShapeException($"Reshape of '{Name}': {Shape} has {Shape.Count} elements, {shape} has {shape.Count}");
        }

        return new Tensor(Graph, shape, Name, Maker, Parameter, Root) { IsDifferentiable = IsDifferentiable };
    }

    /// <summary>The same numbers without a gradient and without a copy: what reads them trains nothing upstream of them.</summary>
    public Tensor Detach() => new(Graph, Shape, Name, Maker, Parameter, Root);

    /// <summary>Every sample as one row: (batch, height * width * channels), in the channels-last order.</summary>
    public Tensor Flatten() => Reshape(new Shape(Shape.Batch, Shape.Sample));

    public override string ToString() => $"{Name} {Shape}";
}
