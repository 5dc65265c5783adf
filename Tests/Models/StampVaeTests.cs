using System.Globalization;
using Estampa.Engine;
using Estampa.Models;
using Xunit;

namespace Estampa.Tests;

/// <summary>The stamp VAE against PyTorch: parameter counts, ten Adam steps, evaluation (Tests/Reference/make_vae_fixture.py).</summary>
public class StampVaeTests
{
    private const int Batch = 8;
    private const int Latent = 21;

    /// <summary>How many times the distance between equally right PyTorch runs ours may be off.</summary>
    private const double Allowance = 4;

    [Theory]
    [InlineData(21, 446_120)]
    [InlineData(30, 508_670)]
    [InlineData(32, 522_570)]
    public void HasThePublishedNumberOfParameters(int latent, long expected)
    {
        var recipe = new StampVaeRecipe();
        recipe.Settings.Set("latent", latent.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(expected, recipe.Build(4).Graph.ParameterCount);
    }

    [Theory]
    [InlineData("auto_regularised", RouteChoice.Fastest)]
    [InlineData("beta", RouteChoice.Fastest)]
    public void TenAdamStepsFollowPyTorch(string loss, RouteChoice route)
    {
        var (stored, metadata) = Safetensors.Read(Path.Combine(AppContext.BaseDirectory, "Fixtures/vae/ten_steps.safetensors"));
        using var device = new HostDevice(2, route);
        var model = new Model(loss);
        using var weights = new Weights(device, model.Graph, seed: 1);
        HashedValues.Fill(weights);
        using var plan = Plan.ForTraining(device, model.Graph, weights, model.Loss.Output);
        var adam = new Adam(Rate: 1e-4f);
        using var memory = device.Allocate(Adam.MemoryCount(weights), "moments");
        var update = new Recording(plan);
        adam.RecordNorm(update, weights, memory);
        adam.Record(update, weights, memory);

        var noisy = metadata["noiseParameters"].Split(',');
        var biasShare = noisy.ToDictionary(name => name, name => new double[64]);
        for (var step = 0; step < 10; step++)
        {
            plan.Write(model.Stamps, HashedValues.Images(step, Batch * 441));
            plan.Write(model.Noise, HashedValues.Noise(step, Batch * Latent));
            plan.SetClock(1, step);
            foreach (var name in noisy)
            {
                var bias = weights.Export(name);
                biasShare[name] = [.. biasShare[name].Select((share, i) => (share * 0.9) + (0.1 * bias[i]))];
            }

            plan.Recording.Replay();
            var parts = plan.Read(model.Loss.Output);
            foreach (var (name, value) in new[] { ("loss", parts[0]), ("reconstruction", parts[1]), ("divergence", parts[2]) })
            {
                // Once a rounding has flipped a ReLU, two right runs stay apart: a step's guide is the greatest so far.
                double expected = stored[$"{loss}.{name}"].Floats[step], guide = stored[$"{loss}.guide.{name}"].Floats[..(step + 1)].Max();
                Assert.True(
                    Math.Abs(value - expected) <= (Allowance * guide * Math.Abs(expected)) + (2e-6 * Math.Abs(expected)),
                    $"step {step}, {name}: {value}, PyTorch {expected}, guide {guide:E1}");
            }

            if (step == 0)
            {
                foreach (var name in stored.Keys.Where(name => name.StartsWith($"{loss}.step0.gradient.", StringComparison.Ordinal)))
                {
                    Close(name, weights.ExportGradient(name[$"{loss}.step0.gradient.".Length..]));
                }
            }

            adam.SetState(memory, weights.TrainedCount, 1e-4f, step + 1);
            update.Replay();
        }

        foreach (var name in stored.Keys.Where(name => name.StartsWith($"{loss}.final.", StringComparison.Ordinal)))
        {
            var parameter = name[$"{loss}.final.".Length..];
            if (parameter.EndsWith("_less_bias", StringComparison.Ordinal))
            {
                // A bias before batch normalisation has no gradient but rounding's; what it gives the running mean is taken out.
                var layer = parameter.Split('.');
                var place = int.Parse(layer[1], CultureInfo.InvariantCulture) - 1;
                var bias = $"{layer[0]}.{place}.bias";
                var mean = weights.Export($"{layer[0]}.{layer[1]}.running_mean").Select((value, i) => (float)(value - biasShare[bias][i]));
                float[] settled = [.. mean];
                Close(name, settled);
                weights.Import($"{layer[0]}.{layer[1]}.running_mean", settled);
                weights.Import(bias, new float[64]);
            }
            else if (!parameter.StartsWith("sum", StringComparison.Ordinal)
                && !parameter.EndsWith("running_mean", StringComparison.Ordinal))
            {
                Close(name, weights.Export(parameter));
            }
        }

        using var evaluation = Plan.ForEvaluation(device, model.Graph, weights, model.Rebuilt, model.Mean);
        evaluation.Write(model.Stamps, HashedValues.Images(0, Batch * 441));
        evaluation.Recording.Replay();
        Close($"{loss}.evaluation.output", evaluation.Read(model.Rebuilt));
        Close($"{loss}.evaluation.mu", evaluation.Read(model.Mean));

        void Close(string name, float[] ours)
        {
            var theirs = stored[name].Floats;
            Assert.Equal(theirs.Length, ours.Length);
            var guide = double.Parse(metadata[$"guide.{name}"], CultureInfo.InvariantCulture);
            double gap = 0, size = 0;
            for (var i = 0; i < ours.Length; i++)
            {
                gap = Math.Max(gap, Math.Abs(ours[i] - theirs[i]));
                size = Math.Max(size, Math.Abs(theirs[i]));
            }

            Assert.True(
                gap <= ((Allowance * guide) + 2e-6) * size,
                $"{name}: off by {gap / size:E1} of its greatest value, guide {guide:E1}");
        }
    }

    private sealed class Model
    {
        public Model(string loss)
        {
            var vae = new StampVae(1, Latent);
            Stamps = Graph.Input("stamps", new Shape(Batch, 21, 21, 1));
            Noise = Graph.Input("noise", new Shape(Batch, Latent));
            (Mean, var logVariance) = vae.Encode(Stamps);
            var z = Mean.Reparametrise(logVariance, Noise);
            Rebuilt = vae.Decode(z);
            var spread = vae.Spread(z);
            var reconstruction = loss == "beta" ? Rebuilt.SquaredError(Stamps) : Rebuilt.GaussianLikelihood(Stamps, spread, -5f);
            Loss = Graph.Loss(
                new LossPart("reconstruction", reconstruction, Graph.Dial("reconstruction", 1f)),
                new LossPart("divergence", Mean.Divergence(logVariance), Graph.Dial("divergence", loss == "beta" ? 0.5f : 1f)));
        }

        public Graph Graph { get; } = new();

        public Tensor Stamps { get; }

        public Tensor Noise { get; }

        public Tensor Mean { get; }

        public Tensor Rebuilt { get; }

        public Loss Loss { get; }
    }
}
