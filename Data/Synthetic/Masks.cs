namespace Estampa.Data;

/// <summary>
/// Places without data. Real cut-outs have them as squares of 7 pixels around one bad pixel, larger squares with cut corners around
/// saturated stars, ragged strips where the chip ends and oblique stripes; the same in all three planes.
/// </summary>
internal static class Masks
{
    private const int Size = SimulatedObject.Size;

    // The central 21 x 21.
    private const int First = SimulatedObject.Centre - 10;
    private const int Last = SimulatedObject.Centre + 10;

    /// <summary>A mask that touches the central 21 x 21, or one that does not; never the candidate's own 5 x 5.</summary>
    public static bool[] Draw(bool central, RandomStream random)
    {
        var mask = new bool[Size * Size];
        for (var attempt = 0; attempt < 100; attempt++)
        {
            Array.Clear(mask);
            var kind = random.Uniform();
            if (kind < 0.75)
            {
                var side = kind < 0.55 ? 7 : 13 + (2 * random.Below(7));
                Square(mask, random.Below(Size), random.Below(Size), side, side == 7 ? 0 : 2);
            }
            else if (kind < 0.95)
            {
                Strip(mask, random);
            }
            else
            {
                Stripes(mask, random);
            }

            var touches = Count(mask, First, Last) > 0;
            var spares = Count(mask, SimulatedObject.Centre - 2, SimulatedObject.Centre + 2) == 0;
            if (touches == central && spares && mask.Contains(true))
            {
                return mask;
            }
        }

        // Not met in practice: a square that fits the wish.
        Array.Clear(mask);
        Square(mask, central ? First : 4, central ? First : 4, 7, 0);
        return mask;
    }

    private static void Square(bool[] mask, int x, int y, int side, int corner)
    {
        var half = side / 2;
        for (var row = Math.Max(0, y - half); row <= Math.Min(Size - 1, y + half); row++)
        {
            for (var column = Math.Max(0, x - half); column <= Math.Min(Size - 1, x + half); column++)
            {
                if (Math.Abs(column - x) + Math.Abs(row - y) <= (2 * half) - corner)
                {
                    mask[(row * Size) + column] = true;
                }
            }
        }
    }

    private static void Strip(bool[] mask, RandomStream random)
    {
        var side = random.Below(4);
        var depth = 1 + random.Below(22);
        var left = 0;
        for (var along = 0; along < Size; along++)
        {
            if (left-- == 0)
            {
                left = 3 + random.Below(14);
                depth = Math.Clamp(depth + random.Below(9) - 4, 1, 24);
            }

            for (var i = 0; i < depth; i++)
            {
                var across = side < 2 ? i : Size - 1 - i;
                mask[side % 2 == 0 ? (across * Size) + along : (along * Size) + across] = true;
            }
        }
    }

    private static void Stripes(bool[] mask, RandomStream random)
    {
        var slope = random.Uniform(-0.5, 0.5);
        var period = random.Uniform(18, 30);
        var phase = random.Uniform(0, period);
        for (var i = 0; i < mask.Length; i++)
        {
            var place = (i / Size) + (slope * (i % Size)) + phase + (10 * Size);
            mask[i] = place - (Math.Floor(place / period) * period) < 2.5;
        }
    }

    private static int Count(bool[] mask, int first, int last)
    {
        var count = 0;
        for (var row = first; row <= last; row++)
        {
            for (var column = first; column <= last; column++)
            {
                count += mask[(row * Size) + column] ? 1 : 0;
            }
        }

        return count;
    }
}
