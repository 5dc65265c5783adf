using Estampa.Data;
using Estampa.Models;
using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

/// <summary>What samples of sequences are filled with, and how the alerts' numbers are scaled.</summary>
public class SampleColumnsTests
{
    private const int Steps = 3;

    /// <summary>Row k of five alerts has the pixels (k, k + 0.5); the fourth is an earlier detection.</summary>
    private static readonly StampSet Set = new()
    {
        Count = 5,
        Height = 1,
        Width = 2,
        Channels = ["science"],
        Pixels = [1, 1.5f, 2, 2.5f, 3, 3.5f, 0, 0, 5, 5.5f],
        Offsets = new float[5],
        Factors = [1, 1, 1, 1, 1],
        Candids = [11, 12, 13, 0, 15],
        ObjectIds = ["a", "a", "a", "b", "b"],
        Classes = ["", "VS", "", "SN", ""],
        Magnitudes = [18, 19, 20, 21, 22],
        JulianDates = [100, 100.5, 104, 10, 9],
        FeatureNames = ["magpsf", "sigmapsf", "fid", "isdiffpos", "diffmaglim", "fwhm"],
        Features =
        [
            18, 0.1f, 1, 1, 20, 2,
            20, 0.3f, 2, 1, 20, 50,
            90, 0.7f, 1, 1, 20, 4,
            21, 0.2f, 1, 1, 20, float.NaN,
            22, 0.4f, 2, 1, 20, 6,
        ],
        HasStamp = [true, true, true, false, true],
        Source = "five alerts",
    };

    private static readonly int[][] Sequences = [[0, 1, 2], [3, 4]];

    [Fact]
    public void StampsArePaddedWithZeros() => Assert.Equal(
        [1, 1.5f, 2, 2.5f, 3, 3.5f, 0, 0, 5, 5.5f, 0, 0], Fill(InputName.Stamps, 2 * Steps));

    [Fact]
    public void LengthsCountAllSteps() => Assert.Equal([3f, 2f], Fill(InputName.Lengths, 1));

    [Fact]
    public void StepsWithoutStampsAreNotPresent() => Assert.Equal([1f, 1, 1, 0, 1, 0], Fill(InputName.Present, Steps));

    /// <summary>The first step has none, and neither has one whose time does not go on.</summary>
    [Fact]
    public void GapsAreLogarithmsOfDays()
    {
        var expected = new[] { 0, Math.Log(51) / 5, Math.Log(351) / 5, 0, 0, 0 };
        OpCheck.Near("gaps", expected, Fill(InputName.Gaps, Steps), 1e-6, 0);
    }

    [Fact]
    public void ALabelStandsAtEachStepAndNoneBehindTheEnd()
    {
        Assert.Equal([1f, 1, 1, 0, 0, -1], Fill(InputName.Labels, Steps));
        Assert.Equal([1f, 0], Fill(InputName.Labels, 1));
        Assert.Equal([1f, -1], Fill(InputName.Labels, 1, Needs() with { Classes = ["AGN", "VS"] }));
    }

    [Fact]
    public void FeaturesAreThoseOfTheLastStepOrOfEach()
    {
        var needs = Needs() with { Features = ["fid"], StepFeatures = ["magpsf", "fid"] };
        Assert.Equal([102f, 104], Fill(InputName.Features, 1, needs));
        Assert.Equal([200f, 100, 201, 101, 202, 102, 203, 103, 204, 104, 0, 0], Fill(InputName.StepFeatures, 2 * Steps, needs));
    }

    [Fact]
    public void LatentsAreThoseOfTheLastStep()
    {
        var columns = new SampleColumns(Set, Needs(), [(InputName.Latents, 2)])
        {
            Latents = [.. Enumerable.Range(0, 10).Select(number => (float)number)],
        };
        Assert.Equal([4f, 5, 8, 9], columns.Fill(Sequences)[InputName.Latents].Numbers);
    }

    [Fact]
    public void AnUnknownInputIsRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => Fill("noise", 1));
        Assert.Contains("'noise'", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Means and deviations are those of the rows that train: the third alert, far from the others, is not among them.</summary>
    [Fact]
    public void ScalesAreThoseOfTheTrainingRows()
    {
        var needs = Needs() with { Features = ["fwhm"], StepFeatures = ["magpsf", AlertFeatures.HasStamp, "diffmaglim"] };
        Assert.Equal(["fwhm", "magpsf", "diffmaglim"], FeatureColumns.NamesOf(needs));
        var columns = FeatureColumns.Fit(Table([0, 1], [3, 4]), needs);

        // magpsf 18, 20, 21, 22: mean 20.25, variance (2.25^2 + .25^2 + .75^2 + 1.75^2) / 4 = 2.1875. What is constant becomes 0.
        var deviation = Math.Sqrt(2.1875);
        OpCheck.Near("step", [-2.25 / deviation, 1, 0], columns.Of(0, needs.StepFeatures), 1e-6, 0);
        OpCheck.Near("far", [69.75 / deviation, 1, 0], columns.Of(2, needs.StepFeatures), 1e-6, 0);
        OpCheck.Near("no stamp", [0.75 / deviation, 0, 0], columns.Of(3, needs.StepFeatures), 1e-6, 0);

        // fwhm 2, 10 (clipped from 50), unknown, 6: mean 6, deviation sqrt(32 / 3).
        var widths = Enumerable.Range(0, 5).Select(row => columns.Of(row, needs.Features).Single()).ToArray();
        OpCheck.Near("fwhm", [-1.2247449, 1.2247449, -0.6123724, 0, 0], widths, 1e-6, 0);
    }

    [Fact]
    public void ScalesComeBackFromTheirText()
    {
        var needs = Needs() with { StepFeatures = AlertFeatures.OfSteps };
        var columns = FeatureColumns.Fit(Table([0, 1], [4]), needs);
        var loaded = FeatureColumns.Load(Set, columns.Text, "model");
        Assert.Equal(columns.Text, loaded.Text);
        for (var row = 0; row < Set.Count; row++)
        {
            Assert.Equal(columns.Of(row, needs.StepFeatures), loaded.Of(row, needs.StepFeatures));
        }

        var error = Assert.Throws<BadInputException>(() => FeatureColumns.Load(Set, "[{}]", "the/model"));
        Assert.StartsWith("the/model: the scales of features cannot be read", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFeatureThatTheSourceLacksIsNamed()
    {
        var error = Assert.Throws<BadInputException>(() => FeatureColumns.Fit(Table([0]), Needs() with { Features = ["chinr"] }));
        Assert.StartsWith("five alerts: there is no feature ", error.Message, StringComparison.Ordinal);
        Assert.Contains("chinr", error.Message, StringComparison.Ordinal);
    }

    private static SampleNeeds Needs() => new(1, ["science"], "none") { Steps = Steps, Classes = ["SN", "VS"] };

    private static SampleTable Table(params int[][] rows) => new(Set, rows, new SampleColumns(Set, Needs(), []).Fill);

    /// <summary>A column of the two sequences; a feature is 100 times its place, from 1 on where there are two, and the row.</summary>
    private static float[] Fill(string name, int size, SampleNeeds? needs = null)
    {
        var columns = new SampleColumns(Set, needs ?? Needs(), [(name, size)])
        {
            FeaturesOf = (row, names) => [.. names.Select(feature => row + (feature == "magpsf" ? 200f : 100f))],
        };
        return columns.Fill(Sequences)[name].Numbers;
    }
}
