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

    private readonly Dictionary<string, Block> columns = [];
    private readonly Block order;
    private readonly int[] rows;
    private readonly Samples samples;
    private readonly SampleOrder sampleOrder;

    /// <summary>Whether its one column fills a graph's one input, whatever that is called.</summary>
    private readonly bool isUnnamed;

    private Feed(Device device, Samples samples, SampleOrder? sampleOrder, bool isUnnamed)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(samples);
        this.sampleOrder = sampleOrder ?? SampleOrder.Once(samples.Count);
        this.sampleOrder.Check(samples.Count);
        (this.samples, this.isUnnamed, Device) = (samples, isUnnamed, device);
        rows = new int[Count];
        try
        {
            foreach (var column in samples.Columns)
            {
                var block = device.Allocate(column.Numbers.Length, $"the training samples' {column.Name}");
                columns.Add(column.Name, block);
                block.Write<float>(column.Numbers);
            }

            order = device.Allocate(Count, "the order of samples");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where the samples lie.</summary>
    public Device Device { get; }

    /// <summary>Samples of an epoch.</summary>
    public int Count => sampleOrder.Count;

    /// <summary>A feed that fills each input from the column of its name.</summary>
    /// <param name="device">Where the samples are kept.</param>
    /// <param name="samples">All training samples.</param>
    /// <param name="order">Which of them an epoch has; each once where null.</param>
    public static Feed Resident(Device device, Samples samples, SampleOrder? order = null) =>
        new(device, samples, order, isUnnamed: false);

    /// <summary>A feed for a graph of one input, whatever its name: samples one after another, channels last.</summary>
    /// <exception cref="ArgumentException">There are none, or the numbers are no whole number of samples.</exception>
    public static Feed Resident(Device device, float[] numbers, int sample) =>
        new(device, new Samples(new SampleColumn("samples", numbers, sample)), sampleOrder: null, isUnnamed: true);

    public void Dispose()
    {
        foreach (var block in columns.Values)
        {
            block.Dispose();
        }

        order?.Dispose();
    }

    /// <summary>Chooses and shuffles the samples of an epoch: a pure function of the seed and the epoch.</summary>
    internal void Shuffle(ulong seed, int epoch)
    {
        sampleOrder.Fill(rows, seed, epoch);
        order.Write<int>(rows);
    }

    /// <exception cref="ShapeException">An input's samples have another size than the feed's.</exception>
    /// <exception cref="ArgumentException">The recording runs on another device.</exception>
    internal void Record(Recording recording, IReadOnlyList<Tensor> inputs, int batch)
    {
        if (recording.Device != Device)
        {
            throw new ArgumentException($"the feed's samples lie on {Device.Name} ({Device.Description}), the plan runs on another device,"
                + $" {recording.Device.Name} ({recording.Device.Description})");
        }

        recording.Needs(order);
        foreach (var input in inputs)
        {
            var column = isUnnamed && inputs.Count == 1 ? samples.Columns[0] : samples[input.Name];
            Samples.Check(input, column, batch);
            var block = columns[column.Name];
            recording.Needs(block);
            var arguments = new FeedArguments
            {
                Samples = block.View(0, block.Count),
                Order = order.Integers(0, Count),
                Clock = recording.Clock,
                Output = recording.Value(input),
                Sample = column.Size,
            };
            recording.Launch(GatherKernel, arguments, input.Shape.Count);
        }
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
