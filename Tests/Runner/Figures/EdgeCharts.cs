using Estampa.Models;
using Estampa.Runner;

namespace Estampa.Tests;

/// <summary>Charts of awkward data, by name: each must be drawn without a fault, and is worth a look after a change.</summary>
internal static class EdgeCharts
{
    public static IEnumerable<(string Name, Func<Figure> Draw)> All()
    {
        double[] epochs = [.. Enumerable.Range(1, 30).Select(epoch => (double)epoch)];
        var random = new Random(5);
        var twelve = Enumerable.Range(0, 12).Select(line => new Series(
            $"class number {line + 1}", epochs, [.. epochs.Select(epoch => line + Math.Sin(epoch / 4))])).ToArray();
        double[] broken = [.. epochs.Select(epoch => epoch is 7 or 8 ? double.NaN : epoch > 22 ? double.PositiveInfinity : 5 / epoch)];
        yield return ("no series", () => new LineChart([]) { Title = "No series", YTitle = "loss" }.Draw());
        yield return ("empty series", () => new LineChart([new Series("empty", [], [])]) { YTitle = "loss" }.Draw());
        yield return ("one epoch", () => new LineChart([new Series("training", [1], [0.52]), new Series("validation", [1], [0.61])])
        {
            Title = "One epoch",
            YTitle = "loss",
            Best = 1,
        }.Draw());
        yield return ("diverged", () => new LineChart([new Series("training", epochs, broken), new Series("flat", epochs, new double[30])])
        {
            Title = "Diverged and flat",
            YTitle = "loss / nats per stamp",
            Best = 22,
        }.Draw());
        yield return ("equal values", () => new LineChart([new Series("rate", epochs, [.. epochs.Select(_ => 3e-5)])])
        {
            Title = "Equal values",
            YTitle = "learning rate",
        }.Draw());
        yield return ("decades", () => new LineChart([new Series("error", epochs, [.. epochs.Select(epoch => Math.Pow(10, -epoch / 3))])])
        {
            Title = "Ten decades",
            YTitle = "error",
            LogarithmicY = true,
        }.Draw());
        yield return ("twelve", () => new LineChart(twelve) { Title = "Twelve lines", YTitle = "score" }.Draw());
        foreach (var chart in Scatters(random))
        {
            yield return chart;
        }
        double[] normal = [.. Enumerable.Range(0, 5000).Select(_ => SyntheticRun.Normal(random))];
        yield return ("histogram", () => new Histogram([new Sample("all", normal)])
        {
            Title = "One sample",
            XTitle = "residual / ADU",
        }.Draw());
        Sample[] four = [.. Enumerable.Range(0, 4).Select(index => new Sample(
            SyntheticRun.Classes[index], [.. Enumerable.Range(0, 900).Select(_ => index + SyntheticRun.Normal(random)), double.NaN]))];
        yield return ("histograms", () => new Histogram(four)
        {
            Title = "Four samples",
            XTitle = "residual / ADU",
        }.Draw());
        yield return ("empty histogram", () => new Histogram([new Sample("none", [])]) { XTitle = "residual / ADU" }.Draw());
        foreach (var chart in Stamps(random).Concat(Classifications()))
        {
            yield return chart;
        }
    }

    private static IEnumerable<(string Name, Func<Figure> Draw)> Classifications()
    {
        yield return ("confusion", () => new ConfusionMatrix(
            ["AGN", "SN", "a class with an exceedingly long name", "asteroid"],
            new[,] { { 120, 3, 0, 1 }, { 40, 61, 2, 17 }, { 0, 0, 0, 0 }, { 1, 0, 0, 123456 } })
        {
            Title = "A class without samples, and one of very many",
        }.Draw());
        yield return ("small confusion", () => new ConfusionMatrix(["yes", "no"], new int[2, 2]) { Title = "Nothing was answered" }.Draw());
        yield return ("reliability", () => new ReliabilityDiagram(
        [
            new ReliabilityBin(0, double.NaN, double.NaN), new ReliabilityBin(1, 0.3, 1), new ReliabilityBin(7, 0.45, 0),
            new ReliabilityBin(40, 0.7, 0.6), new ReliabilityBin(1200, 0.97, 0.92),
        ])
        {
            Title = "Too sure",
        }.Draw());
        yield return ("no reliability", () => new ReliabilityDiagram([]) { Title = "No samples" }.Draw());
        yield return ("points", () => new PointChart(
        [
            new NamedValue("stamp-classifier", 0.912, 0.013), new NamedValue("one seed", 0.85, double.NaN),
            new NamedValue("a run with an exceedingly long name in a folder", 0.7, 0.2), new NamedValue("none", double.NaN, double.NaN),
        ])
        {
            Title = "Accuracy",
            XTitle = "share that is right",
        }.Draw());
        yield return ("no points at all", () => new PointChart([]) { Title = "Accuracy" }.Draw());
    }

