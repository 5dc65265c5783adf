using System.Runtime.InteropServices;
using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public unsafe class HostScratchTests
{
    [Fact]
    public void AfterAFailureLessCanBeHad()
    {
        var slots = new HostScratch.Slots(bytes =>
            bytes <= 400 ? (nint)NativeMemory.AlignedAlloc(bytes, 64) : throw new InsufficientMemoryException("planted"));
        slots.Floats(0, 10)[9] = 1f;
        var error = Assert.Throws<InsufficientMemoryException>(() => { slots.Floats(0, 1000); });
        Assert.Contains("1000 floats", error.Message, StringComparison.Ordinal);
        Assert.True(slots.Floats(0, 10) is not null);
        slots.Floats(0, 10)[9] = 1f;
        Assert.Throws<InsufficientMemoryException>(() => { slots.Floats(0, int.MinValue); });
        Assert.True(slots.Floats(0, 100) is not null);
    }

    [Fact]
    public void IsPoisonedInTests()
    {
        Assert.NotNull(HostScratch.Poison);
        var numbers = HostScratch.Floats(0, 10);
        numbers[9] = 1f;
        Assert.NotEqual(1f, HostScratch.Floats(0, 10)[9]);
    }
}
