using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>A case ready to be timed: a training plan of its op and a loss, with reproducible numbers in its inputs.</summary>
internal sealed class CasePlan : IDisposable
{
    private readonly Weights weights;
    private readonly Plan plan;

    public CasePlan(OpCase opCase, Device device)
    {
        var graph = new Graph();
        Inputs = opCase.BuildInputs(graph);
        Output = opCase.Call(Inputs);
        var samples = Output.Shape.Sample > 1 ? Output.SquaredError(graph.Input("target", Output.Shape)) : Output;
        AddsLoss = samples != Output;
        var loss = graph.Loss(new LossPart("error", samples, graph.Dial("error", 1f)));
        weights = new Weights(device, graph, seed: 1);

        // Each kernel a launch of its own.
        plan = Plan.ForTraining(device, graph, weights, loss.Output, new PlanOptions(Chained: false));
        foreach (var input in graph.Inputs)
        {
            var numbers = new float[input.Shape.Count];
            for (var element = 0; element < numbers.Length; element++)
            {
                numbers[element] = Noise.Uniform(1, 0, 0, 0, (uint)element);
            }

            plan.Write(input, numbers);
        }
    }

    public Tensor[] Inputs { get; }

    public Tensor Output { get; }

    /// <summary>Whether a squared error follows the op, which is then none of the case's own kernels.</summary>
    public bool AddsLoss { get; }

    public IReadOnlyList<Launch> Launches => plan.Recording.Launches;

    public void Dispose()
    {
        plan.Dispose();
        weights.Dispose();
    }
}
