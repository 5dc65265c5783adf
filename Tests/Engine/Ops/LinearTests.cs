using Estampa.Bench;
using Xunit;

namespace Estampa.Tests;

public class LinearTests
{
    public static TheoryData<string> Cases => [.. LinearCases.All.Where(opCase => !opCase.Timed).Select(opCase => opCase.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(LinearCases.All.Single(opCase => opCase.Name == name));
}
