namespace Estampa.Data;

/// <summary>
/// Draws the three cut-outs of one visit and measures the candidate. Works in ADU, with the noise drawn in electrons; one observer a
/// thread, its planes are reused.
/// </summary>
/// <remarks>
/// As ZTF's difference imaging gives it (Zackay, Ofek and Gal-Yam 2016, with a template much deeper than the science image): the
/// difference has the science image's point spread and almost its noise (correlation .89, ratio .956 in real alerts), a constant
/// star leaves what small errors of position, scale and width leave, and the science image is matched to the template's sky level.
/// </remarks>
internal sealed class Observer
{
    private const int Size = SimulatedObject.Size;
    private const int Attempts = 40;

    // Parts of the science noise and of independent noise in the difference: ratio .956, correlation .887.
    private const float Shared = 0.848f;
    private const float Independent = 0.441f;

    // Share of a constant source's light that the subtraction scatters from pixel to pixel.
    private const float Scatter = 0.012f;

    private readonly float[] variance = new float[Size * Size];
    private readonly float[] galaxies = new float[Size * Size];
    private readonly float[] blurred = new float[Size * Size];
    private readonly float[] scratch = new float[Size * Size];

    public float[] Science { get; } = new float[Size * Size];

    public float[] Template { get; } = new float[Size * Size];

    /// <summary>Science minus template, whatever the sign of the candidate.</summary>
    public float[] Difference { get; } = new float[Size * Size];

    /// <summary>
    /// Draws the object's alert and measures it; drawn again with another noise until the signal is five times its quoted error.
    /// </summary>
    /// <param name="sky">The object.</param>
    /// <param name="detection">Which of its detections.</param>
    public Measurement Observe(SimulatedObject sky, int detection)
    {
        var visit = sky.Visits[sky.Detections[detection]];
        var flux = sky.Fluxes[sky.Detections[detection]];
        for (var attempt = 0; ; attempt++)
        {
            var random = new RandomStream(sky.Seed, (ulong)sky.Number + 1, (ulong)detection + 1, (ulong)attempt);
            // A tenth brighter with each failure, so that the loop ends.
            var boost = attempt < 3 ? 1 : 1 + (0.1 * (attempt - 2));
            Draw(sky, visit, visit.CountsOf(flux) * boost, boost, random);
            var measured = Measurement.Of(Difference, variance, Size, sky.X, sky.Y, visit);
            if (measured.SignalToNoise >= 5 || attempt == Attempts)
            {
                return measured;
            }
        }
    }

    private void Draw(SimulatedObject sky, Visit visit, double counts, double boost, RandomStream random)
    {
        var psf = visit.PointSpread;
        var templatePsf = sky.TemplateSpread[visit.Filter - 1];
        var scale = PortableMath.PowerOfTen(0.4 * (visit.ZeroPoint - Visit.TypicalZeroPoint));
        var level = sky.Levels[visit.Filter - 1] * scale;
        Array.Fill(Science, (float)level);
        Array.Fill(Template, (float)level);
        Array.Fill(Difference, (float)(0.06 * visit.PixelNoise * random.Normal()));
        var residual = new Residual(visit, random);

        Array.Clear(galaxies);
        var hasGalaxy = false;
        foreach (var source in sky.Sources)
        {
            hasGalaxy |= source.Shape is not null;
            source.Shape?.Add(galaxies, Size, source.X, source.Y, visit.Counts(source.Magnitude(visit.Filter)));
            if (source.IsStar)
            {
                AddStar(source, psf, templatePsf, visit, residual, default);
            }
        }

        if (hasGalaxy)
        {
            AddGalaxies(psf, templatePsf, residual);
        }

        if (sky.Own is { } own)
        {
            AddStar(own, psf, templatePsf, visit, residual, default);
        }

        if (sky.Artefact?.Star is { } star)
        {
            var (x, y) = sky.Artefact.Misplacement;
            AddStar(star, psf, templatePsf, visit, residual, (x * boost, y * boost));
        }

        AddChange(sky, psf, counts);
        AddNoise(visit, level, random);
        // A coadd of n frames under a darker sky, smoothed by resampling.
        var depth = visit.Filter == 1 ? 5.0 : 7.0;
        Planes.AddCorrelatedNoise(Template, Size, (float)(scale * depth / Math.Sqrt(sky.TemplateFrames[visit.Filter - 1])), random);
        Saturate(random);
        sky.Artefact?.Mark(Science, Difference, Size, sky.X, sky.Y, sky.Strength * boost, visit.PixelNoise);
    }

