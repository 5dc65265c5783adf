using Estampa.Engine;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>What the report of an autoencoder of stamps shows besides its loss.</summary>
internal sealed class AutoencoderReport(AutoencoderRecipe recipe, SampleTable unseen, Scorer scorer, Device device, Weights weights)
{
    private const int GridRows = 12;
    private const int PriorSamples = 32;
    private const int TraversalSteps = 7;
    private const int TraversalRows = 4;
    private readonly float[] latents = scorer.Encode(unseen);

    /// <summary>Numbers of a latent.</summary>
    private int Width => latents.Length / unseen.Count;

    public IEnumerable<ReportSection> Sections()
    {
        yield return new(
            "Reconstructions",
            "Stamps that the training did not see, what the model makes of them, and the difference. The first FITS row is at the bottom.",
            [Reconstructions()],
            []);
        if (recipe.HasPrior)
        {
            yield return new(
                "Samples from the prior",
                "Stamps decoded from latents drawn from a standard normal distribution: what the model believes stamps to be.",
                [Prior(), Traversal()],
                []);
        }

        yield return new(
            "Latent space",
            "Latents of unseen stamps (their means), along their two directions of greatest variance.",
            CodeFigures.Of(latents, unseen),
            []);
    }

    private ReportFigure Reconstructions()
    {
        // Every n-th, so that a set ordered by class shows them all.
        var step = Math.Max(1, unseen.Count / GridRows);
        var rows = Enumerable.Range(0, Math.Min(GridRows, unseen.Count)).Select(row => row * step).ToArray();
        var shown = unseen.Select(rows);
        var stamps = unseen.Stamps;
        var pixels = shown.Samples[InputName.Stamps].Numbers;
        var rebuilt = scorer.Reconstruct(shown);
        var columns = new List<StampColumn>();
        for (var channel = 0; channel < stamps.Channels.Length; channel++)
        {
            var name = stamps.Channels.Length == 1 ? "" : $" {stamps.Channels[channel]}";
            float[][] originals = [.. rows.Select((_, row) => Plane(pixels, row, channel))];
            float[][] models = [.. rows.Select((_, row) => Plane(rebuilt, row, channel))];
            columns.Add(new StampColumn($"stamp{name}", originals));
            columns.Add(new StampColumn($"model{name}", models));
            var residuals = originals.Zip(models, (stamp, model) => stamp.Zip(model, (x, m) => x - m).ToArray());
            columns.Add(new StampColumn("stamp − model", [.. residuals], StampScale.Symmetric));
        }

        var grid = new StampGrid(stamps.Height, stamps.Width, columns)
        {
            Labels = [.. rows.Select((_, row) => (IReadOnlyList<string>)Label(shown, row))],
            Blocks = stamps.Channels.Length == 1 ? 2 : 1,
            Stretch = Stretch.Asinh,
        };
        return new ReportFigure(
            "reconstructions",
            grid.Draw(),
            $"{rows.Length} unseen {string.Join(", ", stamps.Channels)} stamps, scaled by {recipe.Needs.Scaling};"
            + $" stretch: {grid.Stretch.Name}, one range for stamp and model. Residuals: blue below, red above zero.");
    }

    private ReportFigure Prior()
    {
        var draws = new float[PriorSamples * Width];
        var seed = recipe.Settings.Seed;
        for (var place = 0; place < draws.Length; place++)
        {
            draws[place] = Noise.Normal((uint)seed, (uint)(seed >> 32), Noise.Stream("report.prior"), 0, (uint)place);
        }

        var mosaic = new Mosaic(recipe.Needs.Side, recipe.Needs.Side, Decode(draws, PriorSamples)) { OwnRanges = true };
        return new ReportFigure(
            "prior",
            mosaic.Draw(),
            $"{PriorSamples} samples, {recipe.Needs.Channels[0]} image; each with its own range, stretch {mosaic.Stretch.Name}.");
    }

    private ReportFigure Traversal()
    {
        var width = Width;
        var spread = Enumerable.Range(0, width).Select(dimension => Deviation(latents, width, dimension)).ToArray();
        var widest = Enumerable.Range(0, width).OrderByDescending(dimension => spread[dimension]).Take(TraversalRows).ToArray();
        var grid = new float[widest.Length * TraversalSteps * width];
        for (var row = 0; row < widest.Length; row++)
        {
            for (var step = 0; step < TraversalSteps; step++)
            {
                var place = ((row * TraversalSteps) + step) * width;
                latents.AsSpan(0, width).CopyTo(grid.AsSpan(place));
                grid[place + widest[row]] = Offset(step);
            }
        }

        var mosaic = new Mosaic(
            recipe.Needs.Side, recipe.Needs.Side, Decode(grid, widest.Length * TraversalSteps))
        {
            Columns = TraversalSteps,
            ColumnTitles = [.. Enumerable.Range(0, TraversalSteps).Select(step => NumberText.Fixed(Offset(step), 1))],
            RowLabels = [.. widest.Select(dimension => $"z{dimension}")],
            OwnRanges = true,
        };
        return new ReportFigure(
            "traversal",
            mosaic.Draw(),
            $"The latent of {unseen.ObjectId(0)} with one number at a time moved from −3 to 3: the {widest.Length} that vary most.");

        static float Offset(int step) => (6f * step / (TraversalSteps - 1)) - 3f;
    }

    private static string[] Label(SampleTable table, int sample)
    {
        var magnitude = float.IsFinite(table.Magnitude(sample)) ? $"{NumberText.Fixed(table.Magnitude(sample), 1)} mag" : "";
        return [.. new[] { table.ObjectId(sample), table.Class(sample), magnitude }.Where(line => line.Length > 0)];
    }

    private float[] Plane(float[] pixels, int sample, int channel)
    {
        var set = unseen.Stamps;
        var plane = new float[set.Height * set.Width];
        for (var pixel = 0; pixel < plane.Length; pixel++)
        {
            plane[pixel] = pixels[(((sample * plane.Length) + pixel) * set.Channels.Length) + channel];
        }

        return plane;
    }

    /// <summary>The first channel of the stamps that these latents stand for.</summary>
    private List<float[]> Decode(float[] numbers, int count)
    {
        var decoder = recipe.BuildDecoder(count)!;
        using var plan = Plan.ForEvaluation(device, decoder.Graph, weights, decoder.Output);
        plan.Write(decoder.Input, numbers);
        plan.Recording.Replay();
        var pixels = plan.Read(decoder.Output);
        var shape = decoder.Output.Shape;
        return [.. pixels.Chunk(shape.Sample).Select(stamp => stamp.Where((_, place) => place % shape.Channels == 0).ToArray())];
    }

    private static double Deviation(float[] latents, int width, int dimension)
    {
        var values = latents.Where((_, place) => place % width == dimension).Select(value => (double)value).ToArray();
        var mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }
}
