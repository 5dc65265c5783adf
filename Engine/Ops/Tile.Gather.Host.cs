using System.Runtime.CompilerServices;

namespace Estampa.Engine;

/// <summary>The taps of a gathering product: where each lies from a pixel's base, and how many channels it has.</summary>
internal unsafe struct Taps
{
    public int Count;
    public int Channels;
    public int* Offsets;

    /// <summary>The place of each tap in the packed weights, where these have more taps; null where they have these alone.</summary>
    public int* Numbers;

    /// <summary>Taps of the packed weights.</summary>
    public int Packed;

    public readonly int Number(int tap) => Numbers is null ? tap : Numbers[tap];
}

/// <summary>
/// Register tiles of the gathering product target[pixel, :] = sum over taps and channels of source[pixel + tap, channel] *
/// weights[tap, channel, :]: convolution forward, its input gradient and linear layers are all this. Weights are packed as
/// [tap][channel][vectors of the tile]. Six pixels by four vectors fill 24 of AVX-512's 32 registers with sums; with 16 registers
/// (AVX2) six by two do.
/// </summary>
internal static unsafe partial class Tile
{
    /// <summary>Pixels of a gathering tile.</summary>
    public const int Rows = 6;

    /// <summary>Vectors of the widest tile for this processor.</summary>
    public static int Widest<TLanes, TVector>()
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Count == 8 ? 2 : 4;

