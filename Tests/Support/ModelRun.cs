using Estampa.Engine;
using Estampa.Models;

namespace Estampa.Tests;

/// <summary>A model of any recipe for one step, with inputs and weights as a test wants them.</summary>
internal static class ModelRun
{
    /// <summary>The loss and the gradients of all parameters, one behind the other.</summary>
    /// <param name="model">The model.</param>
    /// <param name="numbers">What to write into each input.</param>
    public static float[] Train(ModelGraph model, Func<Tensor, float[]> numbers)
    {
        using var device = new HostDevice(2, RouteChoice.Fastest);
        using var weights = new Weights(device, model.Graph, seed: 1);
        HashedValues.Fill(weights);
        using var plan = Plan.ForTraining(device, model.Graph, weights, model.Loss.Output);
        Replay(plan, model, numbers);
        var trained = weights.Parameters.Where(parameter => parameter.Trained);
        return [.. plan.Read(model.Loss.Output), .. trained.SelectMany(parameter => weights.ExportGradient(parameter.Name))];
    }

    /// <summary>A tensor of the model in evaluation.</summary>
    public static float[] Evaluate(ModelGraph model, Tensor output, Func<Tensor, float[]> numbers)
    {
        using var device = new HostDevice(2, RouteChoice.Fastest);
        using var weights = new Weights(device, model.Graph, seed: 1);
        HashedValues.Fill(weights);
        using var plan = Plan.ForEvaluation(device, model.Graph, weights, output);
        Replay(plan, model, numbers);
        return plan.Read(output);
    }

    private static void Replay(Plan plan, ModelGraph model, Func<Tensor, float[]> numbers)
    {
        foreach (var input in model.Inputs)
        {
            plan.Write(input, numbers(input));
        }

        plan.Recording.Replay();
    }
}
