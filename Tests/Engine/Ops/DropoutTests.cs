using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class DropoutTests
{
    private static readonly Shape Wide = new(300, 40);

    public static TheoryData<string> Cases => CaseRows.Of(DropoutCases.All);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(DropoutCases.All.Single(opCase => opCase.Name == name));

    /// <summary>Four standard deviations of a share of 12000 draws.</summary>
    [Theory]
    [InlineData(0.5f)]
    [InlineData(0.2f)]
    public void DropsItsShare(float probability)
    {
        var dropped = Draw("dropout", probability, step: 0).Count(number => number == 0f) / (double)Wide.Count;
        Assert.Equal(probability, dropped, 4 * Math.Sqrt(probability * (1 - probability) / Wide.Count));
    }

    [Fact]
    public void EveryStepAndNameDrawsAnew()
    {
        var first = Draw("dropout", 0.5f, step: 4);
        Assert.Equal(first, Draw("dropout", 0.5f, step: 4));
        Assert.NotEqual(first, Draw("dropout", 0.5f, step: 5));
        Assert.NotEqual(first, Draw("other", 0.5f, step: 4));
    }

    [Fact]
    public void AProbabilityOfZeroAddsNothing()
    {
        var input = new Graph().Input("input", Wide);
        Assert.Same(input, input.Dropout("dropout", 0f));
        Assert.Empty(input.Graph.Ops);
    }

    [Fact]
    public void RefusesTakenNamesAndBadProbabilities()
    {
        var graph = new Graph();
        var input = graph.Input("input", Wide);
        graph.StandardNormal("noise", Wide);
        input.Dropout("dropout", 0.5f);
        Assert.Throws<ArgumentException>(() => input.Dropout("dropout", 0.5f));
        Assert.Throws<ArgumentException>(() => input.Dropout("noise", 0.5f));
        Assert.Throws<ArgumentException>(() => graph.StandardNormal("dropout", Wide));
        foreach (var probability in new[] { -0.1f, 1f, float.NaN })
        {
            var error = Assert.Throws<ArgumentException>(() => input.Dropout("other", probability));
            Assert.Contains("in [0, 1)", error.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>What becomes of ones in training.</summary>
    private static float[] Draw(string name, float probability, int step)
    {
        var graph = new Graph();
        var input = graph.Input("input", Wide, differentiable: true);
        var probe = new Probe(input.Dropout(name, probability), graph.Input("weights", Wide));
        var loss = graph.Loss(new LossPart("probe", probe.Output, graph.Dial("weight", 1)));
        using var weights = new Weights(Hosts.TwoThreads, graph, seed: 1);
        using var plan = Plan.ForTraining(Hosts.TwoThreads, graph, weights, loss.Output, new PlanOptions(Poisoned: true));
        plan.Write(input, [.. Enumerable.Repeat(1f, Wide.Count)]);
        plan.SetClock(seed: 11, step);
        plan.Recording.Replay();
        return plan.Read(probe.Copy);
    }
}
