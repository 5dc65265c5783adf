using Estampa.Bench;
using Xunit;

namespace Estampa.Tests;

public class ReparametriseTests
{
    public static TheoryData<string> Cases => [.. LatentCases.Draws.Where(opCase => !opCase.Timed).Select(opCase => opCase.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(LatentCases.Draws.Single(opCase => opCase.Name == name));
}
