using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class MaskTests
{
    public static TheoryData<string> Cases => CaseRows.Of(SequenceCases.Masks);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(SequenceCases.Masks.Single(opCase => opCase.Name == name));

    [Fact]
    public void MatchesPyTorch() => Assert.All(
        PyTorchCase.All("mask"), stored => stored.Check(["input", "lengths"], inputs => inputs[0].Mask(inputs[1]), []));

    [Fact]
    public void WhatIsBehindAnEndMayBeAnything()
    {
        var graph = new Graph();
        var sequences = graph.Input("sequences", new Shape(2, 3, 1, 1));
        var lengths = graph.Input("lengths", new Shape(2, 1));
        var masked = sequences.Mask(lengths);
        foreach (var device in new[] { Hosts.TwoThreads, Hosts.Portable })
        {
            using var weights = new Weights(device, graph, seed: 1);
            using var plan = Plan.ForEvaluation(device, graph, weights, masked);
            plan.Write(sequences, [1, 2, float.NaN, float.NaN, float.NaN, float.NaN]);
            plan.Write(lengths, [2, 0]);
            plan.Recording.Replay();
            Assert.Equal([1, 2, 0, 0, 0, 0], plan.Read(masked));
        }
    }

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        var graph = new Graph();
        var sequences = graph.Input("sequences", new Shape(2, 4, 1, 3));
        ShapeErrors.Names(() => sequences.Mask(graph.Input("three", new Shape(3, 1))), "Mask", "'sequences'", "3x1", "2x4x1x3");
        ShapeErrors.Names(() => sequences.Mask(graph.Input("wide", new Shape(2, 2))), "Mask", "'sequences'", "2x2", "2x4x1x3");
        var learned = graph.Input("learned", new Shape(2, 1), differentiable: true);
        var thrown = Assert.Throws<ArgumentException>(() => sequences.Mask(learned));
        Assert.Contains("learned", thrown.Message, StringComparison.Ordinal);
    }
}
