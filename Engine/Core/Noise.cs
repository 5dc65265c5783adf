using ILGPU.Algorithms;

namespace Estampa.Engine;

/// <summary>
/// Counter-based random numbers: Philox-4x32 with ten rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
/// The number is a pure function of (seed, stream, step, element), so that replays, resumed runs and any number of threads draw the
/// same bits.
/// </summary>
public static class Noise
{
    /// <summary>The first word of the Philox block at this counter.</summary>
    public static uint Bits(uint seedLow, uint seedHigh, uint stream, uint step, uint element)
    {
        uint a = element, b = step, c = stream, d = 0;
        uint keyLow = seedLow, keyHigh = seedHigh;
        for (var round = 0; round < 10; round++)
        {
            var first = (ulong)0xD2511F53u * a;
            var second = (ulong)0xCD9E8D57u * c;
            a = (uint)(second >> 32) ^ b ^ keyLow;
            b = (uint)second;
            c = (uint)(first >> 32) ^ d ^ keyHigh;
            d = (uint)first;
            keyLow += 0x9E3779B9u;
            keyHigh += 0xBB67AE85u;
        }

        return a;
    }

    /// <summary>
    /// A number in (0, 1), 23 bits wide: the half that keeps it from 0 needs the float's 24th bit, or the top would round to 1.
    /// </summary>
    public static float Uniform(uint seedLow, uint seedHigh, uint stream, uint step, uint element) =>
        ((Bits(seedLow, seedHigh, stream, step, element) >> 9) + 0.5f) * (1f / 8388608f);

    /// <summary>A normal number by Box and Muller's transform; two uniform numbers each, from elements 2e and 2e + 1.</summary>
    public static float Normal(uint seedLow, uint seedHigh, uint stream, uint step, uint element)
    {
        var radius = Uniform(seedLow, seedHigh, stream, step, 2 * element);
        var angle = Uniform(seedLow, seedHigh, stream, step, (2 * element) + 1);
        return XMath.Sqrt(-2f * XMath.Log(radius)) * XMath.Cos(2f * MathF.PI * angle);
    }

    /// <summary>A stream's number from its name (FNV-1a), so that it does not depend on the order in which streams are made.</summary>
    public static uint Stream(string name)
    {
        var hash = 2166136261u;
        foreach (var letter in name)
        {
            hash = (hash ^ letter) * 16777619u;
        }

        return hash;
    }

    /// <summary>Shuffles in place (Fisher and Yates), a pure function of the seed, the stream and the step.</summary>
    public static void Shuffle(Span<int> items, ulong seed, string stream, int step)
    {
        var number = Stream(stream);
        for (var last = items.Length - 1; last > 0; last--)
        {
            // The product of 32 random bits and the range: a bias below 2^-32 times the range.
            var other = (int)(((ulong)Bits((uint)seed, (uint)(seed >> 32), number, (uint)step, (uint)last) * (ulong)(last + 1)) >> 32);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }
}
