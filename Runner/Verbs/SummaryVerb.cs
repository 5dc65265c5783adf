using System.CommandLine;
using Estampa.Engine;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary><c>summary RECIPE</c>: the layers, their shapes, parameters and work.</summary>
internal static class SummaryVerb
{
    public static Command Make()
    {
        var recipeName = new Argument<string>("recipe") { Description = "A recipe's name; see 'recipes'." };
        var settings = Flags.Settings();
        var command = new Command("summary", "Show a recipe's layers, shapes, parameters, work and memory.") { recipeName, settings };
        command.SetAction(parsed => Print(Flags.Recipe(parsed.GetValue(recipeName)!, parsed.GetValue(settings))));
        return command;
    }

    private static void Print(Recipe recipe)
    {
        var model = recipe.Build(recipe.Settings.Batch);
        var batch = recipe.Settings.Batch;
        Console.WriteLine($"{"layer",-34} {"output of a sample",-20} {"parameters",11} {"MFLOP",9}");
        foreach (var op in model.Graph.Ops)
        {
            var parameters = op.Inputs.Where(input => input.Parameter is { Trained: true }).Sum(input => input.Shape.Count);
            var shape = op.Output.Shape;
            var output = shape.Batch != batch ? "one for the batch"
                : shape is { Height: 1, Width: 1 } ? $"{shape.Channels}" : $"{shape.Height}x{shape.Width}x{shape.Channels}";
            var work = op.Flops == 0 ? "" : $"{op.Flops / (double)batch / 1e6:F3}";
            Console.WriteLine($"{op.Name,-34} {output,-20} {(parameters == 0 ? "" : $"{parameters:N0}"),11} {work,9}");
        }

        using var device = Device.Best();
        using var weights = new Weights(device, model.Graph, recipe.Settings.Seed);
        using var plan = Plan.ForTraining(device, model.Graph, weights, model.Loss.Output);
        var flops = model.Graph.Ops.Sum(op => op.Flops) / (double)batch / 1e6;
        var megabytes = (plan.MemoryCount + (4L * weights.TrainedCount)) * sizeof(float) / 1048576.0;
        Console.WriteLine();
        Console.WriteLine($"parameters         {model.Graph.ParameterCount:N0} trained");
        Console.WriteLine($"work               {flops:F1} MFLOP forward a sample, about {3 * flops:F0} forward and backward");
        Console.WriteLine($"memory             {megabytes:F0} MiB to train at batch {batch}: activations, weights, gradients, moments");
    }
}
