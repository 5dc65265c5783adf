using System.Globalization;
using Estampa.Data;
using Estampa.Engine;
using Estampa.Models;
using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

/// <summary>
/// Text is the same in every country. Where the system's cultures are left out of a build, all are the invariant one; so here it is one
/// with a comma for a point and other signs, as German and Turkish have, set for this thread.
/// </summary>
public sealed class CultureTests
{
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
