using Estampa.Bench;
using Xunit;

namespace Estampa.Tests;

public class BatchNormTests
{
    public static TheoryData<string> Cases => [.. BatchNormCases.All.Where(opCase => !opCase.Timed).Select(opCase => opCase.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(BatchNormCases.All.Single(opCase => opCase.Name == name));
}
