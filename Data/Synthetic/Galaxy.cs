namespace Estampa.Data;

/// <summary>
/// A galaxy's light before the atmosphere: an exponential disk or a de Vaucouleurs (1948) spheroid with elliptical isophotes,
/// I(r) = exp(-b ((r / re)^(1/n) - 1)) with b = 1.6783 for n = 1 and 7.6693 for n = 4.
/// </summary>
/// <param name="EffectiveRadius">Half-light radius along the major axis, pixels.</param>
/// <param name="AxisRatio">Minor over major axis.</param>
/// <param name="Sin">Sine of the major axis' angle from the x axis.</param>
/// <param name="Cos">Its cosine.</param>
/// <param name="IsSpheroid">De Vaucouleurs rather than exponential.</param>
internal readonly record struct Galaxy(double EffectiveRadius, double AxisRatio, double Sin, double Cos, bool IsSpheroid)
{
    // Profiles are cut at so many effective radii (99 % of a disk's light, 93 % of a spheroid's) and tabulated over sqrt(r / re).
    private const float Cut = 8;
    private const int Steps = 2048;
    private const float LastRoot = 2.82842712f;
    private static readonly float[] Disk = Tabulate(spheroid: false);
    private static readonly float[] Spheroid = Tabulate(spheroid: true);

    /// <summary>
    /// Adds the galaxy of total <paramref name="flux"/> centred on (x, y) to a square plane; its core is drawn 8 x 8 times finer.
    /// </summary>
    public void Add(float[] plane, int size, double x, double y, double flux)
    {
        const int Fine = 8;
        const double CoreRadius = 2.5;
        var reach = Cut * EffectiveRadius;
        var (left, right) = (Math.Max(0, (int)(x - reach)), Math.Min(size - 1, (int)(x + reach + 1)));
        var (bottom, top) = (Math.Max(0, (int)(y - reach)), Math.Min(size - 1, (int)(y + reach + 1)));
        // Light of the profile with unit intensity at the effective radius: 2 pi n e^b b^(-2n) Gamma(2n) = 11.948 and 22.665.
        var scale = (float)(flux / ((IsSpheroid ? 22.665 : 11.948) * EffectiveRadius * EffectiveRadius * AxisRatio));
        for (var row = bottom; row <= top; row++)
        {
            for (var column = left; column <= right; column++)
            {
                var (dx, dy) = (column - x, row - y);
                float value = 0;
                if ((dx * dx) + (dy * dy) > CoreRadius * CoreRadius)
                {
                    value = Intensity(dx, dy);
                }
                else
                {
                    for (var i = 0; i < Fine * Fine; i++)
                    {
                        value += Intensity(dx + (((i % Fine) + 0.5) / Fine) - 0.5, dy + (((i / Fine) + 0.5) / Fine) - 0.5) / (Fine * Fine);
                    }
                }

                plane[(row * size) + column] += scale * value;
            }
        }
    }

    private float Intensity(double dx, double dy)
    {
        var major = (float)((dx * Cos) + (dy * Sin));
        var minor = (float)(((dy * Cos) - (dx * Sin)) / AxisRatio);
        var place = MathF.Sqrt(MathF.Sqrt((major * major) + (minor * minor)) / (float)EffectiveRadius) * (Steps / LastRoot);
        if (place >= Steps)
        {
            return 0;
        }

        var table = IsSpheroid ? Spheroid : Disk;
        var index = (int)place;
        return table[index] + ((place - index) * (table[index + 1] - table[index]));
    }

    private static float[] Tabulate(bool spheroid)
    {
        var table = new float[Steps + 1];
        for (var i = 0; i <= Steps; i++)
        {
            var root = i * LastRoot / Steps;
            table[i] = (float)(spheroid
                ? PortableMath.Exp(-7.6693 * (Math.Sqrt(root) - 1))
                : PortableMath.Exp(-1.6783 * ((root * root) - 1)));
        }

        return table;
    }
}
