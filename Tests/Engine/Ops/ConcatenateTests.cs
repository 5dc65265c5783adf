using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class ConcatenateTests
{
    public static TheoryData<string> Cases => CaseRows.Of(ConcatenateCases.All);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(ConcatenateCases.All.Single(opCase => opCase.Name == name));

    [Fact]
    public void MatchesPyTorch() => Assert.All(PyTorchCase.All("concatenate"), stored => stored.Check(
        ["first", "second", "third"], inputs => inputs[0].Concatenate(inputs[1], inputs[2]), []));

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        var graph = new Graph();
        var images = graph.Input("images", new Shape(2, 5, 4, 3));
        ShapeErrors.Names(() => images.Concatenate(), "Concatenate", "'images'", "2x5x4x3");
        ShapeErrors.Names(
            () => images.Concatenate(images, graph.Input("wide", new Shape(2, 5, 6, 3))), "Concatenate", "'wide'", "2x5x4x3", "2x5x6x3");
        ShapeErrors.Names(() => images.Concatenate(graph.Input("rows", new Shape(3, 60))), "Concatenate", "'rows'", "2x5x4x3", "3x60");
        var row = graph.Input("row", new Shape(1, 1 << 30));
        ShapeErrors.Names(() => row.Concatenate(row, row, row), "Concatenate", "4 tensors", "1x1073741824");
    }
}
