using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class DenormalsTests
{
    [Fact]
    public void KernelsTakeThemForZeroOnEveryThreadAndTheCallerKeepsThem()
    {
        Assert.SkipUnless(Denormals.CanFlush, "this machine's threads cannot be told to");
        using var threads = new HostThreads(3);
        var parts = new Products(300);
        threads.Run(parts);
        Assert.All(parts.Results, result => Assert.Equal(0f, result));
        Assert.NotEqual(0f, Product(1e-30f));
    }

    [Fact]
    public void StartingTwiceAndRestoringGivesBackWhatWas()
    {
        var first = Denormals.Start();
        var second = Denormals.Start();
        Denormals.Restore(second);
        Denormals.Restore(first);
        Assert.NotEqual(0f, Product(1e-30f));
    }

    private static float Product(float number) => number * (number * 1e20f);

    private sealed class Products(int count) : IParts
    {
        public float[] Results { get; } = [.. Enumerable.Repeat(1f, count)];

        public int Parts => Results.Length;

        public void RunPart(int part, int thread)
        {
            Thread.SpinWait(200);
            Results[part] = Product(1e-30f);
        }
    }
}
