using System.Globalization;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>The rate of each epoch against PyTorch's schedulers (Tests/Reference/make_training_fixtures.py); the first is 1.</summary>
public class ScheduleTests
{
    private const double Close = 1e-6;

    [Fact]
    public void StepsAsStepLR() => Compare("step", 3, stored =>
        new StepSchedule(stored.Whole("every"), Number(stored, "factor")));

    [Fact]
    public void FallsAsCosineAnnealingLR() => Compare("cosine", 2, stored =>
        new CosineSchedule(stored.Whole("epochs"), Number(stored, "minimum")));

    /// <summary>From the end of the warm-up on; PyTorch's starts at a share of its own, ours at 1/(epochs + 1).</summary>
    [Fact]
    public void FallsAsCosineAnnealingLRAfterAWarmUp() => Compare(
        "warm_up_cosine",
        2,
        stored =>
        {
            var warmUp = stored.Whole("warmUp");
            return new WarmUpSchedule(warmUp, new CosineSchedule(stored.Whole("epochs") - warmUp, Number(stored, "minimum")));
        },
        stored => stored.Whole("warmUp"));

    /// <summary>The cases with an absolute threshold or a cool-down are PyTorch's alone.</summary>
    [Fact]
    public void FallsOnAPlateauAsReduceLROnPlateau() => Compare(
        "plateau",
        1,
        stored => new PlateauSchedule(
            Number(stored, "factor"), stored.Whole("patience"), double.Parse(stored.Setting("threshold")!, CultureInfo.InvariantCulture)),
        has: stored => stored.Setting("thresholdMode") == "rel" && stored.Setting("cooldown") == "0");

    [Fact]
    public void WarmsUpInEqualSteps()
    {
        var schedule = new WarmUpSchedule(4, new ConstantSchedule());
        float[] rates = [.. Enumerable.Range(0, 7).Select(epoch => schedule.Rate(2f, epoch))];
        OpCheck.Near("warm-up", [0.4, 0.8, 1.2, 1.6, 2, 2, 2], rates, Close, 0);
    }

    [Fact]
    public void AWarmUpPassesThePlateauOn()
    {
        var schedule = new WarmUpSchedule(1, new PlateauSchedule(0.5f, patience: 0));
        schedule.Observe(1);
        schedule.Observe(2);
        Assert.Equal(0.5f, schedule.Rate(1f, 5));
        var other = new WarmUpSchedule(1, new PlateauSchedule(0.5f, patience: 0)) { State = schedule.State };
        Assert.Equal(0.5f, other.Rate(1f, 5));
        Assert.Throws<ArgumentException>(() => other.State = [1, 2]);
    }

    [Fact]
    public void OddNumbersAreRefused()
    {
        Assert.Throws<ArgumentException>(() => new StepSchedule(0, 0.1f));
        Assert.Throws<ArgumentException>(() => new StepSchedule(1, float.NaN));
        Assert.Throws<ArgumentException>(() => new CosineSchedule(0));
        Assert.Throws<ArgumentException>(() => new CosineSchedule(1, float.NaN));
        Assert.Throws<ArgumentException>(() => new PlateauSchedule(float.NaN));
        Assert.Throws<ArgumentException>(() => new PlateauSchedule(patience: -1));
        Assert.Throws<ArgumentException>(() => new PlateauSchedule(threshold: double.NaN));
        Assert.Throws<ArgumentNullException>(() => new WarmUpSchedule(1, null!));
        Assert.InRange(new WarmUpSchedule(int.MaxValue, new ConstantSchedule()).Rate(1f, 5), 0f, 1f);
        foreach (var state in new double[][] { [double.NaN, 1, 0], [1, -1, 0], [1, double.NaN, 0], [1, 1, 0.5], [1, 1, -1] })
        {
            Assert.Throws<ArgumentException>(() => new PlateauSchedule { State = state });
        }
    }

    [Fact]
    public void AreFoundByName()
    {
        Assert.IsType<ConstantSchedule>(Schedule.Of("constant", 30, 0));
        Assert.IsType<PlateauSchedule>(Schedule.Of("plateau", 30, 0));
        Assert.IsType<WarmUpSchedule>(Schedule.Of("cosine", 30, 3));
        Assert.Equal(0.1f, Schedule.Of("step", 30, 0).Rate(1, 10), Close);
        Assert.Equal(0f, Schedule.Of("cosine", 30, 3).Rate(1, 30), Close);
        Assert.Equal(0.5f, Schedule.Of("cosine", 30, 0).Rate(1, 15), Close);
        Assert.Contains("'linear'", Assert.Throws<ArgumentException>(() => Schedule.Of("linear", 30, 0)).Message, StringComparison.Ordinal);
    }

    private static void Compare(
        string name, int cases, Func<PyTorchCase, Schedule> make, Func<PyTorchCase, int>? from = null, Predicate<PyTorchCase>? has = null)
    {
        var number = 0;
        var all = PyTorchCase.All("schedules").Where(stored => stored.Setting("schedule") == name);
        foreach (var stored in all.Where(stored => has?.Invoke(stored) != false))
        {
            var schedule = make(stored);
            number++;
            var losses = stored.Has("losses") ? stored.FileNumbers("losses") : null;
            var expected = stored.FileNumbers("rates");
            for (var epoch = 0; epoch < expected.Length; epoch++)
            {
                if (epoch >= (from?.Invoke(stored) ?? 0))
                {
                    var rate = schedule.Rate(1f, epoch);
                    Assert.True(Math.Abs(rate - expected[epoch]) <= Close, $"{name}, epoch {epoch}: {rate}, PyTorch {expected[epoch]}");
                }

                if (losses is not null)
                {
                    schedule.Observe(losses[epoch]);
                }
            }
        }

        Assert.Equal(cases, number);
    }

    private static float Number(PyTorchCase stored, string key) => float.Parse(stored.Setting(key)!, CultureInfo.InvariantCulture);
}
