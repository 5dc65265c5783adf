using Estampa.Bench;
using Xunit;

namespace Estampa.Tests;

public class DivergenceTests
{
    public static TheoryData<string> Cases => [.. LatentCases.Divergences.Where(opCase => !opCase.Timed).Select(opCase => opCase.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(LatentCases.Divergences.Single(opCase => opCase.Name == name));
}
