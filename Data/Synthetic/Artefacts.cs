namespace Estampa.Data;

/// <summary>What is left for a detection when nothing in the sky changed: a fault of the detector or of the subtraction.</summary>
internal abstract class Artefact
{
    /// <summary>A star without which the fault would not be there; null for faults of the detector.</summary>
    public virtual SkySource? Star => null;

    /// <summary>Pixels by which the template's image of <see cref="Star"/> is out of place in the subtraction.</summary>
    public virtual (double X, double Y) Misplacement => default;

    /// <summary>Marks science and difference; values in ADU, <paramref name="strength"/> in units of the pixel noise.</summary>
    public abstract void Mark(float[] science, float[] difference, int size, double x, double y, double strength, double noise);

    /// <summary>One of five kinds, with its shape fixed, so that it repeats at each detection.</summary>
    public static Artefact Draw(double x, double y, RandomStream random) => random.Uniform() switch
    {
        < 0.3 => new CosmicRay(random.Uniform(0, Math.PI), random.Chance(0.5) ? 0 : random.Uniform(1, 9), random.Uniform(0.3, 1)),
        < 0.5 => new BadPixels(random.Next(), random.Chance(0.65)),
        < 0.6 => new BadColumn(random.Chance(0.5), random.Below(2) + 1, random.Uniform(0.3, 1)),
        < 0.87 => new Misregistration(x, y, random),
        _ => new Saturation(x, y, random),
    };

    protected static void Add(float[] science, float[] difference, int size, int column, int row, double value)
    {
        if (column >= 0 && row >= 0 && column < size && row < size)
        {
            science[(row * size) + column] += (float)value;
            difference[(row * size) + column] += (float)value;
        }
    }

    /// <summary>A charged particle: sharper than any star, a point or a straight track that fades unevenly.</summary>
    private sealed class CosmicRay(double angle, double length, double evenness) : Artefact
    {
        public override void Mark(float[] science, float[] difference, int size, double x, double y, double strength, double noise)
        {
            var (sin, cos) = PortableMath.SinCos(angle);
            var steps = 1 + (int)(2 * length);
            for (var i = 0; i < steps; i++)
            {
                var along = (i - (steps / 2)) * 0.5;
                var share = evenness + ((1 - evenness) * (i % 3) / 2);
                var (px, py) = (x + (along * cos), y + (along * sin));
                var (left, bottom) = ((int)Math.Floor(px), (int)Math.Floor(py));
                // Bilinear: the charge spreads over two by two pixels at most.
                for (var corner = 0; corner < 4; corner++)
                {
                    var (column, row) = (left + (corner & 1), bottom + (corner >> 1));
                    var weight = (1 - Math.Abs(px - column)) * (1 - Math.Abs(py - row));
                    Add(science, difference, size, column, row, 1.6 * strength * noise * share * weight);
                }
            }
        }
    }

    /// <summary>One to four neighbouring pixels without light (as in most real bogus alerts), or with too much.</summary>
    private sealed class BadPixels(ulong shape, bool dead) : Artefact
    {
        public override void Mark(float[] science, float[] difference, int size, double x, double y, double strength, double noise)
        {
            var value = (dead ? -1 : 1) * strength * noise;
            var (column, row) = ((int)Math.Floor(x + 0.5), (int)Math.Floor(y + 0.5));
            Add(science, difference, size, column, row, value);
            for (var neighbour = 0; neighbour < 3; neighbour++)
            {
                if (((shape >> neighbour) & 1) != 0)
                {
                    Add(science, difference, size, column + ((neighbour + 1) & 1), row + ((neighbour + 1) >> 1), 0.9 * value);
                }
            }
        }
    }

    /// <summary>One or two columns that lost or gained charge over part of their length; the candidate sits at the end.</summary>
    private sealed class BadColumn(bool dark, int columns, double share) : Artefact
    {
        public override void Mark(float[] science, float[] difference, int size, double x, double y, double strength, double noise)
        {
            var value = (dark ? -0.5 : 0.5) * strength * noise;
            var (column, row) = ((int)Math.Floor(x + 0.5), (int)Math.Floor(y + 0.5));
            for (var i = row - 1; i < row - 1 + (int)(share * size); i++)
            {
                for (var j = 0; j < columns; j++)
                {
                    Add(science, difference, size, column + j, i, i <= row + 1 ? value : 0.4 * value);
                }
            }
        }
    }

    /// <summary>A bright star that the template has in another place by a fraction of a pixel: a dipole.</summary>
    private sealed class Misregistration : Artefact
    {
        public Misregistration(double x, double y, RandomStream random)
        {
            var (sin, cos) = PortableMath.SinCos(random.Uniform(0, 2 * Math.PI));
            var shift = random.Uniform(0.12, 0.5);
            Misplacement = (-shift * cos, -shift * sin);
            // The positive lobe, which is detected, lies about a pixel from the star.
            Star = SkySource.Star(x - (0.9 * cos), y - (0.9 * sin), random.Uniform(13.5, 17), random);
        }

        public override SkySource? Star { get; }

        public override (double X, double Y) Misplacement { get; }

        public override void Mark(float[] science, float[] difference, int size, double x, double y, double strength, double noise)
        {
        }
    }

    /// <summary>A star beyond the detector's range: its charge bleeds along the column and the subtraction fails in its core.</summary>
    private sealed class Saturation : Artefact
    {
        private readonly ulong pattern;
        private readonly double reach;

        public Saturation(double x, double y, RandomStream random)
        {
            Star = SkySource.Star(x + random.Uniform(-2, 2), y + random.Uniform(-3, 3), random.Uniform(10.2, 12.2), random);
            (pattern, reach) = (random.Next(), random.Uniform(4, 20));
        }

        public override SkySource? Star { get; }

        public override void Mark(float[] science, float[] difference, int size, double x, double y, double strength, double noise)
        {
            var star = Star!;
            var column = (int)Math.Floor(star.X + 0.5);
            for (var row = (int)(star.Y - reach); row <= (int)(star.Y + reach); row++)
            {
                var fade = 1 - (Math.Abs(row - star.Y) / (reach + 1));
                Add(science, difference, size, column, row, 12 * strength * noise * fade * fade);
            }

            // The failed core: lobes of both signs, the strongest of which is the candidate.
            var (middle, centre) = ((int)Math.Floor(y + 0.5), (int)Math.Floor(x + 0.5));
            for (var i = 0; i < 49; i++)
            {
                var (dx, dy) = ((i % 7) - 3, (i / 7) - 3);
                var lobe = Math.Abs(dx) <= 1 && Math.Abs(dy) <= 1 ? 63 : i;
                var sign = ((pattern >> lobe) & 1) == 0 ? -1 : 1;
                var height = (4 * strength * noise) + (0.003 * Math.Min(strength, 40) * Visit.Saturation);
                var value = sign * height / (1 + (dx * dx) + (dy * dy));
                difference[((middle + dy) * size) + centre + dx] += (float)value;
            }
        }
    }
}