    private void AddStar(
        SkySource star, PointSpread psf, PointSpread templatePsf, Visit visit, Residual residual, (double X, double Y) misplaced)
    {
        var counts = visit.Counts(star.Magnitude(visit.Filter));
        psf.AddStar(Science, Size, star.X, star.Y, counts);
        templatePsf.AddStar(Template, Size, star.X, star.Y, counts);
        // Errors of a few hundredths: those of a faint star stay below a tenth of the noise.
        if (counts * psf.Peak > visit.PixelNoise)
        {
            psf.AddStar(Difference, Size, star.X, star.Y, counts);
            var (x, y) = (star.X + residual.X + misplaced.X, star.Y + residual.Y + misplaced.Y);
            residual.PointSpread.AddStar(Difference, Size, x, y, -counts * residual.Scale);
        }
    }

    private void AddGalaxies(PointSpread psf, PointSpread templatePsf, Residual residual)
    {
        Array.Clear(blurred);
        psf.AddConvolved(blurred, galaxies, scratch, Size);
        Planes.AddScaled(Science, blurred, 1);
        Planes.AddScaled(Difference, blurred, (float)(1 - residual.Scale));
        // A displaced galaxy, to first order: minus the shift times the gradient (central differences).
        var (x, y) = ((float)(residual.X / 2), (float)(residual.Y / 2));
        for (var row = 1; row < Size - 1; row++)
        {
            var start = (row * Size) + 1;
            var target = Difference.AsSpan(start, Size - 2);
            Planes.AddScaled(target, blurred.AsSpan(start + 1, Size - 2), x);
            Planes.AddScaled(target, blurred.AsSpan(start - 1, Size - 2), -x);
            Planes.AddScaled(target, blurred.AsSpan(start + Size, Size - 2), y);
            Planes.AddScaled(target, blurred.AsSpan(start - Size, Size - 2), -y);
        }

        templatePsf.AddConvolved(Template, galaxies, scratch, Size);
    }

    // What changed: a point, or an asteroid's trail as points a third of a pixel apart.
    private void AddChange(SimulatedObject sky, PointSpread psf, double counts)
    {
        if (counts == 0)
        {
            return;
        }

        var points = 1 + (int)(3 * sky.Trail);
        for (var i = 0; i < points; i++)
        {
            var along = points == 1 ? 0 : sky.Trail * (((double)i / (points - 1)) - 0.5);
            var (x, y) = (sky.X + (along * sky.TrailDirection.Cos), sky.Y + (along * sky.TrailDirection.Sin));
            psf.AddStar(Science, Size, x, y, counts / points);
            psf.AddStar(Difference, Size, x, y, counts / points);
        }
    }

    private void AddNoise(Visit visit, double level, RandomStream random)
    {
        const float Gain = (float)Visit.Gain;
        const float ReadVariance = (float)(Visit.ReadNoise * Visit.ReadNoise);
        var extra = (float)(visit.Sky - level);
        for (var i = 0; i < Science.Length; i++)
        {
            var electrons = Math.Max(0, (Science[i] + extra) * Gain);
            var deviation = MathF.Sqrt(electrons + ReadVariance);
            // Poisson light and normal read noise: one normal for both where the counts are large.
            var noise = electrons > 50
                ? deviation * random.Normal()
                : (float)(random.Poisson(electrons) - electrons + (Visit.ReadNoise * random.Normal()));
            Science[i] += noise / Gain;
            var scattered = Scatter * Math.Clamp(Template[i] - (float)level, 0, (float)Visit.Saturation) * Gain;
            var own = MathF.Sqrt((Independent * Independent * deviation * deviation) + (scattered * scattered));
            Difference[i] += ((Shared * noise) + (own * random.Normal())) / Gain;
            variance[i] = ((Shared * Shared * deviation * deviation) + (own * own)) / (Gain * Gain);
        }
    }

    private void Saturate(RandomStream random)
    {
        const float Full = (float)Visit.Saturation;
        for (var i = 0; i < Science.Length; i++)
        {
            if (Science[i] > Full || Template[i] > Full)
            {
                Science[i] = Math.Min(Science[i], Full);
                Template[i] = Math.Min(Template[i], 0.9f * Full);
                Difference[i] = 0.02f * Full * random.Normal();
            }
        }
    }

    /// <summary>How one subtraction is wrong, for all stars alike.</summary>
    private readonly struct Residual
    {
        public Residual(Visit visit, RandomStream random)
        {
            X = 0.025 * random.Normal();
            Y = 0.025 * random.Normal();
            Scale = 1 + (0.004 * random.Normal());
            PointSpread = new PointSpread(visit.Seeing * (1 + (0.006 * random.Normal())));
        }

        public double X { get; }

        public double Y { get; }

        public double Scale { get; }

        public PointSpread PointSpread { get; }
    }
}
