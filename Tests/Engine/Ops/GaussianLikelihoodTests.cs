using Estampa.Bench;
using Xunit;

namespace Estampa.Tests;

public class GaussianLikelihoodTests
{
    public static TheoryData<string> Cases => [.. GaussianLikelihoodCases.All.Where(opCase => !opCase.Timed).Select(opCase => opCase.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(GaussianLikelihoodCases.All.Single(opCase => opCase.Name == name));
}
