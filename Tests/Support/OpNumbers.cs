using Estampa.Bench;
using Estampa.Engine;

namespace Estampa.Tests;

/// <summary>What a case runs with: its inputs, its parameters (file order), and two sets of gradients that come in from above.</summary>
internal sealed record OpNumbers(float[][] Inputs, string[] Parameters, bool[] Trained, float[][] Values, float[][] Weightings)
{
    /// <summary>Drawn from the case's name: the same in every run.</summary>
    public static OpNumbers Draw(OpCase opCase)
    {
        var random = new Random((int)Noise.Stream(opCase.Name));
        var graph = new Graph();
        var output = opCase.Build(graph);
        using var weights = new Weights(Hosts.OneThread, graph, seed: 1);
        float[] Normals(int count, Func<double, double> turn) =>
            [.. Enumerable.Range(0, count).Select(_ => (float)turn(Normal(random)))];

        var parameters = graph.Parameters.ToArray();
        return new OpNumbers(
            [.. opCase.Inputs.Select(input => Normals(input.Shape.Count, input.Draw))],
            [.. parameters.Select(parameter => parameter.Name)],
            [.. parameters.Select(parameter => parameter.Trained)],

            // Running variances must stay positive.
            [.. parameters.Select(parameter => weights.Export(parameter.Name)
                .Select(value => value + (0.3f * (float)(parameter.Trained ? Normal(random) : Math.Abs(Normal(random))))).ToArray())],
            [Normals(output.Shape.Count, normal => normal), Normals(output.Shape.Count, normal => normal)]);
    }

    /// <summary>A standard normal number by Box and Muller's transform.</summary>
    public static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
