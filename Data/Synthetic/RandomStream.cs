using System.Numerics;

namespace Estampa.Data;

/// <summary>
/// A seeded stream of random numbers (xoshiro256**, Blackman and Vigna 2021) whose state is mixed from up to four keys, so that
/// every (seed, object, epoch) has a stream of its own and no draw depends on what was drawn elsewhere.
/// Normals by the ziggurat of Marsaglia and Tsang (2000).
/// </summary>
internal sealed class RandomStream
{
    private const int Layers = 128;
    private const double TailStart = 3.442619855899;
    private const double LayerArea = 9.91256303526217e-3;
    private static readonly double[] Edge = new double[Layers + 1];
    private static readonly double[] Height = new double[Layers + 1];
    private static readonly float[] Width = new float[Layers];
    private static readonly uint[] Inside = new uint[Layers];

    private ulong a;
    private ulong b;
    private ulong c;
    private ulong d;

    static RandomStream()
    {
        static double Density(double x) => PortableMath.Exp(-0.5 * x * x);

        // Layers of equal area under exp(-x^2/2); layer 0 holds the tail, its edge is that of a rectangle of the same area.
        Edge[0] = LayerArea / Density(TailStart);
        Edge[1] = TailStart;
        for (var i = 2; i < Layers; i++)
        {
            Edge[i] = Math.Sqrt(-2 * PortableMath.Log((LayerArea / Edge[i - 1]) + Density(Edge[i - 1])));
        }

        for (var i = 0; i <= Layers; i++)
        {
            Height[i] = Density(Edge[i]);
        }

        for (var i = 0; i < Layers; i++)
        {
            Width[i] = (float)(Edge[i] / (1 << 23));
            Inside[i] = (uint)(Edge[i + 1] / Edge[i] * (1 << 23));
        }
    }

    public RandomStream(ulong seed, ulong first = 0, ulong second = 0, ulong third = 0)
    {
        var state = Mix(seed + 0x9E3779B97F4A7C15);
        state = Mix(state ^ (first + 0xD1B54A32D192ED03));
        state = Mix(state ^ (second + 0x8CB92BA72F3D8DD7));
        state = Mix(state ^ (third + 0xABC98388FB8FAC03));
        a = Mix(state += 0x9E3779B97F4A7C15);
        b = Mix(state += 0x9E3779B97F4A7C15);
        c = Mix(state += 0x9E3779B97F4A7C15);
        d = Mix(state + 0x9E3779B97F4A7C15);
    }

    public ulong Next()
    {
        var result = BitOperations.RotateLeft(b * 5, 7) * 9;
        var shifted = b << 17;
        c ^= a;
        d ^= b;
        b ^= c;
        a ^= d;
        c ^= shifted;
        d = BitOperations.RotateLeft(d, 45);
        return result;
    }

    /// <summary>In [0, 1), 53 bits.</summary>
    public double Uniform() => (Next() >> 11) * (1.0 / (1L << 53));

    public double Uniform(double from, double to) => from + ((to - from) * Uniform());

    public bool Chance(double probability) => Uniform() < probability;

    /// <summary>An integer in [0, count), without bias (Lemire 2019).</summary>
    public int Below(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var threshold = (uint)-count % (uint)count;
        while (true)
        {
            var product = (Next() >> 32) * (uint)count;
            if ((uint)product >= threshold)
            {
                return (int)(product >> 32);
            }
        }
    }

    /// <summary>Exponentially distributed with mean 1.</summary>
    public double Exponential() => -PortableMath.Log(1 - Uniform());

    /// <summary>Standard normal.</summary>
    public float Normal()
    {
        while (true)
        {
            var bits = Next() >> 32;
            var layer = (int)(bits & (Layers - 1));
            var sign = (int)((bits >> 7) & 1);
            var place = (uint)(bits >> 8) & ((1 << 23) - 1);
            var x = place * Width[layer];
            if (place < Inside[layer] || InWedgeOrTail(layer, ref x))
            {
                return sign == 0 ? x : -x;
            }
        }
    }

    public double Normal(double mean, double deviation) => mean + (deviation * Normal());

    /// <summary>Poisson: exact (product of uniforms) below a mean of 50, normal with the same variance above.</summary>
    public double Poisson(double mean)
    {
        if (mean >= 50)
        {
            return Math.Max(0, Math.Floor(mean + (Math.Sqrt(mean) * Normal()) + 0.5));
        }

        var limit = PortableMath.Exp(-mean);
        var product = Uniform();
        var count = 0;
        while (product > limit)
        {
            product *= Uniform();
            count++;
        }

        return count;
    }

    /// <summary>A magnitude between two limits where counts grow as 10^(slope * magnitude), as star and galaxy counts do.</summary>
    public double Magnitude(double bright, double faint, double slope)
    {
        var low = PortableMath.PowerOfTen(slope * (bright - faint));
        return faint + (PortableMath.Log10(low + ((1 - low) * Uniform())) / slope);
    }

    private bool InWedgeOrTail(int layer, ref float x)
    {
        if (layer > 0)
        {
            var height = Height[layer] + (Uniform() * (Height[layer + 1] - Height[layer]));
            return height < PortableMath.Exp(-0.5 * x * x);
        }

        while (true)
        {
            var beyond = Exponential() / TailStart;
            if (2 * Exponential() > beyond * beyond)
            {
                x = (float)(TailStart + beyond);
                return true;
            }
        }
    }

    // The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
