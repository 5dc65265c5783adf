using Estampa.Models;
using Xunit;

namespace Estampa.Tests;

public class ClassScoresTests
{
    /// <summary>
    /// Ten samples of three classes, with what scikit-learn 1.2.1 gives for them: confusion_matrix, precision_recall_fscore_support,
    /// f1_score(average="macro"), balanced_accuracy_score, accuracy_score and log_loss.
    /// </summary>
    private static readonly int[] Labels = [0, 0, 1, 1, 1, 2, 2, 2, 2, 0];

    private static readonly float[] Probabilities =
    [
        .7f, .2f, .1f, .5f, .4f, .1f, .2f, .6f, .2f, .1f, .8f, .1f, .3f, .3f, .4f,
        .45f, .35f, .2f, .05f, .05f, .9f, .25f, .5f, .25f, .15f, .1f, .75f, .9f, .05f, .05f,
    ];

    [Fact]
    public void EveryFigureIsThatOfScikitLearn()
    {
        var scores = new ClassScores(Labels, Probabilities, 3);
        Assert.Equal(new[,] { { 3, 0, 0 }, { 0, 2, 1 }, { 1, 1, 2 } }, scores.Confusion);
        Near([.75, .66666667, .66666667], scores.Precision);
        Near([1, .66666667, .5], scores.Recall);
        Near([.85714286, .66666667, .57142857], scores.F1);
        Near([3, 3, 4], label => scores.Support(label));
        Assert.Equal(.7, scores.Accuracy, 12);
        Assert.Equal(.6984126984126985, scores.MacroF1, 12);
        Assert.Equal(.7222222222222222, scores.MacroRecall, 12);
        Assert.Equal(.6481899481226238, scores.NegativeLogLikelihood, 6);
    }

    [Fact]
    public void CalibrationIsThatOfTheDefinition()
    {
        var scores = new ClassScores(Labels, Probabilities, 3);

        // By hand: bins of .4 and .45 (both wrong), .5 and .5 (one right), .6, .7 and .75, .8, .9 and .9 (all right).
        Assert.Equal([0, 0, 0, 0, 2, 2, 1, 2, 1, 2], scores.Bins.Select(bin => bin.Count));
        Assert.Equal((0.425, 0.0), (Math.Round(scores.Bins[4].Confidence, 6), scores.Bins[4].Accuracy));
        Assert.Equal((0.5, 0.5), (scores.Bins[5].Confidence, scores.Bins[5].Accuracy));
        Assert.Equal(((2 * .425) + (2 * 0) + .4 + (2 * .275) + .2 + (2 * .1)) / 10, scores.CalibrationError, 6);
        Assert.True(double.IsNaN(scores.Bins[0].Accuracy));
        Assert.Equal(Math.Sqrt(.7 * .3 / 10), scores.AccuracyError, 12);
        Assert.Equal(Math.Sqrt(.25 / 4), scores.RecallError(2), 12);
    }

    [Fact]
    public void ClassesThatNeverOccurCountOnlyWhereTheyWereAnswered()
    {
        // Truth 0, 0, 1; answers 0, 2, 1; class 3 is not seen at all.
        var scores = new ClassScores([0, 0, 1], [1, 0, 0, 0, .1f, 0, .9f, 0, 0, 1, 0, 0], 4);
        Assert.Equal([0, 2, 1], scores.Answers);
        Assert.Equal((0, 0, 0), (scores.Recall(3), scores.Precision(3), scores.F1(3)));
        Assert.Equal((.5 + 1) / 2, scores.MacroRecall, 12);
        Assert.Equal(((2.0 / 3) + 1 + 0) / 3, scores.MacroF1, 12);
        Assert.Equal(.5, scores.RowShare(0, 2));
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        Assert.Throws<ArgumentException>(() => new ClassScores([], [], 2));
        Assert.Throws<ArgumentException>(() => new ClassScores([0], [1, 0, 0], 2));
        Assert.Throws<ArgumentException>(() => new ClassScores([-1], [1, 0], 2));
        Assert.Throws<ArgumentException>(() => new ClassScores([2], [1, 0], 2));
        Assert.Throws<ArgumentException>(() => new ClassScores([1], [float.NaN, 0], 2));
    }

    [Fact]
    public void PairedDifferencesHaveTheirOwnError()
    {
        // Four objects with one sample each, differences 1, 0, 0, 1: mean .5, deviations all .5.
        var alone = PairedDifference.Of([("a", 1, 0), ("b", 1, 1), ("c", 0, 0), ("d", 1, 0)]);
        Assert.Equal((4, .5), (alone.Count, alone.Mean));
        Assert.Equal(Math.Sqrt(4 * .25) / 4, alone.Error, 12);
        Assert.False(alone.ExceedsTwoErrors);

        // The same with two objects: deviations .5 + .5 and -.5 - .5 are summed before they are squared.
        var two = PairedDifference.Of([("a", 1, 0), ("b", 1, 1), ("b", 0, 0), ("a", 1, 0)]);
        Assert.Equal(Math.Sqrt(2) / 4, two.Error, 12);
        Assert.True(PairedDifference.Of([.. Enumerable.Range(0, 20).Select(at => ($"{at}", 1.0, at < 10 ? 0.0 : 1.0))]).ExceedsTwoErrors);
        Assert.Throws<ArgumentException>(() => PairedDifference.Of([]));
    }

    private static void Near(double[] expected, Func<int, double> actual)
    {
        for (var label = 0; label < expected.Length; label++)
        {
            Assert.Equal(expected[label], actual(label), 7);
        }
    }
}
