using System.Globalization;
using Estampa.Engine;
using Estampa.Models;
using Xunit;

namespace Estampa.Tests;

/// <summary>
/// A recipe's model against PyTorch's: one batch in training and in evaluation (Tests/Reference/make_model_fixtures.py, which says what a
/// file of Tests/Fixtures/models holds, and make_sequence_model_fixtures.py).
/// </summary>
internal static class ModelFixture
{
    private const double Tolerance = 1e-4;
    private const int Directions = 4;

    /// <summary>A recipe with these settings, checked.</summary>
    public static TRecipe With<TRecipe>(params (string Name, string Value)[] settings)
        where TRecipe : Recipe, new()
    {
        var recipe = new TRecipe();
        foreach (var (name, value) in settings)
        {
            recipe.Settings.Set(name, value);
        }

        recipe.Settings.Check();
        return recipe;
    }

    /// <summary>Loss, gradients of all parameters and evaluation.</summary>
    public static void Check(string fixture, Recipe recipe)
    {
        var (stored, metadata) = Safetensors.Read(Path.Combine(AppContext.BaseDirectory, "Fixtures", "models", $"{fixture}.safetensors"));
        var model = recipe.Build(int.Parse(metadata["batch"], CultureInfo.InvariantCulture));
        Assert.Equal(metadata["parameters"].Split(','), model.Graph.Parameters.Where(one => one.Trained).Select(one => one.Name));
        Assert.Equal(metadata["parameterCount"], model.Graph.ParameterCount.ToString(CultureInfo.InvariantCulture));
        using var device = new HostDevice(2, RouteChoice.Fastest);
        using var weights = new Weights(device, model.Graph, seed: 1);
        HashedValues.Fill(weights);
        using (var plan = Plan.ForTraining(device, model.Graph, weights, model.Loss.Output))
        {
            Write(plan);
            plan.Recording.Replay();
            Near("loss", stored["loss"].Floats, plan.Read(model.Loss.Output)[..1]);
            CheckGradients(fixture, stored["gradients"].Floats, weights);
        }

        var output = model is ClassifierGraph classifier ? classifier.Probabilities : ((AutoencoderGraph)model).Reconstruction;
        using var evaluation = Plan.ForEvaluation(device, model.Graph, weights, output);
        Write(evaluation);
        evaluation.Recording.Replay();
        Near("evaluation", ImageOrder.ToChannelsLast(output.Shape, stored["evaluation"].Floats), evaluation.Read(output));

        void Write(Plan plan)
        {
            foreach (var input in model.Inputs)
            {
                var count = input.Shape.Count;
                plan.Write(input, input.Name switch
                {
                    InputName.Stamps => ImageOrder.ToChannelsLast(input.Shape, HashedValues.Images(0, count)),
                    InputName.Features => HashedValues.Noise(0, count),
                    InputName.Gaps => HashedValues.Noise(2, count),
                    InputName.StepFeatures => HashedValues.Noise(3, count),
                    InputName.Latents => HashedValues.Noise(1, count),
                    _ => stored[input.Name].Floats,
                });
            }
        }

        void Near(string what, float[] expected, float[] actual) => OpCheck.Near(
            $"{fixture}, {what}", [.. expected.Select(number => (double)number)], actual, Tolerance, floor: 0);
    }

    /// <summary>A fault in one element shows in the sums along random directions, which need no stored gradients.</summary>
    private static void CheckGradients(string fixture, float[] expected, Weights weights)
    {
        var parameters = weights.Parameters.Where(parameter => parameter.Trained).ToArray();
        var norms = parameters.Select((_, k) => (double)expected[(k * (Directions + 1)) + Directions]).ToArray();
        for (var k = 0; k < parameters.Length; k++)
        {
            var gradient = weights.ExportGradient(parameters[k].Name);

            // What is 0 but for rounding, such as of a bias before batch normalisation, is compared with the others.
            var allowed = (Tolerance * norms[k]) + (1e-6 * norms.Max());
            var norm = Math.Sqrt(gradient.Sum(number => (double)number * number));
            Assert.True(
                Math.Abs(norm - norms[k]) <= allowed,
                $"{fixture}, {parameters[k].Name}: gradient's norm {norm}, PyTorch {norms[k]} within {allowed:g2}");
            for (var direction = 0; direction < Directions; direction++)
            {
                var along = gradient.Select((number, i) => number * HashedValues.At(10000 + (Directions * k) + direction, i)).Sum();
                var theirs = expected[(k * (Directions + 1)) + direction];
                Assert.True(
                    Math.Abs(along - theirs) <= allowed,
                    $"{fixture}, {parameters[k].Name}: gradient along direction {direction} {along}, PyTorch {theirs} within {allowed:g2}");
            }
        }
    }
}