    /// <summary>One tile of six pixels and <paramref name="vectors"/> (4, 2 or 1) vectors of output channels.</summary>
    /// <param name="taps">The taps and the channels of each.</param>
    /// <param name="vectors">4, 2 or 1.</param>
    /// <param name="weights">Packed weights of this tile's channels.</param>
    /// <param name="sources">Six base addresses.</param>
    /// <param name="targets">Six addresses of the first output channel.</param>
    /// <param name="bias">Added to every pixel; null for none.</param>
    /// <param name="add">Adds to what the targets hold instead of storing.</param>
    public static void Gather<TLanes, TVector>(
        in Taps taps, int vectors, float* weights, float** sources, float** targets, float* bias, bool add)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        if (vectors == 4)
        {
            Gather6x4<TLanes, TVector>(taps, weights, sources, targets, bias, add);
        }
        else if (vectors == 2)
        {
            Gather6x2<TLanes, TVector>(taps, weights, sources, targets, bias, add);
        }
        else
        {
            Gather6x1<TLanes, TVector>(taps, weights, sources, targets, bias, add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather6x4<TLanes, TVector>(in Taps taps, float* weights, float** sources, float** targets, float* bias, bool add)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector t00 = TLanes.Zero, t01 = TLanes.Zero, t02 = TLanes.Zero, t03 = TLanes.Zero;
        TVector t10 = TLanes.Zero, t11 = TLanes.Zero, t12 = TLanes.Zero, t13 = TLanes.Zero;
        TVector t20 = TLanes.Zero, t21 = TLanes.Zero, t22 = TLanes.Zero, t23 = TLanes.Zero;
        TVector t30 = TLanes.Zero, t31 = TLanes.Zero, t32 = TLanes.Zero, t33 = TLanes.Zero;
        TVector t40 = TLanes.Zero, t41 = TLanes.Zero, t42 = TLanes.Zero, t43 = TLanes.Zero;
        TVector t50 = TLanes.Zero, t51 = TLanes.Zero, t52 = TLanes.Zero, t53 = TLanes.Zero;
        for (var tap = 0; tap < taps.Count; tap++)
        {
            var offset = taps.Offsets[tap];
            float* p0 = sources[0] + offset, p1 = sources[1] + offset, p2 = sources[2] + offset;
            float* p3 = sources[3] + offset, p4 = sources[4] + offset, p5 = sources[5] + offset;
            var weight = weights + ((nint)taps.Number(tap) * taps.Channels * 4 * TLanes.Count);
            for (var channel = 0; channel < taps.Channels; channel++, weight += 4 * TLanes.Count)
            {
                var w0 = TLanes.Load(weight);
                var w1 = TLanes.Load(weight + TLanes.Count);
                var w2 = TLanes.Load(weight + (2 * TLanes.Count));
                var w3 = TLanes.Load(weight + (3 * TLanes.Count));
                var x0 = TLanes.Broadcast(p0[channel]);
                t00 = TLanes.MultiplyAdd(x0, w0, t00);
                t01 = TLanes.MultiplyAdd(x0, w1, t01);
                t02 = TLanes.MultiplyAdd(x0, w2, t02);
                t03 = TLanes.MultiplyAdd(x0, w3, t03);
                var x1 = TLanes.Broadcast(p1[channel]);
                t10 = TLanes.MultiplyAdd(x1, w0, t10);
                t11 = TLanes.MultiplyAdd(x1, w1, t11);
                t12 = TLanes.MultiplyAdd(x1, w2, t12);
                t13 = TLanes.MultiplyAdd(x1, w3, t13);
                var x2 = TLanes.Broadcast(p2[channel]);
                t20 = TLanes.MultiplyAdd(x2, w0, t20);
                t21 = TLanes.MultiplyAdd(x2, w1, t21);
                t22 = TLanes.MultiplyAdd(x2, w2, t22);
                t23 = TLanes.MultiplyAdd(x2, w3, t23);
                var x3 = TLanes.Broadcast(p3[channel]);
                t30 = TLanes.MultiplyAdd(x3, w0, t30);
                t31 = TLanes.MultiplyAdd(x3, w1, t31);
                t32 = TLanes.MultiplyAdd(x3, w2, t32);
                t33 = TLanes.MultiplyAdd(x3, w3, t33);
                var x4 = TLanes.Broadcast(p4[channel]);
                t40 = TLanes.MultiplyAdd(x4, w0, t40);
                t41 = TLanes.MultiplyAdd(x4, w1, t41);
                t42 = TLanes.MultiplyAdd(x4, w2, t42);
                t43 = TLanes.MultiplyAdd(x4, w3, t43);
                var x5 = TLanes.Broadcast(p5[channel]);
                t50 = TLanes.MultiplyAdd(x5, w0, t50);
                t51 = TLanes.MultiplyAdd(x5, w1, t51);
                t52 = TLanes.MultiplyAdd(x5, w2, t52);
                t53 = TLanes.MultiplyAdd(x5, w3, t53);
            }
        }

        Put4<TLanes, TVector>(targets[0], bias, add, t00, t01, t02, t03);
        Put4<TLanes, TVector>(targets[1], bias, add, t10, t11, t12, t13);
        Put4<TLanes, TVector>(targets[2], bias, add, t20, t21, t22, t23);
        Put4<TLanes, TVector>(targets[3], bias, add, t30, t31, t32, t33);
        Put4<TLanes, TVector>(targets[4], bias, add, t40, t41, t42, t43);
        Put4<TLanes, TVector>(targets[5], bias, add, t50, t51, t52, t53);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather6x2<TLanes, TVector>(in Taps taps, float* weights, float** sources, float** targets, float* bias, bool add)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector t00 = TLanes.Zero, t01 = TLanes.Zero;
        TVector t10 = TLanes.Zero, t11 = TLanes.Zero;
        TVector t20 = TLanes.Zero, t21 = TLanes.Zero;
        TVector t30 = TLanes.Zero, t31 = TLanes.Zero;
        TVector t40 = TLanes.Zero, t41 = TLanes.Zero;
        TVector t50 = TLanes.Zero, t51 = TLanes.Zero;
        for (var tap = 0; tap < taps.Count; tap++)
        {
            var offset = taps.Offsets[tap];
            float* p0 = sources[0] + offset, p1 = sources[1] + offset, p2 = sources[2] + offset;
            float* p3 = sources[3] + offset, p4 = sources[4] + offset, p5 = sources[5] + offset;
            var weight = weights + ((nint)taps.Number(tap) * taps.Channels * 2 * TLanes.Count);
            for (var channel = 0; channel < taps.Channels; channel++, weight += 2 * TLanes.Count)
            {
                var w0 = TLanes.Load(weight);
                var w1 = TLanes.Load(weight + TLanes.Count);
                var x0 = TLanes.Broadcast(p0[channel]);
                t00 = TLanes.MultiplyAdd(x0, w0, t00);
                t01 = TLanes.MultiplyAdd(x0, w1, t01);
                var x1 = TLanes.Broadcast(p1[channel]);
                t10 = TLanes.MultiplyAdd(x1, w0, t10);
                t11 = TLanes.MultiplyAdd(x1, w1, t11);
                var x2 = TLanes.Broadcast(p2[channel]);
                t20 = TLanes.MultiplyAdd(x2, w0, t20);
                t21 = TLanes.MultiplyAdd(x2, w1, t21);
                var x3 = TLanes.Broadcast(p3[channel]);
                t30 = TLanes.MultiplyAdd(x3, w0, t30);
                t31 = TLanes.MultiplyAdd(x3, w1, t31);
                var x4 = TLanes.Broadcast(p4[channel]);
                t40 = TLanes.MultiplyAdd(x4, w0, t40);
                t41 = TLanes.MultiplyAdd(x4, w1, t41);
                var x5 = TLanes.Broadcast(p5[channel]);
                t50 = TLanes.MultiplyAdd(x5, w0, t50);
                t51 = TLanes.MultiplyAdd(x5, w1, t51);
            }
        }

        Put2<TLanes, TVector>(targets[0], bias, add, t00, t01);
        Put2<TLanes, TVector>(targets[1], bias, add, t10, t11);
        Put2<TLanes, TVector>(targets[2], bias, add, t20, t21);
        Put2<TLanes, TVector>(targets[3], bias, add, t30, t31);
        Put2<TLanes, TVector>(targets[4], bias, add, t40, t41);
        Put2<TLanes, TVector>(targets[5], bias, add, t50, t51);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather6x1<TLanes, TVector>(in Taps taps, float* weights, float** sources, float** targets, float* bias, bool add)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector t00 = TLanes.Zero;
        TVector t10 = TLanes.Zero;
        TVector t20 = TLanes.Zero;
        TVector t30 = TLanes.Zero;
        TVector t40 = TLanes.Zero;
        TVector t50 = TLanes.Zero;
        for (var tap = 0; tap < taps.Count; tap++)
        {
            var offset = taps.Offsets[tap];
            float* p0 = sources[0] + offset, p1 = sources[1] + offset, p2 = sources[2] + offset;
            float* p3 = sources[3] + offset, p4 = sources[4] + offset, p5 = sources[5] + offset;
            var weight = weights + ((nint)taps.Number(tap) * taps.Channels * 1 * TLanes.Count);
            for (var channel = 0; channel < taps.Channels; channel++, weight += 1 * TLanes.Count)
            {
                var w0 = TLanes.Load(weight);
                var x0 = TLanes.Broadcast(p0[channel]);
                t00 = TLanes.MultiplyAdd(x0, w0, t00);
                var x1 = TLanes.Broadcast(p1[channel]);
                t10 = TLanes.MultiplyAdd(x1, w0, t10);
                var x2 = TLanes.Broadcast(p2[channel]);
                t20 = TLanes.MultiplyAdd(x2, w0, t20);
                var x3 = TLanes.Broadcast(p3[channel]);
                t30 = TLanes.MultiplyAdd(x3, w0, t30);
                var x4 = TLanes.Broadcast(p4[channel]);
                t40 = TLanes.MultiplyAdd(x4, w0, t40);
                var x5 = TLanes.Broadcast(p5[channel]);
                t50 = TLanes.MultiplyAdd(x5, w0, t50);
            }
        }

        Put1<TLanes, TVector>(targets[0], bias, add, t00);
        Put1<TLanes, TVector>(targets[1], bias, add, t10);
        Put1<TLanes, TVector>(targets[2], bias, add, t20);
        Put1<TLanes, TVector>(targets[3], bias, add, t30);
        Put1<TLanes, TVector>(targets[4], bias, add, t40);
        Put1<TLanes, TVector>(targets[5], bias, add, t50);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put1<TLanes, TVector>(float* target, float* bias, bool add, TVector sum)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        if (bias is not null)
        {
            sum = TLanes.Add(sum, TLanes.Load(bias));
        }

        TLanes.Store(add ? TLanes.Add(sum, TLanes.Load(target)) : sum, target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put2<TLanes, TVector>(float* target, float* bias, bool add, TVector t0, TVector t1)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        Put1<TLanes, TVector>(target, bias, add, t0);
        Put1<TLanes, TVector>(target + TLanes.Count, At(bias, TLanes.Count), add, t1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put4<TLanes, TVector>(float* target, float* bias, bool add, TVector t0, TVector t1, TVector t2, TVector t3)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        Put1<TLanes, TVector>(target, bias, add, t0);
        Put1<TLanes, TVector>(target + TLanes.Count, At(bias, TLanes.Count), add, t1);
        Put1<TLanes, TVector>(target + (2 * TLanes.Count), At(bias, 2 * TLanes.Count), add, t2);
        Put1<TLanes, TVector>(target + (3 * TLanes.Count), At(bias, 3 * TLanes.Count), add, t3);
    }

    private static float* At(float* start, int offset) => start is null ? null : start + offset;
}
