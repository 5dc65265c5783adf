using Estampa.Bench;
using Estampa.Engine;

namespace Estampa.Tests;

/// <summary>A named tensor of numbers that a run gave.</summary>
internal sealed record Result(string Name, float[] Numbers);

/// <summary>A case as a plan on one device: the op once or several times over the same inputs and parameters, ended by probes.</summary>
internal sealed class OpRun : IDisposable
{
    private readonly OpCase opCase;
    private readonly OpNumbers numbers;
    private readonly Tensor[] inputs;
    private readonly Tensor[] weightings;
    private readonly Probe[] probes;
    private readonly Weights weights;
    private readonly Plan plan;

    public OpRun(OpCase opCase, OpNumbers numbers, Device device, int copies = 1, PlanOptions? options = null)
    {
        this.opCase = opCase;
        this.numbers = numbers;
        var graph = new Graph();
        inputs = opCase.BuildInputs(graph);

        // Copies before and behind the op, so that its inputs and output lie where the plan gives memory away.
        Tensor[] relayed = [.. inputs.Select(input => input.Activate<Identity>())];
        var outputs = Enumerable.Range(0, copies).Select(_ => opCase.Call(relayed).Activate<Identity>()).ToArray();
        weightings = [.. outputs.Select((output, copy) => graph.Input($"weighting {copy}", output.Shape))];
        probes = [.. outputs.Zip(weightings, (output, weighting) => new Probe(output, weighting))];

        // The loss is a mean over samples; a part's weight of one batch makes it the sum over all probes.
        var batch = probes[0].Output.Shape.Batch;
        var loss = graph.Loss([.. probes.Select((probe, copy) =>
            new LossPart($"probe {copy}", probe.Output, graph.Dial($"weight {copy}", batch)))]);
        weights = new Weights(device, graph, seed: 1);
        plan = Plan.ForTraining(device, graph, weights, loss.Output, options);
        for (var input = 0; input < inputs.Length; input++)
        {
            plan.Write(inputs[input], numbers.Inputs[input]);
        }
    }

    /// <summary>The op's value and all gradients; copy k of the op gets weighting[k] as the gradient from above.</summary>
    public Result[] Replay(params int[] weighting)
    {
        Import(weights, numbers);
        for (var copy = 0; copy < weightings.Length; copy++)
        {
            plan.Write(weightings[copy], numbers.Weightings[weighting[copy]]);
        }

        plan.SetClock(seed: 7, step: 3);
        plan.Recording.Replay();
        return [.. Results()];
    }

    /// <summary>The op's value in an evaluation plan.</summary>
    public static float[] Evaluate(OpCase opCase, OpNumbers numbers, Device device, PlanOptions options)
    {
        var graph = new Graph();
        var inputs = opCase.BuildInputs(graph);
        var output = opCase.Call(inputs);
        using var weights = new Weights(device, graph, seed: 1);
        using var plan = Plan.ForEvaluation(device, graph, weights, options, output);
        Import(weights, numbers);
        for (var input = 0; input < inputs.Length; input++)
        {
            plan.Write(inputs[input], numbers.Inputs[input]);
        }

        plan.Recording.Replay();
        return plan.Read(output);
    }

    public void Dispose()
    {
        plan.Dispose();
        weights.Dispose();
    }

    private static void Import(Weights weights, OpNumbers numbers)
    {
        for (var parameter = 0; parameter < numbers.Parameters.Length; parameter++)
        {
            weights.Import(numbers.Parameters[parameter], numbers.Values[parameter]);
        }
    }

    private IEnumerable<Result> Results()
    {
        yield return new Result("output", plan.Read(probes[0].Copy));
        for (var input = 0; input < inputs.Length; input++)
        {
            if (opCase.Inputs[input].Differentiable)
            {
                var gradient = new float[inputs[input].Shape.Count];
                plan.ReadGradient(inputs[input], gradient);
                yield return new Result($"gradient of {inputs[input].Name}", gradient);
            }
        }

        for (var parameter = 0; parameter < numbers.Parameters.Length; parameter++)
        {
            var name = numbers.Parameters[parameter];
            yield return numbers.Trained[parameter]
                ? new Result($"gradient of {name}", weights.ExportGradient(name))
                : new Result($"new {name}", weights.Export(name));
        }
    }
}
