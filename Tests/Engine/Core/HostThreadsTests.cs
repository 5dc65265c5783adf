using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

public class HostThreadsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void EveryPartRunsOnceInManyLaunches(int count)
    {
        using var threads = new HostThreads(count);
        for (var launch = 0; launch < 5_000; launch++)
        {
            var parts = new Parts(launch % 7);
            threads.Run(parts);
            Assert.All(parts.Runs, runs => Assert.Equal(1, runs));
        }
    }

    [Fact]
    public void ReturnsWhenTheSlowestPartIsDone()
    {
        using var threads = new HostThreads(3);
        for (var launch = 0; launch < 5; launch++)
        {
            var parts = new Parts(6) { Milliseconds = 3 };
            threads.Run(parts);
            Assert.All(parts.Runs, runs => Assert.Equal(1, runs));
        }
    }

    [Fact]
    public void WakesThreadsThatSleep()
    {
        using var threads = new HostThreads(3);
        for (var launch = 0; launch < 5; launch++)
        {
            Thread.Sleep(20);
            var parts = new Parts(64);
            threads.Run(parts);
            Assert.All(parts.Runs, runs => Assert.Equal(1, runs));
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 8)]
    [InlineData(3, 1)]
    [InlineData(3, 8)]
    public void AFailedPartReachesTheCallerAndTheThreadsGoOn(int count, int parts)
    {
        using var threads = new HostThreads(count);
        for (var launch = 0; launch < 20; launch++)
        {
            var failing = new Parts(parts) { Failing = launch % parts };
            var error = Assert.Throws<AggregateException>(() => threads.Run(failing));
            Assert.IsType<InvalidDataException>(error.InnerException);
            Assert.Contains($"part {launch % parts}", error.Message, StringComparison.Ordinal);
            var good = new Parts(8);
            threads.Run(good);
            Assert.All(good.Runs, runs => Assert.Equal(1, runs));
        }
    }

    [Fact]
    public void CallersTakeTurns()
    {
        using var threads = new HostThreads(2);
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            var parts = new Parts(9);
            threads.Run(parts);
            Assert.All(parts.Runs, runs => Assert.Equal(1, runs));
        });
    }

    [Fact]
    public void RefusesWorkAfterItsEndAndFewerThanOneThread()
    {
        var threads = new HostThreads(2);
        threads.Dispose();
        threads.Dispose();
        Assert.Throws<ObjectDisposedException>(() => threads.Run(new Parts(2)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new HostThreads(0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void APartCannotLaunch(int count)
    {
        using var threads = new HostThreads(count);
        var error = Assert.Throws<AggregateException>(() => threads.Run(new Launching(threads)));
        Assert.Contains("a kernel cannot launch another", Assert.IsType<InvalidOperationException>(error.InnerException).Message,
            StringComparison.Ordinal);
        var good = new Parts(8);
        threads.Run(good);
        Assert.All(good.Runs, runs => Assert.Equal(1, runs));
    }

    [Fact]
    public void ThreadsThatCannotBeStartedLeaveNone()
    {
        var started = new List<Thread>();
        var error = Assert.Throws<InsufficientMemoryException>(() => new HostThreads(50, thread =>
        {
            if (started.Count == 3)
            {
                throw new InsufficientMemoryException("a planted failure");
            }

            thread.Start();
            started.Add(thread);
        }));
        Assert.Contains("50 threads", error.Message, StringComparison.Ordinal);
        Assert.All(started, thread => Assert.False(thread.IsAlive));
    }

    private sealed class Launching(HostThreads threads) : IParts
    {
        public int Parts => 8;

        public void RunPart(int part, int thread) => threads.Run(new Parts(1));
    }

    private sealed class Parts(int count) : IParts
    {
        public int[] Runs { get; } = new int[count];

        public int? Failing { get; init; }

        public int Milliseconds { get; init; }

        int IParts.Parts => Runs.Length;

        public void RunPart(int part, int thread)
        {
            Thread.Sleep(Milliseconds);
            Interlocked.Increment(ref Runs[part]);
            if (part == Failing)
            {
                throw new InvalidDataException($"part {part}");
            }
        }
    }
}
