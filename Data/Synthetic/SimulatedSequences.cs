namespace Estampa.Data;

/// <summary>
/// Sequences of science stamps in physical units after Carrasco-Davis et al. (2019, arXiv:1807.03869): counts = template *
/// 10^((zero point - m) / 2.5), blurred by each visit's air, on a constant sky, with Poisson noise in electrons and Gaussian read noise,
/// back in ADU. Sequence k follows from the options other than the count: not from the threads or the machine.
/// </summary>
public sealed class SimulatedSequences
{
    /// <summary>The one channel of a set.</summary>
    public const string Channel = "science";

    private const int Side = SequenceOptions.Side;
    private const int BlockLength = 512;

    /// <exception cref="BadInputException">An option is out of range.</exception>
    public SimulatedSequences(SequenceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        Options = options;
    }

    public SequenceOptions Options { get; }

    /// <summary>One sequence with its truth, whatever the count.</summary>
    public SimulatedSequence Make(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return new SequenceObserver(Options, index).Observe();
    }

    /// <summary>
    /// All of them as one set: a row a frame, in time, objects one after another; magnitudes are the true ones.
    /// </summary>
    /// <param name="set">How it is scaled and cropped; of the limit, samples are frames.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="BadInputException">The crop is larger than the frames.</exception>
    public StampSet ToSet(StampSetOptions set, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        set.Check();
        var side = set.Crop ?? Side;
        if (side > Side)
        {
            throw new BadInputException($"sequences: a crop of {side} is larger than frames of {Side} x {Side}");
        }

        var builder = new StampSetBuilder(set, $"{Options.Count} simulated sequences", [Channel], side, side);
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = Options.Threads == 0 ? Environment.ProcessorCount : Options.Threads,
            CancellationToken = cancel,
        };
        var block = new SimulatedSequence[BlockLength];
        for (var first = 0; first < Options.Count && !builder.IsFull; first += BlockLength)
        {
            var count = Math.Min(BlockLength, Options.Count - first);
            Parallel.For(0, count, parallel, i => block[i] = Make(first + i));
            foreach (var sequence in block.AsSpan(0, count))
            {
                Add(builder, sequence, side);
            }
        }

        return builder.Build();
    }

    private void Add(StampSetBuilder builder, SimulatedSequence sequence, int side)
    {
        for (var frame = 0; frame < sequence.Frames.Length && !builder.IsFull; frame++)
        {
            var plane = sequence.Frames[frame];
            if (side < Side)
            {
                plane = new float[side * side];
                Crop.Centre(sequence.Frames[frame], Side, Side, side, plane);
            }

            var candid = (sequence.Number * 1000) + frame;
            var date = Options.FirstDate + sequence.Days[frame];
            builder.Add(new SampleFacts(candid, sequence.ObjectId, sequence.Class.Name(), sequence.Magnitudes[frame], date), [plane]);
        }
    }
}
