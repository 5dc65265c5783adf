using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class StepTests
{
    public static TheoryData<string> Cases => CaseRows.Of(SequenceCases.Steps);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(SequenceCases.Steps.Single(opCase => opCase.Name == name));

    [Fact]
    public void MatchesPyTorch() => Assert.All(PyTorchCase.All("step"), stored =>
    {
        var index = stored.Whole("index");
        stored.Check(["input"], inputs => inputs[0].Step(index < 0 ? ^-index : index), []);
    });

    [Fact]
    public void RefusesStepsThatAreNotThere()
    {
        var sequences = new Graph().Input("sequences", new Shape(2, 4, 1, 3));
        ShapeErrors.Names(() => sequences.Step(4), "Step", "'sequences'", "2x4x1x3", "none at 4");
        ShapeErrors.Names(() => sequences.Step(^5), "Step", "'sequences'", "2x4x1x3", "none at ^5");
        ShapeErrors.Names(() => sequences.Step(^0), "Step", "'sequences'", "2x4x1x3", "none at ^0");
    }
}