    private static IEnumerable<(string Name, Func<Figure> Draw)> Scatters(Random random)
    {
        double[] x = [.. Enumerable.Range(0, 400).Select(_ => SyntheticRun.Normal(random))];
        double[] y = [.. Enumerable.Range(0, 400).Select(_ => SyntheticRun.Normal(random) * 1e-5)];
        double[] many = [.. Enumerable.Range(0, 20000).Select(_ => SyntheticRun.Normal(random))];
        string?[] twelve = [.. Enumerable.Range(0, 400).Select(index => $"class {index % 12}")];
        twelve[0] = "a class with an exceedingly long name that nobody would give <b>";
        x[9] = double.NaN;
        yield return ("no points", () => new Scatter([], []) { XTitle = "first", YTitle = "second" }.Draw());
        yield return ("one point", () => new Scatter([3], [4]) { XTitle = "first", YTitle = "second", Classes = ["SN"] }.Draw());
        yield return ("no class", () => new Scatter(x, y) { Title = "No class", XTitle = "first", YTitle = "second" }.Draw());
        yield return ("twelve classes", () => new Scatter(x, y) { XTitle = "first component", YTitle = "second", Classes = twelve }.Draw());
        yield return ("many points", () => new Scatter(many, [.. many.Reverse()])
        {
            Title = "20,000 points",
            XTitle = "first",
            YTitle = "second",
            Values = many,
            ValueTitle = "median flux / ADU",
        }.Draw());
        yield return ("equal values", () => new Scatter([1, 2, 3], [1, 2, 3])
        {
            Values = [18, 18, double.NaN],
            ValueTitle = "magnitude",
        }.Draw());
        yield return ("values not known", () => new Scatter([1, 2], [2, 1]) { Values = [double.NaN, double.NaN] }.Draw());
    }

    private static IEnumerable<(string Name, Func<Figure> Draw)> Stamps(Random random)
    {
        var source = SyntheticRun.Stamp(random, 500, 5);
        var nothing = new float[21 * 21];
        var missing = Array.ConvertAll(nothing, _ => float.NaN);
        var masked = source.ToArray();
        masked.AsSpan(0, 42).Fill(float.MinValue);
        float[][] rows = [source, nothing, missing, masked];
        yield return ("three planes", () => new StampGrid(21, 21, [
            new StampColumn("science", rows, StampScale.Own), new StampColumn("template", rows, StampScale.Own),
            new StampColumn("difference", rows, StampScale.Symmetric)])
        {
            Title = "Constant, missing and masked stamps",
            Map = ColourMap.Cividis,
            Stretch = new Stretch(StretchCurve.Log, StretchLimits.ZScale),
            Labels = [["a-very-long-object-name-without-end", "SN"], ["constant"], ["missing", "", "−"], ["masked"]],
        }.Draw());
        yield return ("no stamps", () => new StampGrid(21, 21, [new StampColumn("original", [])]).Draw());
        yield return ("no columns", () => new StampGrid(21, 21, []).Draw());
        yield return ("empty mosaic", () => new Mosaic(21, 21, []) { Title = "Samples" }.Draw());
        yield return ("one tile", () => new Mosaic(21, 21, [masked]) { Title = "A single sample", OwnRanges = true }.Draw());
        yield return ("small tiles", () => new Mosaic(3, 2, [[0, 1, 2, 3, 4, 5]]) { Magnification = 1 }.Draw());
    }
}
