using ILGPU;

namespace Estampa.Engine;

/// <summary>What the feed's kernel reads and writes.</summary>
public struct FeedArguments
{
    public ArrayView<float> Samples;
    public ArrayView<int> Order;
    public ArrayView<int> Clock;
    public ArrayView<float> Output;
    public int Sample;
}

/// <summary>
/// Training samples that live on the device. Each replay gathers the next batch in the epoch's order, from the position in the plan's
/// clock, so that no sample crosses to the device inside an epoch. A short last batch is left out, and comes in another epoch's order.
/// </summary>
public sealed class Feed : IDisposable
{
    internal static readonly Kernel<FeedArguments> GatherKernel =
        new("feed.gather", Gather, new HostRoute<FeedArguments>(Rows, 8, GatherHost));

    private readonly Block samples;
    private readonly Block order;
    private readonly int[] rows;
    private readonly int sample;

    private Feed(Device device, ReadOnlySpan<float> numbers, int sample)
    {
        this.sample = sample;
        var count = numbers.Length / sample;
        Count = count;
        samples = device.Allocate(numbers.Length, "the training samples");
        samples.Write(numbers);
        order = device.Allocate(count, "the order of samples");
        rows = new int[count];
    }

    /// <summary>How many samples there are.</summary>
    public int Count { get; }

    /// <summary>A feed of these samples, one after another, channels last.</summary>
    /// <exception cref="ArgumentException">There are none, or the numbers are no whole number of samples.</exception>
    public static Feed Resident(Device device, ReadOnlySpan<float> numbers, int sample) =>
        sample > 0 && numbers.Length > 0 && numbers.Length % sample == 0
            ? new Feed(device, numbers, sample)
            : throw new ArgumentException($"{numbers.Length} numbers are no whole, positive number of samples of {sample}");

    public void Dispose()
    {
        samples.Dispose();
        order.Dispose();
    }

    /// <summary>Shuffles for an epoch: a pure function of the seed and the epoch.</summary>
    internal void Shuffle(ulong seed, int epoch)
    {
        for (var row = 0; row < rows.Length; row++)
        {
            rows[row] = row;
        }

        Noise.Shuffle(rows, seed, "feed", epoch);
        order.Write<int>(rows);
    }

    /// <exception cref="ShapeException">The input's samples have another size than the feed's.</exception>
    internal void Record(Recording recording, Tensor input)
    {
        if (input.Shape.Sample != sample)
        {
            throw new ShapeException(
                $"input '{input.Name}' is {input.Shape} ({input.Shape.Sample} numbers a sample), the feed's samples have {sample}");
        }

        var arguments = new FeedArguments
        {
            Samples = samples.View(0, samples.Count),
            Order = order.Integers(0, Count),
            Clock = recording.Clock,
            Output = recording.Value(input),
            Sample = sample,
        };
        recording.Launch(GatherKernel, arguments, input.Shape.Count);
    }

    private static void Gather(Index1D index, FeedArguments arguments)
    {
        var row = arguments.Order[arguments.Clock[3] + (index / arguments.Sample)];
        arguments.Output[index] = arguments.Samples[(row * arguments.Sample) + (index % arguments.Sample)];
    }

    private static int Rows(FeedArguments arguments) => (int)arguments.Output.Length / arguments.Sample;

    private static unsafe void GatherHost(in FeedArguments arguments, int first, int end)
    {
        float* samples = HostMemory.Address(arguments.Samples), output = HostMemory.Address(arguments.Output);
        var order = HostMemory.Address(arguments.Order) + HostMemory.Address(arguments.Clock)[3];
        for (var row = first; row < end; row++)
        {
            new ReadOnlySpan<float>(samples + ((nint)order[row] * arguments.Sample), arguments.Sample)
                .CopyTo(new Span<float>(output + ((nint)row * arguments.Sample), arguments.Sample));
        }
    }
}
