namespace Estampa.Data;

/// <summary>
/// The brightness of one object over time, in magnitudes: positive infinity where there is nothing. Amplitudes and rates are those of g.
/// </summary>
/// <param name="Period">Days; NaN where nothing repeats.</param>
/// <param name="Amplitude">Faintest minus brightest; 0 where it does not change, NaN where it comes from or goes to nothing.</param>
/// <param name="Start">Days from the first visit: a supernova's explosion; NaN for the others.</param>
/// <param name="Peak">Days from the first visit to a supernova's maximum; NaN for the others.</param>
/// <param name="Magnitude">Magnitude at a day since the first visit.</param>
internal sealed record SequenceLightCurve(double Period, double Amplitude, double Start, double Peak, Func<double, double> Magnitude)
{
    public static SequenceLightCurve Constant(double magnitude) => new(double.NaN, 0, double.NaN, double.NaN, _ => magnitude);

    /// <summary>At the days of the given visits only.</summary>
    public static SequenceLightCurve Passage(double magnitude, IReadOnlyCollection<double> days) =>
        new(double.NaN, double.NaN, double.NaN, double.NaN, day => days.Contains(day) ? magnitude : double.PositiveInfinity);

    /// <summary>
    /// RR Lyrae: three in four pulsate in the fundamental (RRab: .59 +- .08 d, .35 to 1.5 mag, a steep rise, more so the larger the
    /// amplitude), the others in the first overtone (RRc: .33 +- .05 d, .25 to .65 mag, nearly a sine).
    /// </summary>
    public static SequenceLightCurve RRLyrae(double mean, RandomStream random)
    {
        if (random.Chance(0.75))
        {
            var period = Math.Clamp(random.Normal(0.59, 0.08), 0.42, 0.95);
            var amplitude = Math.Clamp(random.Normal(0.95 - (1.6 * (period - 0.59)), 0.25), 0.35, 1.6);
            var rise = 0.13 + (0.12 * (1.6 - amplitude) * random.Uniform());
            return Pulsating(period, amplitude, mean, rise, random.Uniform(1.2, 2.4), random);
        }

        return Pulsating(
            Math.Clamp(random.Normal(0.33, 0.05), 0.2, 0.45), random.Uniform(0.25, 0.65), mean, random.Uniform(0.36, 0.5), 0.3, random);
    }

    /// <summary>A classical Cepheid of 1.5 to 60 days and .3 to 1.5 mag.</summary>
    public static SequenceLightCurve Cepheid(double mean, RandomStream random) => Pulsating(
        1.5 * PortableMath.Exp(3.69 * random.Uniform()), random.Uniform(0.3, 1.5), mean, random.Uniform(0.2, 0.4),
        random.Uniform(0.3, 1.2), random);

    /// <summary>
    /// An eclipsing binary: in contact (three in five: near .3 d and not below .21 d, as Rucinski 1998 finds; round, minima nearly alike),
    /// near contact (.3 to 1.5 d, round with one deeper minimum) or detached (.4 to 6 d, flat between eclipses).
    /// </summary>
    public static SequenceLightCurve Eclipsing(double bright, RandomStream random)
    {
        var kind = random.Uniform();
        var (period, depth, ratio, width, roundness) = kind switch
        {
            < 0.6 => (0.21 + (0.09 * (random.Exponential() + (0.3 * random.Uniform()))), random.Uniform(0.2, 0.8),
                random.Uniform(0.7, 1), random.Uniform(0.3, 0.5), random.Uniform(0.5, 0.9)),
            < 0.75 => (random.Uniform(0.3, 1.5), random.Uniform(0.3, 1.3), random.Uniform(0.15, 0.7), random.Uniform(0.2, 0.32), 0.35),
            _ => (0.4 * PortableMath.Exp(2.7 * random.Uniform()), 0.2 + (0.5 * random.Exponential()), random.Uniform(0.05, 1),
                random.Uniform(0.04, 0.2), random.Uniform(0, 0.06)),
        };
        var phase = random.Uniform();
        var flatness = random.Chance(0.3) ? random.Uniform(0, 0.6) : 0;
        return new SequenceLightCurve(period, depth, double.NaN, double.NaN, day =>
        {
            var cycles = (day / period) + phase;
            var place = cycles - Math.Floor(cycles);
            // Full width of an eclipse as a share of the period; the second stands half a period from the first.
            var first = Eclipse((place > 0.5 ? 1 - place : place) / (width / 2), flatness);
            var second = ratio * Eclipse(Math.Abs(place - 0.5) / (width / 2), flatness);
            var swell = 0.5 * (1 + PortableMath.SinCos(4 * Math.PI * place).Cos) * (place is < 0.25 or > 0.75 ? 1 : ratio);
            return bright + (depth * (((1 - roundness) * Math.Max(first, second)) + (roundness * swell)));
        });
    }

    /// <summary>
    /// A supernova met in its first days or weeks. Half are of type II, risen within days or two weeks (Foerster et al. 2018) and slow
    /// to fall; the others rise for two to four weeks. Flux grows as a power of time.
    /// </summary>
    public static SequenceLightCurve Supernova(double peak, double firstStart, double lastStart, RandomStream random)
    {
        var quick = random.Chance(0.5);
        var rise = quick ? random.Uniform(4, 20) : random.Uniform(17, 28);
        var fall = quick ? random.Uniform(0.005, 0.06) : random.Uniform(0.04, 0.11);
        var power = quick ? random.Uniform(0.7, 2) : random.Uniform(1.5, 2.2);
        var start = random.Uniform(firstStart, lastStart);
        return new SequenceLightCurve(double.NaN, double.NaN, start, start + rise, day =>
        {
            var age = (day - start) / rise;
            if (age <= 0)
            {
                return double.PositiveInfinity;
            }

            // Rises as a power at first and levels off: 1 - (1 - t)^2 with t^power for t.
            var grown = age < 1 ? PortableMath.Exp(power * PortableMath.Log(age)) : 1;
            var share = 1 - ((1 - grown) * (1 - grown));
            return peak - (2.5 * PortableMath.Log10(share)) + (age > 1 ? fall * (day - start - rise) : 0);
        });
    }

    // A rise in a part of the period, then a fall that is quick at first: bend 0 is a straight line.
    private static SequenceLightCurve Pulsating(
        double period, double amplitude, double mean, double rise, double bend, RandomStream random)
    {
        var phase = random.Uniform();
        var end = 1 - PortableMath.Exp(-bend);
        // Mean of the falling branch, of depth 1, and of the rising one.
        var average = ((1 - rise) * ((1 / end) - (1 / bend))) + (rise / 2);
        return new SequenceLightCurve(period, amplitude, double.NaN, double.NaN, day =>
        {
            var cycles = (day / period) + phase;
            var place = cycles - Math.Floor(cycles);
            double depth;
            if (place < 1 - rise)
            {
                depth = (1 - PortableMath.Exp(-bend * place / (1 - rise))) / end;
            }
            else
            {
                var up = (place - 1 + rise) / rise;
                depth = 1 - (up * up * (3 - (2 * up)));
            }

            return mean + (amplitude * (depth - average));
        });
    }

    // 1 at the middle, 0 from place 1 on; smooth, with a flat bottom out to the flatness.
    private static double Eclipse(double place, double flatness)
    {
        var part = Math.Clamp((place - flatness) / (1 - flatness), 0, 1);
        return (1 - part) * (1 - part) * (1 + (2 * part));
    }
}
