using Estampa.Engine;

namespace Estampa.Tests;

/// <summary>A model of images as a training plan: each output against a target, the gradient of the images wanted too.</summary>
internal sealed class ChainRun : IDisposable
{
    private readonly Tensor images;
    private readonly Loss loss;

    public ChainRun(Device device, Shape shape, Func<Tensor, Tensor[]> model, PlanOptions? options = null)
    {
        var graph = new Graph();
        images = graph.Input("images", shape, differentiable: true);
        var outputs = model(images);
        Tensor[] targets = [.. outputs.Select((output, place) => graph.Input($"target {place}", output.Shape))];
        loss = graph.Loss([.. outputs.Select((output, place) =>
            new LossPart($"error {place}", output.SquaredError(targets[place]), graph.Dial($"weight {place}", 1 + place)))]);
        Weights = new Weights(device, graph, seed: 3);
        Plan = Plan.ForTraining(device, graph, Weights, loss.Output, options);
        Plan.Write(images, Numbers(shape, place: 0));
        for (var place = 0; place < targets.Length; place++)
        {
            Plan.Write(targets[place], Numbers(targets[place].Shape, place + 1));
        }
    }

    public Weights Weights { get; }

    public Plan Plan { get; }

    /// <summary>Names of the launches; a chain's are those of its links.</summary>
    public IEnumerable<string> Launches => Plan.Recording.Launches.Select(launch => launch.Name);

    public IEnumerable<string> Kernels => Launches.SelectMany(name => name.Split(" + "));

    /// <summary>Numbers in [-1, 1), the same in every run.</summary>
    public static float[] Numbers(Shape shape, int place) =>
        [.. Enumerable.Range(0, shape.Count).Select(element => (float)HashedValues.At(place, element))];

    /// <summary>The loss, all gradients and the new running statistics of one step.</summary>
    public Result[] Replay()
    {
        Plan.Recording.Replay();
        var gradient = new float[images.Shape.Count];
        Plan.ReadGradient(images, gradient);
        return
        [
            new("loss", Plan.Read(loss.Output)),
            new("gradient of images", gradient),
            .. Weights.Parameters.Select(parameter => parameter.Trained
                ? new Result($"gradient of {parameter.Name}", Weights.ExportGradient(parameter.Name))
                : new Result($"new {parameter.Name}", Weights.Export(parameter.Name))),
        ];
    }

    public void Dispose()
    {
        Plan.Dispose();
        Weights.Dispose();
    }
}
