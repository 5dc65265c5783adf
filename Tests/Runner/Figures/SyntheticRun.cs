using Estampa.Runner;

namespace Estampa.Tests;

/// <summary>A made-up training run whose stamps are Gaussian sources with noise: something to draw when nothing was trained.</summary>
internal static class SyntheticRun
{
    public const int Side = 21;

    public static readonly string[] Classes = ["asteroid", "VS", "SN", "bogus", "AGN"];

    public static ReportContent Content()
    {
        var random = new Random(3);
        return new ReportContent("StampVae on 2,233 synthetic objects <script>alert(1)</script>", Summary(), [
            Training(), Reconstructions(random), Prior(random), Latent(random), Configuration(), Refused()])
        {
            Lead = "A variational autoencoder with 30 latent dimensions was trained for 40 epochs on 1,790 difference stamps of 21x21 "
                + "pixels. The weights of epoch 27 were kept, where the validation loss was least: 0.0417 nats per pixel. "
                + "Reconstructions keep the source and its neighbours and lose the noise, as they should.",
            Footer = "Estampa 0.1.0. Synthetic data: no telescope was used.",
        };
    }

    /// <summary>One source near the middle, sometimes a neighbour, and noise; without noise where its level is 0.</summary>
    public static float[] Stamp(Random random, double flux, double noise)
    {
        var (x, y) = (10 + (random.NextDouble() * 2) - 1, 10 + (random.NextDouble() * 2) - 1);
        var (otherX, otherY, other) = (random.NextDouble() * 20, random.NextDouble() * 20, random.NextDouble() * flux * 0.4);
        var stamp = new float[Side * Side];
        for (var at = 0; at < stamp.Length; at++)
        {
            var (column, row) = (at % Side, at / Side);
            stamp[at] = (float)((flux * Math.Exp(-(Math.Pow(column - x, 2) + Math.Pow(row - y, 2)) / 5))
                + (other * Math.Exp(-(Math.Pow(column - otherX, 2) + Math.Pow(row - otherY, 2)) / 4)) + (noise * Normal(random)));
        }
        return stamp;
    }

    public static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static List<(string Label, string Value)> Summary() =>
    [
        ("validation loss, nats per pixel", "0.0417"), ("kept epoch", "27 of 40"), ("training speed, stamps/s", "1,790"),
        ("training stamps", "1,790"), ("parameters", "312,481"), ("device", "processor, 2 threads"),
    ];

    private static ReportSection Training()
    {
        double[] epochs = [.. Enumerable.Range(1, 40).Select(epoch => (double)epoch)];
        var random = new Random(1);
        double Loss(double epoch, double floor) => floor + (0.6 * Math.Exp(-epoch / 5)) + (0.002 * random.NextDouble());
        double[] train = [.. epochs.Select(epoch => Loss(epoch, 0.036))];
        double[] validation = [.. epochs.Select(epoch => Loss(epoch, 0.041) + (epoch > 27 ? (epoch - 27) * 0.0006 : 0))];
        double[] divergence = [.. epochs.Select(epoch => 18 * (1 - Math.Exp(-epoch / 6)))];
        return new ReportSection(
            "Training",
            "The loss is the squared error per pixel plus the Kullback-Leibler divergence from the prior.\n\n"
            + "Rings mark the epoch whose weights were kept.",
            [
                new ReportFigure("loss", new LineChart([
                    new Series("training", epochs, train), new Series("validation", epochs, validation)])
                {
                    Title = "Loss", YTitle = "loss / nats per pixel", LogarithmicY = true, Best = 27, Width = 504, Height = 340,
                }.Draw(), "Training and validation loss, logarithmic axis."),
                new ReportFigure("divergence", new LineChart([new Series("Kullback-Leibler divergence", epochs, divergence)])
                {
                    Title = "Divergence from the prior", YTitle = "nats per stamp", Width = 504, Height = 340,
                }.Draw(), "The divergence grows as latent dimensions come into use."),
            ],
            []);
    }

    private static ReportSection Reconstructions(Random random)
    {
        var truths = Enumerable.Range(0, 12).Select(row => Stamp(random, row == 5 ? 0 : 30 * Math.Pow(1.6, row), 0)).ToArray();
        var originals = truths.Select(truth => Array.ConvertAll(truth, pixel => pixel + (float)(6 * Normal(random)))).ToArray();
        for (var at = 0; at < 60; at++)
        {
            originals[3][at] = float.NaN;
        }
        var residuals = originals.Zip(truths, (original, truth) => original.Zip(truth, (one, two) => one - two).ToArray()).ToArray();
        return new ReportSection("Reconstructions", "Twelve objects of the test part, by brightness; none was seen in training.",
            [
                new ReportFigure("reconstructions", new StampGrid(Side, Side, [
                    new StampColumn("original", originals), new StampColumn("reconstruction", truths),
                    new StampColumn("residual", residuals, StampScale.Symmetric)])
                {
                    Title = "Difference stamps and their reconstructions", Blocks = 2,
                    Labels = [.. Enumerable.Range(0, 12).Select(row => new[]
                    {
                        $"ZTF20ab{row:d2}fcz", Classes[row % 5], $"mag {20.5 - (row * 0.5):f2}",
                    })],
                }.Draw(), "Original and reconstruction of a row share one range, printed below each in ADU; asinh stretch between the "
                    + "0.5th and 99.5th percentiles. The residual is their difference, drawn linearly."),
            ],
            []);
    }

