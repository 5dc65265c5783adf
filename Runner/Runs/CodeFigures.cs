using Estampa.Models;

namespace Estampa.Runner;

/// <summary>Latents of samples along their two directions of greatest variance, by class and by magnitude.</summary>
internal static class CodeFigures
{
    /// <param name="latents">(n, numbers).</param>
    /// <param name="unseen">The n samples.</param>
    /// <param name="kind">What a sample is, in the plural.</param>
    public static List<ReportFigure> Of(float[] latents, SampleTable unseen, string kind = "stamps")
    {
        var width = latents.Length / unseen.Count;
        if (unseen.Count < 3 || width < 2)
        {
            return [];
        }

        var pca = Pca.Of(latents, width, 2);
        double[] x = pca.Project(latents, 0), y = pca.Project(latents, 1);
        var axes = pca.Shares.Select((share, place) => $"component {place + 1} ({share:P0} of the variance)").ToArray();
        var scatter = new Scatter(x, y) { XTitle = axes[0], YTitle = axes[1], Width = 504, Height = 440 };
        var figures = new List<ReportFigure>();
        string[] names = [.. Enumerable.Range(0, unseen.Count).Select(unseen.Class)];
        if (names.Any(name => name.Length > 0))
        {
            string?[] classes = [.. names.Select(name => name.Length > 0 ? name : "no class")];
            figures.Add(new ReportFigure(
                "latent-classes",
                (scatter with { Title = "Latents by class", Classes = classes }).Draw(),
                $"{unseen.Count} unseen {kind} by class."));
        }

        double[] magnitudes = [.. Enumerable.Range(0, unseen.Count).Select(sample => (double)unseen.Magnitude(sample))];
        if (magnitudes.Any(double.IsFinite))
        {
            figures.Add(new ReportFigure(
                "latent-magnitudes",
                (scatter with { Title = "Latents by magnitude", Values = magnitudes, ValueTitle = "magpsf (mag)" }).Draw(),
                $"{unseen.Count} unseen {kind} by the magnitude of their {(kind == "stamps" ? "difference" : "last one")}."));
        }

        return figures.Count > 0 ? figures : [new ReportFigure("latent", scatter.Draw(), $"{unseen.Count} unseen samples.")];
    }
}
