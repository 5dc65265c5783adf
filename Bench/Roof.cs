using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>What this machine can do at most: multiply-adds from registers, and bytes from memory.</summary>
/// <param name="Gflops">Giga floating-point operations a second, two a multiply-add.</param>
/// <param name="Gbytes">Gigabytes a second, read and written, of a copy that no cache holds.</param>
internal sealed record Roof(double Gflops, double Gbytes)
{
    private const int Steps = 4_000_000;
    private const int Sums = 16;
    private const int CopyFloats = 16 << 20;
    private const int Rounds = 5;

    public static Roof Measure(int threads)
    {
        using var pool = new HostThreads(threads);
        var spin = new Work(threads, _ => Tile.Choose<Action>(
            MultiplyAdd<Lanes512, Vector512<float>>, MultiplyAdd<Lanes256, Vector256<float>>, MultiplyAdd<Lanes128, Vector128<float>>)());
        var flops = 2.0 * Sums * (HostDevice.VectorBits / 32) * Steps * threads;
        var blocks = Enumerable.Range(0, threads).Select(_ => (From: new float[CopyFloats], To: new float[CopyFloats])).ToArray();
        var copy = new Work(threads, part => blocks[part].From.AsSpan().CopyTo(blocks[part].To));
        var bytes = 2.0 * sizeof(float) * CopyFloats * threads;
        return new Roof(flops / Seconds(pool, spin) / 1e9, bytes / Seconds(pool, copy) / 1e9);
    }

    /// <summary>The best of some rounds: a roof is what the machine can do when nothing disturbs it.</summary>
    private static double Seconds(HostThreads pool, Work work)
    {
        var best = double.PositiveInfinity;
        for (var round = 0; round <= Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            pool.Run(work);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    /// <summary>Sixteen independent sums: twice as many as two units of a latency of four need.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyAdd<TLanes, TVector>()
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector factor = TLanes.Broadcast(0.999f), addend = TLanes.Broadcast(1e-3f);
        TVector a = factor, b = factor, c = factor, d = factor, e = factor, f = factor, g = factor, h = factor;
        TVector i = addend, j = addend, k = addend, l = addend, m = addend, n = addend, o = addend, p = addend;
        for (var step = 0; step < Steps; step++)
        {
            (a, b, c, d) = (Next(a), Next(b), Next(c), Next(d));
            (e, f, g, h) = (Next(e), Next(f), Next(g), Next(h));
            (i, j, k, l) = (Next(i), Next(j), Next(k), Next(l));
            (m, n, o, p) = (Next(m), Next(n), Next(o), Next(p));
        }

        TVector first = TLanes.Add(TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)), TLanes.Add(TLanes.Add(e, f), TLanes.Add(g, h)));
        TVector second = TLanes.Add(TLanes.Add(TLanes.Add(i, j), TLanes.Add(k, l)), TLanes.Add(TLanes.Add(m, n), TLanes.Add(o, p)));
        GC.KeepAlive(TLanes.Sum(TLanes.Add(first, second)));

        TVector Next(TVector sum) => TLanes.MultiplyAdd(sum, factor, addend);
    }

    private sealed class Work(int parts, Action<int> run) : IParts
    {
        public int Parts => parts;

        public void RunPart(int part) => run(part);
    }
}
