namespace Estampa.Data;

/// <summary>Draws one object with its field and visits, and takes its frames. Everything follows from (seed, number).</summary>
internal sealed class SequenceObserver
{
    private const int Side = SequenceOptions.Side;
    private const int Middle = Side / 2;
    private const int Attempts = 60;
    private const double LateDay = 15;
    private readonly SequenceOptions options;
    private readonly long number;
    private readonly SequenceClass kind;
    private readonly RandomStream random;
    private readonly Frame[] frames;
    private readonly SequenceField field;
    private readonly SequenceLightCurve curve;

    public SequenceObserver(SequenceOptions options, long number)
    {
        (this.options, this.number) = (options, number);
        kind = options.Classes[(int)(number % options.Classes.Count)];
        random = new RandomStream(options.Seed, (ulong)number + 1, 0x5E9);
        frames = Visits();
        var hostShare = kind switch
        {
            SequenceClass.Galaxy => 1,
            SequenceClass.Supernova => options.SupernovaHostShare,
            _ => options.HostShare,
        };
        field = new SequenceField(options, random.Chance(hostShare), random);
        curve = Curve();
        // As a survey does, only what was seen to change is called a variable star or a supernova.
        for (var attempt = 1; attempt < Attempts && !IsRecognised(); attempt++)
        {
            curve = Curve();
        }
    }

    private readonly record struct Frame(double Day, double Sky, double Extinction, EllipticalMoffat Image);

    public SimulatedSequence Observe()
    {
        var planes = new float[frames.Length][];
        var places = new (double X, double Y)[frames.Length];
        var damaged = new bool[frames.Length];
        for (var i = 0; i < frames.Length; i++)
        {
            // Stamps are cut at whole pixels: the source is elsewhere within the middle one each time.
            places[i] = (Middle + random.Uniform(-0.5, 0.5), Middle + random.Uniform(-0.5, 0.5));
            planes[i] = Expose(frames[i], places[i]);
            damaged[i] = random.Chance(options.DamageShare);
            if (damaged[i])
            {
                Damage(planes[i]);
            }
        }

        var magnitudes = Array.ConvertAll(frames, frame => curve.Magnitude(frame.Day));
        return new SimulatedSequence
        {
            Number = number,
            Class = kind,
            ObjectId = $"sequence-{options.Seed}-{number:D6}",
            Frames = planes,
            Days = Array.ConvertAll(frames, frame => frame.Day),
            Magnitudes = Array.ConvertAll(magnitudes, magnitude => double.IsFinite(magnitude) ? magnitude : double.NaN),
            Seeing = Array.ConvertAll(frames, frame => frame.Image.FullWidth),
            Sky = Array.ConvertAll(frames, frame => frame.Sky),
            Extinctions = Array.ConvertAll(frames, frame => frame.Extinction),
            Places = places,
            Period = curve.Period,
            Amplitude = curve.Amplitude,
            Start = curve.Start,
            Peak = curve.Peak,
            HostMagnitude = field.HostMagnitude,
            Damaged = damaged,
        };
    }

    private Frame[] Visits()
    {
        var visits = new List<Frame>();
        // One field: its air mass shows in sky and extinction alike, and its optics in the profile's wings.
        var (delay, clearness, brightness) = (random.Uniform(0, 0.08), 0.06 * random.Normal(), 0.04 * random.Normal());
        var wing = random.Below(3);
        // A field that was given up has none of the late visits: one draw for all of them.
        var luck = random.Uniform();
        foreach (var epoch in options.Cadence)
        {
            var missed = epoch.Day > LateDay ? luck >= epoch.Share : random.Uniform() >= epoch.Share;
            if (missed)
            {
                continue;
            }

            var (sin, cos) = PortableMath.SinCos(random.Uniform(0, 2 * Math.PI));
            var ellipticity = Math.Min(0.4, epoch.Ellipticity * Math.Sqrt(1.4427 * random.Exponential()));
            var seeing = Math.Clamp(epoch.Seeing * PortableMath.Exp(epoch.SeeingSpread * random.Normal()), 1.8, 30);
            visits.Add(new Frame(
                epoch.Day + delay + (0.003 * random.Normal()),
                epoch.Sky * PortableMath.Exp(brightness + (epoch.SkySpread * random.Normal())),
                Math.Max(-0.5, epoch.Extinction + clearness + (epoch.ExtinctionSpread * random.Normal())),
                new EllipticalMoffat(seeing, wing, ellipticity * cos, ellipticity * sin)));
        }

        return [.. visits.OrderBy(visit => visit.Day)];
    }