    private static ReportSection Prior(Random random)
    {
        float[][] samples = [.. Enumerable.Range(0, 24).Select(index => Stamp(random, 20 + (10 * index), 0.5))];
        float[][] walk = [.. Enumerable.Range(0, 35).Select(index => Stamp(new Random(index / 7), 20 + (40 * (index % 7)), 0))];
        return new ReportSection("What the decoder has learned", "", [
            new ReportFigure("prior", new Mosaic(Side, Side, samples)
            {
                Title = "Samples from the prior", Columns = 6, Magnification = 3,
            }.Draw(), "Decoded draws from a standard normal distribution."),
            new ReportFigure("traversal", new Mosaic(Side, Side, walk)
            {
                Title = "Latent traversal", Columns = 7, Magnification = 3, Map = ColourMap.Viridis,
                ColumnTitles = ["−3 σ", "−2 σ", "−1 σ", "0", "1 σ", "2 σ", "3 σ"], RowLabels = ["z 4", "z 11", "z 0", "z 23", "z 17"],
            }.Draw(), "The five dimensions with the largest divergence, one at a time from −3 to 3 standard deviations."),
        ], []);
    }

    private static ReportSection Latent(Random random)
    {
        const int count = 700;
        var kinds = Enumerable.Range(0, count).Select(_ => random.Next(8)).ToArray();
        double[] x = [.. kinds.Select(kind => (2 * Math.Cos(kind)) + Normal(random))];
        double[] y = [.. kinds.Select(kind => (2 * Math.Sin(kind)) + Normal(random))];
        string?[] names = [.. kinds.Select(kind => kind < 5 ? Classes[kind] : null)];
        double[] magnitudes = [.. x.Select(value => random.Next(20) == 0 ? double.NaN : 18.5 + (value * 0.6) + (0.4 * Normal(random)))];
        return new ReportSection("Latent space", "Principal components of the latent means of the test part.", [
            new ReportFigure("latent-class", new Scatter(x, y)
            {
                Title = "By class", XTitle = "first component (31.2 % of variance)", YTitle = "second component (12.8 %)",
                Classes = names, Width = 504, Height = 470,
            }.Draw(), "Grey: objects without a class."),
            new ReportFigure("latent-magnitude", new Scatter(x, y)
            {
                Title = "By magnitude", XTitle = "first component (31.2 % of variance)", YTitle = "second component (12.8 %)",
                Values = magnitudes, ValueTitle = "magnitude", Width = 504, Height = 470,
            }.Draw(), "The colours span the middle 98 % of the magnitudes."),
        ], [new ReportTable(["class", "objects", "median error / ADU", "95th percentile / ADU"],
            [["asteroid", "362", "5.91", "9.4"], ["VS", "117", "6.42", "14.1"], ["SN", "61", "6.03", "10.2"],
                ["bogus", "52", "11.7", "48.0"], ["AGN", "24", "6.11", "—"]], "Reconstruction error of the test part by class.")]);
    }

    private static ReportSection Configuration() => new(
        "Configuration and reproduction",
        "    estampa train alerts/ --model stamp-vae --latent 30 --batch 256 --epochs 40 --seed 1 --threads 2\n"
        + "    estampa report run-0001/\n\nThe same command gives the same weights, bit for bit, on the same device.",
        [],
        [new ReportTable(["setting", "value"], [
            ["model", "StampVae, latent 30, 312,481 parameters"], ["optimizer", "Adam, rate 0.001"], ["batch", "256"], ["seed", "1"],
            ["device", "processor: 2 threads, AVX-512"], ["package build", "without ILGPU"], ["time", "41 s"]],
            "What was asked for and what it ran on.")]);

    private static ReportSection Refused() => new(
        "Rejected inputs",
        "3 of 2,463 alerts were not used.",
        [],
        [new ReportTable(["file", "reason"], [
            ["alerts/541378265015015007.avro", "template pixel −3.4e38 outside the central 21x21"],
            ["alerts/<img src=x onerror=alert(2)>.avro", "byte 1,204: block ends before its last record"],
            [$"alerts/a-very-long-name-{new string('0', 60)}.avro", "science cut-out is 63x53"]],
            "Each file and the first reason it was refused.")]);
}
