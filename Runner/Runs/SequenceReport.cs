using Estampa.Data;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>What the report of an autoencoder of sequences shows besides its loss.</summary>
internal sealed class SequenceReport(AutoencoderRecipe recipe, SampleTable train, SampleTable unseen, Scorer scorer)
{
    private const int Strips = 8;
    private const int MostFrames = 12;
    private const int LightCurves = 6;
    private const int Aperture = 5;
    private readonly SampleTable shown = unseen.Select(OneOfEachClassFirst(unseen).Take(Strips));

    private StampSet Stamps => unseen.Stamps;

    public IEnumerable<ReportSection> Sections()
    {
        var rebuilt = scorer.Reconstruct(shown);
        yield return new(
            "Reconstructions",
            "Sequences that the training did not see: above the frames, below what the model makes of them from one latent. The first FITS"
            + " row is at the bottom.",
            [Frames(rebuilt)],
            []);
        yield return new(
            "Light curves",
            $"The sum of the central {Aperture}x{Aperture} pixels of the {Stamps.Channels[0]} image, scaled by {recipe.Needs.Scaling}, of"
            + " all frames of these sequences and of the model's.",
            [.. Enumerable.Range(0, Math.Min(shown.Count, LightCurves)).Select(sample => Curve(rebuilt, sample))],
            []);
        yield return new(
            "Reconstruction error",
            "Squared error, summed over the pixels and images of a stamp; the mean over the stamps that are there. A model that only learnt"
            + " what an object looks like is as good as its mean stamp; to do better it must know what changes.",
            [],
            [Errors()]);
        yield return new(
            "Latent space",
            "Latents of unseen sequences, along their two directions of greatest variance.",
            CodeFigures.Of(scorer.Encode(unseen), unseen, "sequences"),
            []);
    }

    private static IEnumerable<int> OneOfEachClassFirst(SampleTable table) => Enumerable.Range(0, table.Count)
        .Where(sample => table.StampSteps(sample).Length > 0)
        .GroupBy(table.Class).SelectMany(group => group.Select((sample, place) => (sample, place)))
        .OrderBy(each => each.place).Select(each => each.sample);

    private ReportFigure Frames(float[] rebuilt)
    {
        var strips = new List<SequenceStrip>();
        for (var sample = 0; sample < shown.Count; sample++)
        {
            var steps = Spread(shown.StampSteps(sample));
            for (var channel = 0; channel < Stamps.Channels.Length; channel++)
            {
                string[] label = [shown.ObjectId(sample), shown.Class(sample), Stamps.Channels.Length > 1 ? Stamps.Channels[channel] : ""];
                strips.Add(new SequenceStrip(
                    [.. label.Where(line => line.Length > 0)],
                    [.. steps.Select(step => Day(sample, step) is var day && double.IsFinite(day)
                        ? NumberText.Short(day)
                        : $"{step + 1}.")],
                    [.. steps.Select(step => Plane(Observed(sample, step), channel))],
                    [.. steps.Select(step => Plane(Model(rebuilt, sample, step), channel))]));
            }
        }

        var figure = new SequenceStrips(Stamps.Height, Stamps.Width, strips) { Magnification = Math.Clamp(63.0 / Stamps.Width, 1, 5) };
        return new ReportFigure(
            "sequences",
            figure.Draw(),
            $"{shown.Count} unseen sequences, at most {MostFrames} frames of each, spread over it, with their days since its first."
            + $" Stretch: {figure.Stretch.Name}, one range for a sequence, given under its name.");
    }

    private ReportFigure Curve(float[] rebuilt, int sample)
    {
        var steps = shown.StampSteps(sample);
        var name = shown.Class(sample) is { Length: > 0 } known ? $"{shown.ObjectId(sample)}, {known}" : shown.ObjectId(sample);
        var dated = steps.All(step => double.IsFinite(Day(sample, step)));
        var curve = new LightCurve(
            [.. steps.Select(step => dated ? Day(sample, step) : step + 1)],
            [.. steps.Select(step => Brightness(Observed(sample, step)))],
            [.. steps.Select(step => Brightness(Model(rebuilt, sample, step)))])
        {
            Title = name,
            XTitle = dated ? "days since the first frame" : "frame",
            YTitle = "sum, scaled",
        };
        return new ReportFigure($"light-curve-{sample + 1}", curve.Draw(), $"{name}: {steps.Length} frames.");
    }

    private ReportTable Errors()
    {
        var errors = StampErrors.Of(unseen, scorer, train);
        var samples = Enumerable.Range(0, unseen.Count).Where(sample => errors[sample].Stamps > 0).ToArray();
        var classes = samples.GroupBy(unseen.Class).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => (Name: group.Key.Length > 0 ? group.Key : "no class", Samples: group.ToArray())).ToArray();
        return new(
            ["sequences of", "sequences", "stamps", "model", "own mean stamp", "training set's mean stamp"],
            [.. new[] { (Name: "all", Samples: samples) }.Concat(classes.Length > 1 ? classes : [])
                .Where(group => group.Samples.Length > 0).Select(group =>
                {
                    var mean = StampErrors.PerStamp([.. group.Samples.Select(sample => errors[sample])]);
                    return new[]
                    {
                        group.Name, $"{group.Samples.Length}", $"{mean.Stamps}", NumberText.Fixed(mean.Model, 3),
                        NumberText.Fixed(mean.OwnMean, 3), NumberText.Fixed(mean.TrainingMean, 3),
                    };
                })],
            "Error per stamp on unseen sequences: of the model, of repeating each sequence's own mean stamp, and of repeating the mean"
            + " stamp of the training set.");
    }

    /// <summary>Some of the steps, the first and the last among them.</summary>
    private static int[] Spread(int[] steps) => steps.Length <= MostFrames
        ? steps
        : [.. Enumerable.Range(0, MostFrames).Select(place => steps[place * (steps.Length - 1) / (MostFrames - 1)])];

    /// <summary>Since the first step that has a stamp; not a number where the source has no times.</summary>
    private double Day(int sample, int step)
    {
        var rows = shown.Rows[sample];
        return Stamps.JulianDates[rows[step]] - Stamps.JulianDates[rows[shown.StampSteps(sample)[0]]];
    }

    private ReadOnlySpan<float> Observed(int sample, int step) => Stamps.Sample(shown.Rows[sample][step]);

    private ReadOnlySpan<float> Model(float[] rebuilt, int sample, int step) =>
        rebuilt.AsSpan(((sample * recipe.Needs.Steps) + step) * Stamps.SampleLength, Stamps.SampleLength);

    private float[] Plane(ReadOnlySpan<float> stamp, int channel)
    {
        var plane = new float[Stamps.Height * Stamps.Width];
        for (var pixel = 0; pixel < plane.Length; pixel++)
        {
            plane[pixel] = stamp[(pixel * Stamps.Channels.Length) + channel];
        }

        return plane;
    }

    private double Brightness(ReadOnlySpan<float> stamp)
    {
        var (sum, side) = (0.0, Math.Min(Aperture, Math.Min(Stamps.Height, Stamps.Width)));
        var (top, left) = ((Stamps.Height - side) / 2, (Stamps.Width - side) / 2);
        for (var place = 0; place < side * side; place++)
        {
            sum += stamp[(((top + (place / side)) * Stamps.Width) + left + (place % side)) * Stamps.Channels.Length];
        }

        return sum;
    }
}
