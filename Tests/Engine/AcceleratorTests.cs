using Xunit;

namespace Estampa.Tests;

/// <summary>Every op on devices that ILGPU drives: an OpenCL device where there is one, and ILGPU's own simulator.</summary>
[Collection(AcceleratorCollection.Name)]
public class AcceleratorTests
{
#if ILGPU
    public static TheoryData<string> All => CaseRows.Of(CaseRows.Every);

    [Theory]
    [MemberData(nameof(All))]
    public void OpHoldsOnOpenCl(string name)
    {
        Assert.SkipWhen(AcceleratorDevices.OpenCl is null, "no OpenCL device");
        OpCheck.On(CaseRows.Every.Single(opCase => opCase.Name == name), AcceleratorDevices.OpenCl!);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void OpHoldsOnTheSimulator(string name) =>
        OpCheck.On(CaseRows.Every.Single(opCase => opCase.Name == name), AcceleratorDevices.Simulated);
#else
    [Fact]
    public void OpsHold() => Assert.Skip("built without ILGPU (no package feed serves it, or -p:Ilgpu=false)");
#endif
}
