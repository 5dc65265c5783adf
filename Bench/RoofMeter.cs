using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>
/// Measures the roof again and again during a run: on a shared machine it moves from second to second, so the median of what was
/// measured between the cases is what they are held against.
/// </summary>
internal sealed class RoofMeter : IRoofMeter
{
    private const int Steps = 8_000_000;
    private const int Sums = 12;
    private const int CopyFloats = 16 << 20;
    private const int Tries = 3;
    private readonly HostThreads pool;
    private readonly Work spin;
    private readonly Work copy;
    private readonly List<Roof> samples = [];

    public RoofMeter(int threads)
    {
        pool = new HostThreads(threads);
        spin = new Work(threads, _ => Tile.Choose<Action>(
            MultiplyAdd<Lanes512, Vector512<float>>, MultiplyAdd<Lanes256, Vector256<float>>, MultiplyAdd<Lanes128, Vector128<float>>)());
        var blocks = Enumerable.Range(0, threads).Select(_ => (From: new float[CopyFloats], To: new float[CopyFloats])).ToArray();
        copy = new Work(threads, part => blocks[part].From.AsSpan().CopyTo(blocks[part].To));

        // The first touch of the blocks counts for nothing.
        pool.Run(copy);
    }

    public Roof Median => new(
        Statistics.Median(samples.Select(sample => sample.Gflops)), Statistics.Median(samples.Select(sample => sample.Gbytes)));

    public void Sample()
    {
        var flops = 2.0 * Sums * (HostDevice.VectorBits / 32) * Steps * pool.Count;
        var bytes = 2.0 * sizeof(float) * CopyFloats * pool.Count;
        samples.Add(new Roof(flops / Seconds(spin) / 1e9, bytes / Seconds(copy) / 1e9));
    }

    public void Dispose() => pool.Dispose();

    /// <summary>The best of some tries: a roof is what the machine can do when nothing disturbs it.</summary>
    private double Seconds(Work work)
    {
        var best = double.PositiveInfinity;
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            var start = Stopwatch.GetTimestamp();
            pool.Run(work);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    /// <summary>
    /// Twelve independent sums, more than the eight that two units of a latency of four need; they come from memory and go back to it, so
    /// that the compiler can leave none out.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void MultiplyAdd<TLanes, TVector>()
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var numbers = stackalloc float[Sums * TLanes.Count];
        for (var place = 0; place < Sums * TLanes.Count; place++)
        {
            numbers[place] = place;
        }

        TVector factor = TLanes.Broadcast(0.999f), addend = TLanes.Broadcast(1e-3f);
        TVector a = TLanes.Load(numbers + (0 * TLanes.Count)), b = TLanes.Load(numbers + (1 * TLanes.Count));
        TVector c = TLanes.Load(numbers + (2 * TLanes.Count)), d = TLanes.Load(numbers + (3 * TLanes.Count));
        TVector e = TLanes.Load(numbers + (4 * TLanes.Count)), f = TLanes.Load(numbers + (5 * TLanes.Count));
        TVector g = TLanes.Load(numbers + (6 * TLanes.Count)), h = TLanes.Load(numbers + (7 * TLanes.Count));
        TVector i = TLanes.Load(numbers + (8 * TLanes.Count)), j = TLanes.Load(numbers + (9 * TLanes.Count));
        TVector k = TLanes.Load(numbers + (10 * TLanes.Count)), l = TLanes.Load(numbers + (11 * TLanes.Count));
        for (var step = 0; step < Steps; step++)
        {
            a = TLanes.MultiplyAdd(a, factor, addend);
            b = TLanes.MultiplyAdd(b, factor, addend);
            c = TLanes.MultiplyAdd(c, factor, addend);
            d = TLanes.MultiplyAdd(d, factor, addend);
            e = TLanes.MultiplyAdd(e, factor, addend);
            f = TLanes.MultiplyAdd(f, factor, addend);
            g = TLanes.MultiplyAdd(g, factor, addend);
            h = TLanes.MultiplyAdd(h, factor, addend);
            i = TLanes.MultiplyAdd(i, factor, addend);
            j = TLanes.MultiplyAdd(j, factor, addend);
            k = TLanes.MultiplyAdd(k, factor, addend);
            l = TLanes.MultiplyAdd(l, factor, addend);
        }

        TLanes.Store(a, numbers + (0 * TLanes.Count));
        TLanes.Store(b, numbers + (1 * TLanes.Count));
        TLanes.Store(c, numbers + (2 * TLanes.Count));
        TLanes.Store(d, numbers + (3 * TLanes.Count));
        TLanes.Store(e, numbers + (4 * TLanes.Count));
        TLanes.Store(f, numbers + (5 * TLanes.Count));
        TLanes.Store(g, numbers + (6 * TLanes.Count));
        TLanes.Store(h, numbers + (7 * TLanes.Count));
        TLanes.Store(i, numbers + (8 * TLanes.Count));
        TLanes.Store(j, numbers + (9 * TLanes.Count));
        TLanes.Store(k, numbers + (10 * TLanes.Count));
        TLanes.Store(l, numbers + (11 * TLanes.Count));
        if (new ReadOnlySpan<float>(numbers, Sums * TLanes.Count).Contains(float.NaN))
        {
            throw new InvalidOperationException("sums of small numbers are not numbers");
        }
    }

    private sealed class Work(int parts, Action<int> run) : IParts
    {
        public int Parts => parts;

        public void RunPart(int part, int thread) => run(part);
    }
}
