using System.ComponentModel;
using System.Diagnostics;
using Estampa.Data;
using Estampa.Engine;
using Estampa.Models;
using Xunit;

namespace Estampa.Tests;

/// <summary>
/// Model files between the engine and PyTorch, by the scripts of Tests/Reference: the same file and the same stamps must give the same
/// reconstruction, each pixel to 1e-5, where reconstructions are of order 1 (their greatest pixel is held to be above 0.1).
/// </summary>
public class PyTorchTests
{
    private const double Allowed = 1e-5;
    private const int Batch = 5;
    private const int Missing = 3;

    [Theory]
    [InlineData(1, 21)]
    [InlineData(3, 8)]
    public void PyTorchRebuildsAsTheEngineDoesFromTheEnginesFile(int channels, int latent)
    {
        using var folder = DataFiles.Temporary();
        using var model = new Model(channels, latent);

        // Weights, running means and variances that have all left their first values.
        HashedValues.Fill(model.Weights);
        var place = 0;
        foreach (var parameter in model.Weights.Parameters.Where(parameter => !parameter.Trained))
        {
            var first = place++;
            model.Weights.Import(parameter.Name, [.. Enumerable.Range(0, parameter.Count).Select(i => parameter.Name.EndsWith("var")
                ? (float)(1 + (0.5 * HashedValues.At(first, i)))
                : (float)(0.1 * HashedValues.At(first, i)))]);
        }

        // Above zero, so that the last ReLU cuts off little.
        model.Weights.Import("decoder.20.bias", [.. Enumerable.Repeat(0.4f, channels)]);
        Checkpoint.SaveModel(folder["model.safetensors"], model.Weights, steps: 40, new Dictionary<string, string>());
        var input = HashedValues.Images(1, Batch * Sample(channels));
        Npy.Write(folder["input.npy"], input, Batch, channels, StampVae.Side, StampVae.Side);
        Python(folder, "check_model_file.py", "model.safetensors", "input.npy", "output.npy");
        Near(Npy.Read(folder["output.npy"]), model.Rebuild(input));
    }

    [Theory]
    [InlineData(1, 21)]
    [InlineData(3, 8)]
    public void TheEngineRebuildsAsPyTorchDoesFromPyTorchsFile(int channels, int latent)
    {
        using var folder = DataFiles.Temporary();
        Python(
            folder, "make_model_file.py", "model.safetensors", "input.npy", "output.npy", "--latent", $"{latent}", "--channels",
            $"{channels}", "--batch", $"{Batch}");
        using var model = new Model(channels, latent);
        Checkpoint.LoadModel(folder["model.safetensors"], model.Weights);
        Near(Npy.Read(folder["output.npy"]), model.Rebuild(Npy.Read(folder["input.npy"]).Floats()));
    }

    private static int Sample(int channels) => StampVae.Side * StampVae.Side * channels;

    private static void Near(NpyArray expected, float[] actual)
    {
        var numbers = expected.Floats();
        Assert.Equal(numbers.Length, actual.Length);
        Assert.True(numbers.Max() > 0.1, $"the greatest pixel is {numbers.Max()}");
        Assert.True(numbers.Count(number => number > 0) > numbers.Length / 10, "most pixels are cut off by the last ReLU");
        var gap = numbers.Zip(actual, (theirs, ours) => Math.Abs((double)theirs - ours)).Max();
        Assert.True(gap <= Allowed, $"a pixel differs by {gap:E2}; the greatest pixel is {numbers.Max()}");
    }

    /// <summary>Runs a script of Tests/Reference with the first Python that has PyTorch; the test is skipped where none has.</summary>
    private static void Python(DataFiles.TemporaryFolder folder, string script, params string[] arguments)
    {
        var path = Path.Combine(Repository.Root, "Tests", "Reference", script);
        var reasons = new List<string>();
        foreach (var python in new[] { "/usr/bin/python3", "python3" })
        {
            var start = new ProcessStartInfo(python, ["-B", path, .. arguments])
            {
                WorkingDirectory = folder.Path,
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            };
            try
            {
                using var process = Process.Start(start)!;
                var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
                var error = process.StandardError.ReadToEnd();
                process.WaitForExit();
                if (process.ExitCode != Missing)
                {
                    Assert.True(process.ExitCode == 0, $"{script} ended with {process.ExitCode}: {error}{output.Result}");
                    return;
                }

                reasons.Add($"{python}: {error.Trim()}");
            }
            catch (Win32Exception exception)
            {
                reasons.Add(exception.Message);
            }
        }

        Assert.Skip(string.Join("; ", reasons));
    }

    private sealed class Model : IDisposable
    {
        private readonly int channels;
        private readonly Tensor stamps;
        private readonly Tensor rebuilt;
        private readonly Plan plan;

        public Model(int channels, int latent)
        {
            this.channels = channels;
            var graph = new Graph();
            var vae = new StampVae(channels, latent);
            stamps = graph.Input("stamps", new Shape(Batch, StampVae.Side, StampVae.Side, channels));
            var mean = vae.Encode(stamps).Mean;
            rebuilt = vae.Decode(mean);
            vae.Spread(mean);
            Weights = new Weights(Hosts.TwoThreads, graph, seed: 1);
            plan = Plan.ForEvaluation(Hosts.TwoThreads, graph, Weights, rebuilt);
        }

        public Weights Weights { get; }

        /// <summary>Stamps and reconstructions in PyTorch's order, (batch, channels, 21, 21).</summary>
        public float[] Rebuild(float[] images)
        {
            plan.Write(stamps, ImageOrder.ToChannelsLast(stamps.Shape, images));
            plan.Recording.Replay();

            var numbers = plan.Read(rebuilt);
            var result = new float[numbers.Length];
            var pixels = StampVae.Side * StampVae.Side;
            for (var element = 0; element < numbers.Length; element++)
            {
                int channel = element % channels, pixel = element / channels % pixels, sample = element / channels / pixels;
                result[(((sample * channels) + channel) * pixels) + pixel] = numbers[element];
            }

            return result;
        }

        public void Dispose()
        {
            plan.Dispose();
            Weights.Dispose();
        }
    }
}
