using Estampa.Engine;
using Xunit;

namespace Estampa.Tests;

/// <summary>Memory that runs out and launches that fail, at every place where they can.</summary>
public class DeviceFailureTests
{
    private static readonly int[] Expected = SmallTraining.Run(Hosts.OneThread);

    [Fact]
    public void WhereMemoryRunsOutNothingStaysAllocatedAndTheNextTrainingIsAsAny()
    {
        using var device = new FaultyDevice();
        var allocation = 0;
        while (true)
        {
            device.FailingAllocation = ++allocation;
            var error = Record.Exception(() => SmallTraining.Run(device));
            if (error is null)
            {
                break;
            }

            var memory = Assert.IsType<InsufficientMemoryException>(error);
            Assert.Matches(@"^faulty, the .*: no memory for \d+ bytes; \d+ in \d+ blocks are in use, 12 are free \(a planted failure\)$",
                memory.Message);
            Assert.Equal((0, 0L), (device.LiveBlocks, device.LiveBytes));
            device.FailingAllocation = 0;
            Assert.Equal(Expected, SmallTraining.Run(device));
        }

        // Weights, gradients, statistics; inputs, arena, windows; samples, order; moments.
        Assert.Equal(9 + 1, allocation);
    }

    [Fact]
    public void CountsWhatIsAllocated()
    {
        using var device = new HostDevice(1);
        using (var block = device.Allocate(10, "ten"))
        {
            using var other = device.Allocate(0, "nothing");
            Assert.Equal((2, 40L), (device.LiveBlocks, device.LiveBytes));
            Assert.Same(device, block.Device);
            block.Dispose();
            block.Dispose();
            Assert.Equal((1, 0L), (device.LiveBlocks, device.LiveBytes));
        }

        Assert.Equal((0, 0L), (device.LiveBlocks, device.LiveBytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => device.Allocate(-1, "less"));
    }

    [Fact]
    public void TenThousandStepsAllocateNoBlock()
    {
        using var device = new HostDevice(2);
        using (var vae = new SmallVae(device))
        {
            var before = (device.LiveBlocks, device.LiveBytes);
            while (vae.Trainer.Step < 10_000)
            {
                vae.RunEpoch();
            }

            Assert.Equal(before, (device.LiveBlocks, device.LiveBytes));
        }

        Assert.Equal((0, 0L), (device.LiveBlocks, device.LiveBytes));
    }

    [Fact]
    public void AFailedLaunchIsTheReasonOfAllThatFollows()
    {
        var launch = 0;
        while (true)
        {
            var device = new FaultyDevice { FailingLaunch = ++launch };
            Exception? again = null;
            var error = Record.Exception(() => SmallTraining.Run(
                device,
                epochs: 0,
                trainer =>
                {
                    if (Record.Exception(() => trainer.Run(stop: TestContext.Current.CancellationToken)) is { } first)
                    {
                        again = Record.Exception(() => trainer.Run(stop: TestContext.Current.CancellationToken));
                        throw first;
                    }
                }));
            if (error is null)
            {
                device.FailingLaunch = 0;
                device.Dispose();
                break;
            }

            // The first error comes out although freeing what was made fails as well.
            var failed = Assert.IsType<DeviceFailedException>(error);
            Assert.Matches("^faulty, launching .*: a planted failure$", failed.Message);
            foreach (var late in new[] { again, Record.Exception(() => device.Allocate(1, "more")) })
            {
                Assert.StartsWith(failed.Message, Assert.IsType<DeviceFailedException>(late).Message, StringComparison.Ordinal);
            }

            Assert.Equal(0, device.LiveBlocks);
            device.Dispose();
            device.Dispose();
        }

        Assert.True(launch > 20, $"only {launch} launches");
    }

    [Fact]
    public void AFailedPartOfALaunchIsADeviceFailure()
    {
        using var device = new HostDevice(2);
        var graph = new Graph();
        var rows = graph.Input("rows", new Shape(4, 3));
        var output = new Failing(rows).Output;
        using var weights = new Weights(device, graph, seed: 1);
        using var plan = Plan.ForEvaluation(device, graph, weights, output);
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var error = Assert.Throws<DeviceFailedException>(plan.Recording.Replay);
            Assert.StartsWith("cpu, launching failing:", error.Message, StringComparison.Ordinal);
            Assert.Contains("it broke", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void MemoryThatIsShortInALaunchIsNoDeviceFailure()
    {
        using var device = new HostDevice(2);
        var graph = new Graph();
        var output = new Failing(graph.Input("rows", new Shape(4, 3)), new InsufficientMemoryException("it is short")).Output;
        using var weights = new Weights(device, graph, seed: 1);
        using var plan = Plan.ForEvaluation(device, graph, weights, output);
        var error = Assert.Throws<InsufficientMemoryException>(plan.Recording.Replay);
        Assert.Contains("launching failing: it is short", error.Message, StringComparison.Ordinal);
        device.Allocate(1, "a number").Dispose();
    }

    /// <summary>An op whose kernel throws.</summary>
    private sealed class Failing(Tensor input, Exception? reason = null) : Op("failing", input.Shape, input)
    {
        public override void Forward(Recording recording)
        {
            var arguments = new ActivationArguments { Output = recording.Value(Output) };
            recording.Launch(
                new Kernel<ActivationArguments>("failing", (_, _) => throw reason ?? new NotSupportedException("it broke")),
                arguments,
                Output.Shape.Count);
        }

        public override void Backward(Recording recording)
        {
        }
    }
}
