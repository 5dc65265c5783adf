using Estampa.Bench;
using Xunit;

namespace Estampa.Tests;

public class PixelLossTests
{
    public static TheoryData<string> Cases => [.. PixelLossCases.All.Where(opCase => !opCase.Timed).Select(opCase => opCase.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Holds(string name) => OpCheck.All(PixelLossCases.All.Single(opCase => opCase.Name == name));
}
