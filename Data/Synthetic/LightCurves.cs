namespace Estampa.Data;

/// <summary>
/// Brightness over the visits of an object: the flux of science minus template for each day and filter, in units where magnitude 25 is 1.
/// </summary>
internal static class LightCurves
{
    /// <summary>The flux of a magnitude, 1 at magnitude 25.</summary>
    public static double Flux(double magnitude) => PortableMath.PowerOfTen(0.4 * (25 - magnitude));

    /// <summary>
    /// A supernova: flux rises as the square of time, falls by .04 to .12 magnitudes a day, later more slowly, and reddens.
    /// </summary>
    public static double[] Explosion(double[] days, int[] filters, RandomStream random)
    {
        var peak = Math.Max(16.5, random.Magnitude(16.5, 20.2, 0.4));
        var rise = random.Uniform(11, 22);
        var fall = random.Uniform(0.04, 0.12);
        // Most are met while they rise; the rest come out from behind the Sun already falling.
        var start = random.Chance(0.7) ? random.Uniform(2, 20) : random.Uniform(-45, -rise);
        return Each(days, filters, (day, filter) =>
        {
            var age = day - start;
            if (age <= 0)
            {
                return 0;
            }

            if (age < rise)
            {
                return Flux(peak) * (age / rise) * (age / rise);
            }

            var late = age - rise;
            var decline = (Math.Min(late, 30) * fall) + (Math.Max(0, late - 30) * 0.02);
            var colour = filter == 1 ? Math.Min(0.9, 0.03 * late) : 0;
            return Flux(peak + decline + colour);
        });
    }

    /// <summary>An active nucleus: a damped random walk in magnitude (Kelly, Bechtold and Siemiginowska 2009).</summary>
    public static double[] DampedWalk(double[] days, SkySource nucleus, RandomStream random, int[] filters)
    {
        var memory = random.Uniform(20, 200);
        var spread = random.Uniform(0.1, 0.4);
        var state = spread * ((1.3 * random.Normal()) + 0.3);
        var last = days[0];
        return Each(days, filters, (day, filter) =>
        {
            var keep = PortableMath.Exp(-(day - last) / memory);
            state = (state * keep) + (spread * Math.Sqrt(1 - (keep * keep)) * random.Normal());
            last = day;
            return Change(nucleus, filter, (filter == 1 ? 1.2 : 1) * state);
        });
    }

    /// <summary>A variable star of one of five kinds, against its brightness on the template's nights.</summary>
    public static double[] Variable(double[] days, int[] filters, SkySource star, RandomStream random)
    {
        var phase = random.Uniform();
        // The template averages over many nights: it stands near the curve's mean.
        var reference = random.Normal(0.1, 0.12);
        return random.Below(5) switch
        {
            0 => Periodic(random.Uniform(0.35, 0.8), random.Uniform(0.5, 1.3), Sawtooth),
            1 => Periodic(random.Uniform(3, 50), random.Uniform(0.4, 1.1), Sawtooth),
            2 => Periodic(random.Uniform(0.3, 6), random.Uniform(0.3, 1.2), Eclipse),
            3 => Periodic(random.Uniform(80, 450), random.Uniform(0.5, 3), Sine),
            _ => Periodic(random.Uniform(20, 80), random.Uniform(1.5, 4), Outburst),
        };

        double[] Periodic(double period, double amplitude, Func<double, double> shape) => Each(days, filters, (day, filter) =>
        {
            var cycles = (day / period) + phase;
            var change = (amplitude * shape(cycles - Math.Floor(cycles))) + (amplitude * reference);
            return Change(star, filter, (filter == 1 ? 1.2 : 1) * change);
        });
    }

    // Shapes over one period, in magnitudes of amplitude 1 (negative is brighter) around the mean.
    private static double Sawtooth(double phase) => phase < 0.2 ? 0.5 - (5 * phase) : -0.5 + ((phase - 0.2) / 0.8);

    private static double Eclipse(double phase) =>
        0.85 * Math.Max(0, 1 - (Math.Abs(phase - 0.5) / 0.08)) + (0.3 * Math.Max(0, 1 - (Math.Abs(phase - 0.1) / 0.08)));

    private static double Sine(double phase) => 0.5 * PortableMath.SinCos(2 * Math.PI * phase).Sin;

    private static double Outburst(double phase) => phase > 0.25 ? 0 : -Math.Min(1, 2 * (1 - (phase / 0.25)));

    private static double Change(SkySource source, int filter, double magnitudes) =>
        Flux(source.Magnitude(filter) + magnitudes) - Flux(source.Magnitude(filter));

    private static double[] Each(double[] days, int[] filters, Func<double, int, double> flux)
    {
        var result = new double[days.Length];
        for (var i = 0; i < days.Length; i++)
        {
            result[i] = flux(days[i], filters[i]);
        }

        return result;
    }
}
