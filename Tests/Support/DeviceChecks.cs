using Estampa.Engine;
using Estampa.Models;
using Xunit;

namespace Estampa.Tests;

/// <summary>What a device must hold beside the ops.</summary>
internal static class DeviceChecks
{
    private const float Rate = 1e-4f;
    private const int Steps = 10;

    public static readonly IReadOnlyDictionary<string, Action<Device, Precision>> All = new Dictionary<string, Action<Device, Precision>>
    {
        ["a training of the stamp VAE"] = TrainsAsTheProcessor,
        ["answers of the stamp VAE"] = AnswersAsTheProcessor,
        ["a NaN through activations"] = (device, _) => EdgeTests.NaNsPass(device),
        ["blocks"] = (device, _) => BlocksKeepWhatIsWritten(device),
        ["kernels of the roof"] = (device, _) => RoofKernelsCompute(device),
        ["trace and replay"] = (device, _) => TracesAndReplays(device),
    };

    /// <summary>A copy copies; with a factor of zero each of eight sums is the addend, one, and a product is zero.</summary>
    private static void RoofKernelsCompute(Device device)
    {
        const int count = 256;
        float[] numbers = [0f, .. Enumerable.Range(1, count - 1).Select(number => number / 7f)], results = new float[count];
        using Block from = device.Allocate(count, "the source"), to = device.Allocate(count, "the target");
        from.Write<float>(numbers);
        RoofKernels.Copy(device, from, to, count).Run();
        to.Read<float>(results);
        Assert.Equal(numbers, results);
        RoofKernels.MultiplyAdds(device, from, to, count, rounds: 3).Run();
        to.Read<float>(results);
        Assert.All(results, result => Assert.True(result is 8f or 0f, $"{result}"));
        Assert.Single(results.Distinct());
    }

    /// <summary>Ten steps with noise, shuffled samples and a limit on the gradients, beside the same on the processor.</summary>
    private static void TrainsAsTheProcessor(Device device, Precision precision)
    {
        var allowed = precision == Precision.Float32 ? 1e-4 : precision == Precision.TensorFloat32 ? 5e-3 : 3e-2;
        var (expectedLosses, expectedWeights) = Train(Hosts.TwoThreads);
        var (losses, weights) = Train(device);
        Assert.Equal(Steps, losses.Count);
        for (var step = 0; step < Steps; step++)
        {
            Assert.True(
                Math.Abs(losses[step] - expectedLosses[step]) <= allowed * Math.Abs(expectedLosses[step]),
                $"step {step}: the loss is {losses[step]}, the processor's {expectedLosses[step]}");
        }

        // A bias before batch normalisation has no gradient but rounding's, which Adam makes as large as any; the running mean follows it.
        var means = weights.Keys.Where(name => name.EndsWith("running_mean", StringComparison.Ordinal)).ToList();
        var noisy = means.Concat(means.Select(BiasBefore)).ToHashSet();
        foreach (var (name, numbers) in weights)
        {
            var gaps = numbers.Zip(expectedWeights[name], (actual, expected) => Math.Abs((double)actual - expected)).ToArray();
            if (noisy.Contains(name))
            {
                Assert.True(gaps.Max() <= 2 * Steps * Rate, $"{name}: off by {gaps.Max():g2}");
            }
            else
            {
                var share = Math.Sqrt(gaps.Sum(gap => gap * gap) / expectedWeights[name].Sum(expected => (double)expected * expected));
                Assert.True(share <= allowed, $"{name}: off by {share:g2} of its size");
            }
        }
    }

    /// <summary>Latents and stamps of an evaluation plan, where noise is left out, beside the processor's.</summary>
    private static void AnswersAsTheProcessor(Device device, Precision precision)
    {
        var tolerance = precision == Precision.Float32 ? 1e-5 : precision == Precision.TensorFloat32 ? 5e-3 : 3e-2;
        foreach (var (expected, actual) in Answers(Hosts.TwoThreads).Zip(Answers(device)))
        {
            OpCheck.Near(device.Name, [.. expected.Select(number => (double)number)], actual, tolerance, floor: 1e-6);
        }
    }

    private static float[][] Answers(Device device)
    {
        const int batch = 2;
        var model = new StampVaeRecipe().Build(batch);
        using var weights = new Weights(device, model.Graph, seed: 1);
        using var plan = Plan.ForEvaluation(device, model.Graph, weights, model.Code, model.Reconstruction);
        plan.Write(model.Input, HashedValues.Images(0, batch * 441));
        plan.Recording.Replay();
        return [plan.Read(model.Code), plan.Read(model.Reconstruction)];
    }

    private static (List<double> Losses, Dictionary<string, float[]> Weights) Train(Device device)
    {
        const int batch = 2;
        var model = new StampVaeRecipe().Build(batch);
        using var weights = new Weights(device, model.Graph, seed: 1);
        using var plan = Plan.ForTraining(device, model.Graph, weights, model.Loss.Output);
        using var feed = Feed.Resident(device, HashedValues.Images(0, Steps * batch * 441), 441);
        using var trainer = new Trainer(
            plan, model.Loss, model.Input, feed, new Adam(Rate, Limit: 1000f), new ConstantSchedule(), seed: 1);
        var losses = new List<double>();
        trainer.Run(step => losses.AddRange(step > losses.Count ? [plan.Read(model.Loss.Output)[0]] : []));
        return (losses, weights.Parameters.ToDictionary(parameter => parameter.Name, parameter => weights.Export(parameter.Name)));
    }

    /// <summary>encoder.1.running_mean follows encoder.0.bias.</summary>
    private static string BiasBefore(string mean)
    {
        var words = mean.Split('.');
        return $"{words[0]}.{int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture) - 1}.bias";
    }

    /// <summary>Pieces of every size at odd places, more of them than the ring of uploads holds.</summary>
    private static void BlocksKeepWhatIsWritten(Device device)
    {
        const int count = 100_003;
        using var block = device.Allocate(count, "a test");
        var expected = new float[count];
        var actual = new float[count];
        block.Read<float>(actual);
        Assert.Equal(expected, actual);
        var random = new Random(3);
        for (var piece = 0; piece < 3000; piece++)
        {
            var length = random.Next(piece % 300 == 0 ? 40_000 : 900);
            var start = random.Next(count - length);
            var numbers = Enumerable.Range(0, length).Select(place => (float)((piece * 7) + place)).ToArray();
            numbers.CopyTo(expected, start);
            block.Write<float>(numbers, start);
        }

        block.Read<float>(actual);
        Assert.Equal(expected, actual);
        block.Read(actual.AsSpan(0, 17), 301);
        Assert.Equal(expected.AsSpan(301, 17), actual.AsSpan(0, 17));
        block.Fill(0xFF);
        block.Read<float>(actual);
        Assert.All(actual, number => Assert.True(float.IsNaN(number)));
        using var empty = device.Allocate(0, "nothing");
        Assert.Equal(0, empty.View(0, 0).Length);
    }

    private static void TracesAndReplays(Device device)
    {
        using var vae = new SmallVae(device);
        vae.RunEpoch();
        Assert.Null(vae.Plan.Trace());
        Allocation.OfNothing(vae.Plan.Recording.Replay, times: 3);
        vae.Weights.Import("mean.weight", [.. vae.Weights.Export("mean.weight").Select(_ => float.NaN)]);
        Assert.StartsWith("mean, output", vae.Plan.Trace(), StringComparison.Ordinal);
    }
}
