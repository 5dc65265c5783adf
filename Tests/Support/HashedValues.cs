using Estampa.Engine;

namespace Estampa.Tests;

/// <summary>
/// Pseudo-random numbers that Tests/Reference/hashed_values.py makes to the same bits, so that weights need no stored file.
/// </summary>
internal static class HashedValues
{
    /// <summary>Element i of array k, in [-1, 1).</summary>
    public static double At(int k, int element)
    {
        var hash = unchecked(((uint)element * 2654435761u) + ((uint)(k + 1) * 2654445111u));
        hash ^= hash >> 16;
        hash = unchecked(hash * 2246822519u);
        hash ^= hash >> 13;
        return (((hash >> 8) / 16777216.0) - 0.5) * 2;
    }

    public static float[] Images(int step, int count) => Make(count, i => 0.5 + (At(1000 + step, i) * 0.5));

    public static float[] Noise(int step, int count) => Make(count, i => Math.Sqrt(3) * At(2000 + step, i));

    /// <summary>Sets every trained parameter, in the graph's order.</summary>
    public static void Fill(Weights weights)
    {
        var k = 0;
        var fanIn = 1.0;
        foreach (var parameter in weights.Parameters.Where(parameter => parameter.Trained))
        {
            var place = k++;
            var shape = parameter.Layout.FileShape;
            var isWeight = parameter.Name.Contains(".weight", StringComparison.Ordinal);
            if (isWeight)
            {
                // A batch normalisation's weight has one axis; 0 marks its bias, which follows.
                fanIn = shape.Length == 1 ? 0 : shape.Skip(1).Aggregate(1.0, (product, axis) => product * axis);
            }

            weights.Import(parameter.Name, Make(parameter.Count, i => fanIn > 0 ? At(place, i) * (1 / Math.Sqrt(fanIn))
                : isWeight ? 1 + (0.1 * At(place, i)) : 0.1 * At(place, i)));
        }
    }

    private static float[] Make(int count, Func<int, double> value)
    {
        var numbers = new float[count];
        for (var i = 0; i < count; i++)
        {
            numbers[i] = (float)value(i);
        }

        return numbers;
    }
}