    private SequenceLightCurve Curve()
    {
        var magnitude = random.Uniform(options.Brightest, options.Faintest);
        switch (kind)
        {
            case SequenceClass.Supernova:
                // Some are met weeks after the explosion, some only by the last visits.
                var last = Math.Clamp(frames[^1].Day - 1, 1, 19);
                return SequenceLightCurve.Supernova(random.Magnitude(19.5, 24, 0.25), -14, last, random);
            case SequenceClass.RRLyrae:
                return SequenceLightCurve.RRLyrae(magnitude, random);
            case SequenceClass.Cepheid:
                return SequenceLightCurve.Cepheid(magnitude, random);
            case SequenceClass.EclipsingBinary:
                return SequenceLightCurve.Eclipsing(magnitude, random);
            case SequenceClass.NonVariable:
                return SequenceLightCurve.Constant(magnitude);
            case SequenceClass.Asteroid:
                var place = random.Below(frames.Length);
                var second = place + 1 < frames.Length && frames[place + 1].Day - frames[place].Day < 0.5 && random.Chance(0.2);
                double[] days = second ? [frames[place].Day, frames[place + 1].Day] : [frames[place].Day];
                return SequenceLightCurve.Passage(random.Magnitude(18, 23.5, 0.2), days);
            default:
                return SequenceLightCurve.Constant(double.PositiveInfinity);
        }
    }

    private double Counts(double magnitude, Frame frame) => double.IsFinite(magnitude)
        ? PortableMath.PowerOfTen(0.4 * (options.ZeroPoint - magnitude - frame.Extinction))
        : 0;

    // Standard error of a flux fitted with the known profile, ADU.
    private double Error(Frame frame, double counts)
    {
        var noise = (frame.Sky / options.Gain) + (options.ReadNoise * options.ReadNoise / (options.Gain * options.Gain));
        return Math.Sqrt((noise * frame.Image.NoiseArea) + (counts / options.Gain));
    }

    private bool IsRecognised()
    {
        var signal = new double[frames.Length];
        switch (kind)
        {
            case SequenceClass.NonVariable or SequenceClass.Galaxy:
                return true;
            case SequenceClass.Supernova or SequenceClass.Asteroid:
                // Supernovae are found while they rise.
                var before = kind == SequenceClass.Supernova ? Counts(curve.Magnitude(frames[0].Day), frames[0]) : 0;
                var seen = frames.Count(frame =>
                {
                    var counts = Counts(curve.Magnitude(frame.Day), frame);
                    return counts - before > 5 * Error(frame, counts);
                });
                return seen >= (kind == SequenceClass.Asteroid ? 1 : 2);
            default:
                // The second place from each end of the light curve, against its middle.
                for (var i = 0; i < frames.Length; i++)
                {
                    signal[i] = curve.Magnitude(frames[i].Day);
                }

                Array.Sort(signal);
                var middle = signal[signal.Length / 2];
                var change = Math.Max(signal[^Math.Min(2, signal.Length)] - middle, middle - signal[Math.Min(1, signal.Length - 1)]);
                var typical = frames[0];
                var flux = Counts(middle, typical);
                return change > Math.Max(0.12, 6 * Error(typical, flux) / flux);
        }
    }

    private float[] Expose(Frame frame, (double X, double Y) place)
    {
        var plane = new float[Side * Side];
        plane.AsSpan().Fill((float)frame.Sky);
        var clear = PortableMath.PowerOfTen(-0.4 * frame.Extinction);
        if (field.DrawGalaxies(place.X, place.Y) is { } galaxies)
        {
            foreach (ref var pixel in galaxies.AsSpan())
            {
                pixel *= (float)clear;
            }

            frame.Image.AddConvolved(plane, Side, galaxies, SequenceField.Margin);
        }

        foreach (var star in field.Stars)
        {
            frame.Image.AddStar(plane, Side, place.X + star.X, place.Y + star.Y, Counts(star.Magnitude, frame));
        }

        frame.Image.AddStar(plane, Side, place.X, place.Y, Counts(curve.Magnitude(frame.Day), frame));
        foreach (ref var pixel in plane.AsSpan())
        {
            var electrons = random.Poisson(options.Gain * pixel) + (options.ReadNoise * random.Normal());
            pixel = (float)Math.Min(options.Saturation, electrons / options.Gain);
        }

        return plane;
    }

    // One to four pixels that are marked bad or hold too much, or the track of a cosmic ray.
    private void Damage(float[] plane)
    {
        var (column, row) = (random.Below(Side), random.Below(Side));
        var (isTrack, isBad) = (random.Chance(0.6), random.Chance(0.3));
        var length = isTrack ? 1 + random.Below(6) : 1 + random.Below(4);
        var (across, along) = (random.Below(3) - 1, random.Below(2));
        var charge = 300 * random.Exponential();
        for (var i = 0; i < length && column is >= 0 and < Side && row < Side; i++)
        {
            ref var pixel = ref plane[(row * Side) + column];
            pixel = isBad ? -9999 : Math.Min((float)options.Saturation, pixel + (float)(charge * random.Uniform(0.5, 1.5)));
            (column, row) = (column + across, row + along);
        }
    }
}
