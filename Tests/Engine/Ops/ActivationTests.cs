using Estampa.Bench;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class ActivationTests
{
    public static TheoryData<string> Cases => CaseRows.Of(ActivationCases.All);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(ActivationCases.All.Single(opCase => opCase.Name == name));

    [Fact]
    public void MatchesPyTorch() => Assert.All(PyTorchCase.All("activations"), stored => stored.Check(
        ["input"], inputs => inputs[0].Activate(stored.Setting("activation")!.Replace('_', '-')), []));

    [Fact]
    public void RefusesAnUnknownName()
    {
        var rows = new Graph().Input("rows", new Shape(2, 5));
        var error = Assert.Throws<ArgumentException>(() => rows.Activate("gelu"));
        Assert.Contains("'gelu'", error.Message, StringComparison.Ordinal);
        Assert.Contains("silu", error.Message, StringComparison.Ordinal);
    }
}
