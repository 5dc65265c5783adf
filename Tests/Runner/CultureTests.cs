using System.Globalization;
using System.Text.RegularExpressions;
using Estampa.Data;
using Estampa.Engine;
using Estampa.Models;
using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

/// <summary>
/// Text is the same in every country. A build leaves the system's cultures out, so that all are the invariant one; here they are brought
/// in, or one is made with a comma for a point and other signs.
/// </summary>
[Collection(RunnerCollection.Name)]
public sealed partial class CultureTests(RunnerFixture fixture)
{
    [Theory]
    [InlineData("de_DE.UTF-8")]
    [InlineData("tr_TR.UTF-8")]
    public void ARunHasTheSameBytesInEveryCountry(string culture)
    {
        var number = EstampaCommand.RunUnder(culture, "Estampa.Tests", "culture");
        Assert.SkipUnless(number.Code == 0, $"no cultures on this machine: {number.Error}");
        Assert.Equal("1,5\n", number.Output);
        var run = fixture.New();
        var outcome = EstampaCommand.RunUnder(culture, "estampa", fixture.Train(run, "--threads", "2"));
        Assert.True(outcome.Code == 0, outcome.Error);
        string[] figures =
            [.. Directory.GetFiles(Path.Combine(fixture.Run, "figures")).Select(file => $"figures/{Path.GetFileName(file)}")];
        Assert.NotEmpty(figures);
        foreach (var file in figures.Concat(["config.json", "model.safetensors", "rejected.csv"]))
        {
            Assert.True(
                File.ReadAllBytes(Path.Combine(fixture.Run, file)).SequenceEqual(File.ReadAllBytes(Path.Combine(run, file))), file);
        }

        // The others have seconds in them, which are other digits each time.
        Assert.Equal(Shape(fixture.Trained.Output), Shape(outcome.Output));
        foreach (var file in new[] { "journal.csv", "metrics.json", "report.html" })
        {
            Assert.Equal(
                Shape(File.ReadAllText(Path.Combine(fixture.Run, file))), Shape(File.ReadAllText(Path.Combine(run, file))));
        }
    }

    [Fact]
    public void FilesHaveTheSameBytesUnderEveryCulture()
    {
        var usual = Bytes();
        var before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        comma.NumberFormat.NumberGroupSeparator = ".";
        comma.NumberFormat.PercentDecimalSeparator = ",";
        comma.NumberFormat.NegativeSign = "\u2212";
        CultureInfo.CurrentCulture = comma;
        try
        {
            Assert.Equal("1,5", 1.5.ToString(CultureInfo.CurrentCulture));
            Assert.Equal(usual, Bytes());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    /// <summary>A text with every number as one sign, also that which is the name of its run's folder.</summary>
    private static string Shape(string text) => Digits().Replace(text, "0");

    [GeneratedRegex(@"[ 0-9]+(\.[0-9]+)?")]
    private static partial Regex Digits();

    /// <summary>What a run writes, besides pictures: settings, a table, a model, an array, a FITS file, a journal's row.</summary>
    private static string Bytes()
    {
        using var folder = DataFiles.Temporary();
        var recipe = new StampVaeRecipe();
        recipe.Settings.Set("rate", "0.25");
        recipe.Settings.Check();
        Npy.Write(folder["a.npy"], [1.5f, -2.25f], 2);
        using (var weights = new Weights(Hosts.OneThread, recipe.Build(2).Graph, seed: 1))
        {
            Checkpoint.SaveModel(folder["m"], weights, 3, new Dictionary<string, string>());
        }

        var journal = new Journal(folder["j.csv"], recipe.Build(2).Loss.Parts);
        var parts = recipe.Build(2).Loss.Parts.ToDictionary(part => part.Name, _ => -1.5);
        journal.Add(new JournalRow(1, 1.25, 1000.5, 0.25f, -1.5, 2.5e-7, parts, parts));
        journal.Write();
        var files = new[] { "a.npy", "m", "j.csv" }.Select(name => Convert.ToHexString(File.ReadAllBytes(folder[name])));
        return string.Join('\n', recipe.Settings.All) + Csv.Line(1.5, -0.25f, "a") + string.Concat(files)
            + Convert.ToHexString(Fits.Write(DataFiles.Stamp(3, 2)));
    }
}
