using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class TrainerTests
{
    private const int Epochs = 7;
    private const int StopEpoch = 3;
    private const int StopStep = 2;

    [Fact]
    public void TheSameSeedGivesTheSameBitsOnAnyNumberOfThreads()
    {
        var expected = TenSteps(Hosts.OneThread, seed: 1);
        Assert.Equal(expected, TenSteps(Hosts.OneThread, seed: 1));
        Assert.Equal(expected, TenSteps(Hosts.TwoThreads, seed: 1));
        Assert.Equal(expected, TenSteps(Hosts.ThreeThreads, seed: 1));
        Assert.NotEqual(expected, TenSteps(Hosts.OneThread, seed: 2));
        Assert.Equal(TenSteps(Hosts.Portable, seed: 1), TenSteps(Hosts.Portable, seed: 1));
    }

    [Fact]
    public void OtherWorkOnTheMachineChangesNoBit()
    {
        int[] Steps()
        {
            using var vae = new SmallVae(Hosts.TwoThreads);
            vae.Run(50 / vae.Trainer.StepsPerEpoch);
            return vae.Bits();
        }

        var expected = Steps();
        var ended = false;
        Thread[] others = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            while (!Volatile.Read(ref ended))
            {
                Thread.SpinWait(100);
            }
        }))];
        Array.ForEach(others, other => other.Start());
        try
        {
            for (var time = 0; time < 3; time++)
            {
                Assert.Equal(expected, Steps());
            }
        }
        finally
        {
            Volatile.Write(ref ended, true);
            Array.ForEach(others, other => other.Join());
        }
    }

    [Fact]
    public void BothRoutesTrainAlike()
    {
        using SmallVae fastest = new(Hosts.TwoThreads), portable = new(Hosts.Portable);
        foreach (var (expected, actual) in fastest.Run(Epochs).Zip(portable.Run(Epochs)))
        {
            Assert.Equal(expected.Loss, actual.Loss, 1e-4 * Math.Abs(expected.Loss));
        }
    }

    [Fact]
    public void AnEpochsResultIsTheMeanOfItsSteps()
    {
        using var vae = new SmallVae(Hosts.TwoThreads);
        var losses = new List<float[]>();
        var result = vae.RunEpoch(_ => losses.Add(vae.Plan.Read(vae.Loss.Output)));
        Assert.Equal(SmallVae.Samples / SmallVae.Batch, losses.Count);
        Assert.Equal(losses.Count * SmallVae.Batch, result.Samples);
        Assert.Equal(losses.Average(loss => (double)loss[0]), result.Loss, 1e-5);
        Assert.Equal(losses.Average(loss => (double)loss[1]), result.Parts["reconstruction"], 1e-5);
        Assert.Equal(losses.Average(loss => (double)loss[2]), result.Parts["divergence"], 1e-5);
        Assert.Equal(0.01f, result.Rate);
        var second = vae.RunEpoch();
        Assert.Equal((1, 2), (second.Epoch, vae.Trainer.Epoch));
        Assert.True(second.Loss < result.Loss, "the loss falls from the first epoch to the second");
    }

    [Fact]
    public void ParametersThatAreNotTrainedStayToTheBit()
    {
        using SmallVae vae = new(Hosts.TwoThreads, adam: new Adam(Rate: 0.01f, Decay: 0.1f, Limit: 1f)), all = new(Hosts.TwoThreads);
        vae.Run(1);
        var before = vae.Weights.Parameters.ToDictionary(parameter => parameter.Name, parameter => vae.Weights.Export(parameter.Name));
        static bool IsDecoder(string name) => name.StartsWith("decoder", StringComparison.Ordinal) || name == "mean.bias";
        vae.Trainer.Train(IsDecoder);
        vae.Run(1);
        foreach (var parameter in vae.Weights.Parameters.Where(parameter => parameter.Trained))
        {
            Assert.Equal(!IsDecoder(parameter.Name), before[parameter.Name].SequenceEqual(vae.Weights.Export(parameter.Name)));
        }

        vae.Trainer.Train(_ => true);
        vae.Run(1);
        Assert.NotEqual(before["encoder.0.weight"], vae.Weights.Export("encoder.0.weight"));
        Assert.Throws<ArgumentException>(() => vae.Trainer.Train(_ => false));

        // Ranges of all the weights are one, and give the bits of a trainer that was told nothing.
        using var told = new SmallVae(Hosts.TwoThreads);
        told.Trainer.Train(_ => true);
        Assert.Equal(Told(all.Run(2)), Told(told.Run(2)));
        Assert.Equal(all.Bits(), told.Bits());
    }

    [Fact]
    public void ARunResumedWithinAnEpochEndsWithTheBitsOfAnUnbrokenOne()
    {
        var (expected, results) = Unbroken();
        var (resumed, resumedResults) = Resumed((numbers, moments) => (numbers, moments));
        Assert.Equal(expected, resumed);
        Assert.Equal(Told(results), Told(resumedResults));

        // The plateau is part of what was resumed: the rate falls within and after the break.
        Assert.Equal([0.01f, 0.01f, 0.01f, 0.005f, 0.005f, 0.0025f, 0.0025f], results.Select(result => result.Rate));
    }

    [Theory]
    [InlineData("epoch", 0)]
    [InlineData("step", 1)]
    [InlineData("step in the epoch", 2)]
    [InlineData("seconds", 3)]
    [InlineData("sum of the loss", 4)]
    [InlineData("sum of the reconstruction", 5)]
    [InlineData("sum of the divergence", 6)]
    [InlineData("count of the sums", 7)]
    [InlineData("schedule's best", 8)]
    [InlineData("schedule's scale", 9)]
    [InlineData("schedule's stale epochs", 10)]
    [InlineData("moments", -1)]
    public void EveryNumberOfTheStateIsNeeded(string what, int place)
    {
        var (expected, results) = Unbroken();
        var (resumed, resumedResults) = Resumed((numbers, moments) =>
        {
            if (place < 0)
            {
                return (numbers, new float[moments.Length]);
            }

            // One less where one more would be more than the steps of the epoch.
            numbers[place] += place == 7 ? -1 : 1;
            return (numbers, moments);
        });
        var same = expected.SequenceEqual(resumed) && Told(results) == Told(resumedResults) && resumedResults[StopEpoch].Seconds < 1;
        Assert.False(same, $"a state with another {what} gives the same run");
    }

    [Theory]
    [InlineData(0, -1)]
    [InlineData(0, 0.5)]
    [InlineData(0, double.NaN)]
    [InlineData(1, 1e10)]
    [InlineData(2, -1)]
    [InlineData(2, 4)]
    [InlineData(3, -5)]
    [InlineData(0, int.MaxValue)]
    [InlineData(1, int.MaxValue)]
    [InlineData(3, double.PositiveInfinity)]
    [InlineData(4, double.NaN)]
    [InlineData(5, 1e300)]
    [InlineData(7, double.NaN)]
    [InlineData(7, -5)]
    [InlineData(7, 3)]
    [InlineData(8, double.NaN)]
    [InlineData(9, double.NaN)]
    [InlineData(9, -1)]
    [InlineData(10, 0.5)]
    public void RefusesStatesThatNoRunSaves(int place, double number)
    {
        using var vae = new SmallVae(Hosts.OneThread);
        vae.RunPart(StopStep);
        var before = vae.Bits();
        var (numbers, moments) = vae.Trainer.State;
        numbers[place] = number;
        Assert.Throws<ArgumentException>(() => vae.Trainer.State = (numbers, moments));
        Assert.Throws<ArgumentException>(() => vae.Trainer.State = (vae.Trainer.State.Numbers[..^1], moments));
        Assert.Throws<ArgumentException>(() => vae.Trainer.State = (vae.Trainer.State.Numbers, moments[..^1]));
        Assert.Equal(before, vae.Bits());
        Assert.Equal(StopStep, vae.Trainer.Step);
    }

    [Fact]
    public void ASampleThatIsNotANumberEndsTheRunWithItsEpochAndTensor()
    {
        var pixels = SmallVae.Pixels();
        pixels[(7 * SmallVae.Sample) + 3] = float.NaN;
        using var vae = new SmallVae(Hosts.TwoThreads, pixels: pixels);
        var error = Assert.Throws<DivergedException>(() => vae.Run(2));
        var (epoch, step) = (vae.Trainer.Epoch, vae.Trainer.StepInEpoch);
        Assert.StartsWith($"epoch {epoch + 1}, step {step + 1}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("encoder.0, output: element", error.Message, StringComparison.Ordinal);
        Assert.Contains("NaN", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);

        // Weights, moments and statistics are those of a training that was stopped before that step.
        using var stopped = new SmallVae(Hosts.TwoThreads, pixels: pixels);
        stopped.RunPart(vae.Trainer.Step);
        Assert.Equal(stopped.Bits(), vae.Bits());
        Assert.Equal(stopped.Trainer.State.Moments, vae.Trainer.State.Moments);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(3e38f)]
    public void StepsThatAreNotFiniteAreLeftOutWhereTold(float bad)
    {
        var pixels = SmallVae.Pixels();
        pixels[(7 * SmallVae.Sample) + 3] = bad;
        using var vae = new SmallVae(Hosts.TwoThreads, pixels: pixels, skipLimit: 1);
        var results = vae.Run(4);
        Assert.Contains(results, result => result.Skipped == 1);
        Assert.All(results, result => Assert.True(double.IsFinite(result.Loss)));
        Assert.All(vae.Bits(), bits => Assert.True(float.IsFinite(BitConverter.Int32BitsToSingle(bits))));

        // One sample is bad in three steps of an epoch at most; two are more than may be left out where they come in two steps.
        for (var sample = 0; sample < SmallVae.Samples; sample++)
        {
            pixels[sample * SmallVae.Sample] = bad;
        }

        using var worse = new SmallVae(Hosts.TwoThreads, pixels: pixels, skipLimit: 1);
        Assert.Contains("epoch 1, step 2", Assert.Throws<DivergedException>(() => worse.Run(1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ARateThatIsFarTooHighEndsTheRun()
    {
        using var vae = new SmallVae(Hosts.TwoThreads, adam: new Adam(Rate: 1e30f));
        Assert.Contains("epoch 1", Assert.Throws<DivergedException>(() => vae.Run(1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RefusesASetSmallerThanABatch()
    {
        var few = SmallVae.Pixels()[..(3 * SmallVae.Sample)];
        var error = Assert.Throws<ArgumentException>(() => new SmallVae(Hosts.OneThread, pixels: few));
        Assert.Contains("a batch of 4 needs as many samples, the feed has 3", error.Message, StringComparison.Ordinal);
    }

    private static int[] TenSteps(Device device, ulong seed)
    {
        using var vae = new SmallVae(device, seed);
        vae.Run(3);
        vae.RunPart(1);
        Assert.Equal(10, vae.Trainer.Step);
        return vae.Bits();
    }

    private static (int[] Bits, List<EpochResult> Results) Unbroken()
    {
        using var vae = new SmallVae(Hosts.TwoThreads);
        var results = vae.Run(Epochs);
        return (vae.Bits(), results);
    }

    /// <summary>The same run, saved within an epoch, restored into new objects, and trained to its end.</summary>
    private static (int[] Bits, List<EpochResult> Results) Resumed(Func<double[], float[], (double[], float[])> change)
    {
        using var folder = DataFiles.Temporary();
        var path = folder["state.safetensors"];
        var results = new List<EpochResult>();
        using (var first = new SmallVae(Hosts.TwoThreads))
        {
            results.AddRange(first.Run(StopEpoch));
            first.RunPart(StopStep);
            Checkpoint.SaveState(path, first.Trainer, first.Weights, [], new Dictionary<string, string>());
        }

        using var second = new SmallVae(Hosts.TwoThreads, seed: 1);
        second.Weights.Import("decoder.0.bias", new float[SmallVae.Sample]);
        Checkpoint.LoadState(path, second.Trainer, second.Weights);
        var (numbers, moments) = second.Trainer.State;
        second.Trainer.State = change(numbers, moments);
        var rest = second.Run(Epochs - StopEpoch);
        results.AddRange(rest);
        return (second.Bits(), results);
    }

    /// <summary>All that a run tells but the time.</summary>
    private static string Told(List<EpochResult> results) => string.Join('\n', results.Select(result =>
        $"{result.Epoch} {result.Loss} {string.Join(' ', result.Parts.Select(part => part.Value))} {result.Rate} {result.Samples}"));
}
