using Estampa.Bench;
using Xunit;

namespace Estampa.Tests;

public class ActivationTests
{
    public static TheoryData<string> Cases => [.. ActivationCases.All.Where(opCase => !opCase.Timed).Select(opCase => opCase.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(ActivationCases.All.Single(opCase => opCase.Name == name));
}
