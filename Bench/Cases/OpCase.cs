using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>An op's value written from its definition, in double: inputs in the engine's order, parameters in the file's.</summary>
internal delegate double[] Definition(double[][] inputs, double[][] parameters);

/// <summary>One input of a case.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Differentiable">Whether its gradient is wanted; false for targets and noise.</param>
internal sealed record CaseInput(string Name, Shape Shape, bool Differentiable = true)
{
    /// <summary>Turns a standard normal number into one of the input's range.</summary>
    public Func<double, double> Draw { get; init; } = normal => normal;
}

/// <summary>One instance of an op as data, for the tests (against its definition) and for the timings of Bench.</summary>
/// <param name="Name">Op and sizes.</param>
/// <param name="Inputs">What the op reads, in order.</param>
/// <param name="Call">Adds the op to the graph of its inputs.</param>
/// <param name="Training">Its definition, in training.</param>
internal sealed record OpCase(string Name, CaseInput[] Inputs, Func<Tensor[], Tensor> Call, Definition Training)
{
    private readonly Definition? evaluation;

    /// <summary>Its definition in evaluation, where that is another.</summary>
    public Definition Evaluation
    {
        get => evaluation ?? Training;
        init => evaluation = value;
    }

    /// <summary>Error allowed, as a share of the number plus the root mean square of its tensor.</summary>
    public double Tolerance { get; init; } = 1e-5;

    /// <summary>Error allowed in absolute terms besides: where terms cancel, rounding is left.</summary>
    public double Floor { get; init; } = 1e-6;

    /// <summary>One of the shapes that models spend their time in: for Bench, too slow for the definition.</summary>
    public bool Timed { get; init; }

    /// <summary>The inputs and the op's output in a graph.</summary>
    public Tensor Build(Graph graph) => Call(BuildInputs(graph));

    public Tensor[] BuildInputs(Graph graph) =>
        [.. Inputs.Select(input => graph.Input(input.Name, input.Shape, input.Differentiable))];

    public override string ToString() => Name;
}
