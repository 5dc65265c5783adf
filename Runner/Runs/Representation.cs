using System.Globalization;
using Estampa.Data;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>
/// Another run's encoder, frozen, whose latents a recipe reads. It says which stamps are wanted, scaled how. It has seen, without their
/// classes, the stamps that trained it, some of which the recipe's test may hold.
/// </summary>
internal static class Representation
{
    /// <summary>
    /// The encoder's run, where the recipe reads latents, and its size in the recipe's setting 'latent'; null where it reads none.
    /// </summary>
    /// <exception cref="BadInputException">There is no such run, or what it encodes is no single stamp.</exception>
    public static RunFolder? Find(Recipe recipe)
    {
        if (recipe.Settings.All.All(setting => setting.Name != "encoder"))
        {
            return null;
        }

        if (recipe.Needs.Representation.Length == 0)
        {
            throw new BadInputException($"{recipe.Name} needs the folder of a trained run, whose latents it reads: --set encoder=RUN");
        }

        var run = RunFolder.Open(recipe.Needs.Representation);
        var model = run.Recipe.Build(2);
        if (run.Recipe.Needs.Steps > 0 || model.Inputs.Any(input => input.Name is not (InputName.Stamps or InputName.Labels)))
        {
            throw new BadInputException($"--set encoder={recipe.Needs.Representation}: {run.Recipe.Name} does not encode a stamp alone");
        }

        recipe.Settings.Set("encoder", run.FullPath);
        recipe.Settings.Set("latent", model.Code.Shape.Sample.ToString(CultureInfo.InvariantCulture));
        return run;
    }

    /// <summary>(stamps, latent).</summary>
    public static float[] Encode(RunFolder run, StampSet stamps)
    {
        using var trained = new TrainedRun(run.FullPath);
        var inputs = run.Recipe.Build(2).Inputs.Select(input => (input.Name, input.Shape.Count / 2)).ToList();
        int[][] rows = [.. Enumerable.Range(0, stamps.Count).Select(row => new[] { row })];
        return trained.Scorer.Encode(new SampleTable(stamps, rows, new SampleColumns(stamps, run.Recipe.Needs, inputs).Fill));
    }
}
