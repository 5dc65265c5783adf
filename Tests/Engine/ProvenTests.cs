using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class ProvenTests
{
    [Fact]
    public void EveryRowNamesAKernelAndARouteThatExist() => Assert.All(Proven.Rows, row =>
    {
        var known = KernelList.All.Any(pair => pair.Kernel.Name == row.Kernel
            && pair.Kernel.DeviceBodies.Any(body => body.Route == row.Route));
        Assert.True(known || row is { Kernel: ProvenRoute.Recording, Route: Route.Graph }, $"no such route: {row}");
        Assert.Contains(row.Backend, new[] { "cuda", "opencl", "opencl-cpu" });
    });

    [Fact]
    public void NoRowStandsTwice() => Assert.Equal(
        Proven.Rows.Count, Proven.Rows.Select(row => (row.Kernel, row.Route, row.Backend)).Distinct().Count());

    [Fact]
    public void RowsAreReadAsTheyAreWritten()
    {
        var row = new ProvenRoute("conv.forward", Route.Grouped, "cuda", "NVIDIA H100", new DateOnly(2026, 1, 31));
        Assert.Equal("conv.forward,Grouped,cuda,NVIDIA H100,2026-01-31", row.ToString());
        Assert.Equal(row, ProvenRoute.Parse(row.ToString()));
        Assert.Throws<FormatException>(() => ProvenRoute.Parse("conv.forward,Grouped,cuda"));
        Assert.Throws<FormatException>(() => ProvenRoute.Parse("conv.forward,Fast,cuda,NVIDIA H100,2026-01-31"));
    }
}
