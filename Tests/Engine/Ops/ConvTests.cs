using Estampa.Bench;
using Xunit;

namespace Estampa.Tests;

public class ConvTests
{
    public static TheoryData<string> Cases => [.. ConvCases.All.Where(opCase => !opCase.Timed).Select(opCase => opCase.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(ConvCases.All.Single(opCase => opCase.Name == name));
}
