using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class RepeatTests
{
    public static TheoryData<string> Cases => CaseRows.Of(SequenceCases.Repeats);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(SequenceCases.Repeats.Single(opCase => opCase.Name == name));

    [Fact]
    public void MatchesPyTorch() => Assert.All(
        PyTorchCase.All("repeat"), stored => stored.Check(["input"], inputs => inputs[0].Repeat(stored.Whole("steps")), []));

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        var graph = new Graph();
        var vectors = graph.Input("vectors", new Shape(2, 3));
        ShapeErrors.Names(() => vectors.Repeat(0), "Repeat", "'vectors'", "2x0x1x3");
        ShapeErrors.Names(() => vectors.Repeat(int.MaxValue), "Repeat", "'vectors'");
        ShapeErrors.Names(() => graph.Input("sequences", new Shape(2, 4, 1, 3)).Repeat(2), "Repeat", "'sequences'", "2x4x1x3");
    }
}
