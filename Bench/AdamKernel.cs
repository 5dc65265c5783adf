using Estampa.Engine;
using Estampa.Models;

namespace Estampa.Bench;

/// <summary>The optimizer's update of all weights of stamp-vae, one flat block: no op, so no case.</summary>
internal static class AdamKernel
{
    /// <summary>Read: weight, gradient, two moments; written: all but the gradient.</summary>
    private const int FloatsPerWeight = 7;
    private const int FlopsPerWeight = 12;

    public static string Name => "adam of stamp-vae";

    public static KernelRow Measure(Device device, Target target)
    {
        var recipe = new StampVaeRecipe();
        var model = recipe.Build(batch: 2);
        using var weights = new Weights(device, model.Graph, seed: 1);
        using var plan = Plan.ForTraining(device, model.Graph, weights, model.Loss.Output);
        using var memory = device.Allocate(Adam.MemoryCount(weights), "the optimizer's moments");
        var adam = recipe.Optimizer();
        var update = new Recording(plan);
        adam.Record(update, weights, memory);
        adam.SetState(memory, weights.TrainedCount, adam.Rate, step: 1);

        // Gradients that are no zeros.
        plan.Recording.Replay();
        var milliseconds = LaunchTimer.Medians(device, update.Launches).Sum();
        return new KernelRow(
            "adam", $"{Name}, {weights.TrainedCount} weights", "update", target, milliseconds,
            (double)FlopsPerWeight * weights.TrainedCount / milliseconds / 1e6,
            (double)FloatsPerWeight * sizeof(float) * weights.TrainedCount / milliseconds / 1e6);
    }
}
