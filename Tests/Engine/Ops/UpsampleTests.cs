using Estampa.Bench;
using Xunit;

namespace Estampa.Tests;

public class UpsampleTests
{
    public static TheoryData<string> Cases => [.. UpsampleCases.All.Where(opCase => !opCase.Timed).Select(opCase => opCase.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(UpsampleCases.All.Single(opCase => opCase.Name == name));
}
