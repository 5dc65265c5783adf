using System.Globalization;
using System.Text.Json.Nodes;
using Estampa.Data;
using Xunit;

namespace Estampa.Tests;

/// <summary>The verbs besides <c>train</c>.</summary>
[Collection(RunnerCollection.Name)]
public sealed class VerbTests(RunnerFixture fixture)
{
    [Fact]
    public void EvaluateRepeatsTheMetrics()
    {
        var outcome = EstampaCommand.Succeed("evaluate", fixture.Run, "--json");
        Assert.Empty(outcome.Error);
        var result = JsonNode.Parse(outcome.Output)!;
        var metrics = JsonNode.Parse(File.ReadAllText(Path.Combine(fixture.Run, "metrics.json")))!;
        foreach (var set in new[] { "validation", "test" })
        {
            Assert.Equal((int)metrics["samples"]![set]!, (int)result[set]!["samples"]!);
            foreach (var part in new[] { "loss", "reconstruction", "divergence" })
            {
                Assert.Equal((double)metrics[set]![part]!, (double)result[set]![part]!);
            }
        }
    }

    [Fact]
    public void EvaluateTakesAnotherSource()
    {
        var outcome = EstampaCommand.Succeed("evaluate", fixture.Run, "--data", fixture.Alerts);
        var set = StampSource.Open(fixture.Alerts, new StampSetOptions { Channels = ["science"] });
        Assert.Matches(
            $@"^all +{set.Count} samples  loss -?[\d.]+  reconstruction -?[\d.]+  divergence [\d.]+  errorPerStamp [\d.]+$",
            outcome.Lines[^1]);
    }

    [Fact]
    public void EncodeWritesEachStampsIdAndLatent()
    {
        string csv = fixture.New() + ".csv", npy = fixture.New() + ".npy";
        EstampaCommand.Succeed("encode", fixture.Run, "--data", fixture.Alerts, "--out", csv);
        EstampaCommand.Succeed("encode", fixture.Run, "--data", fixture.Alerts, "--out", npy, "--threads", "1");
        var set = StampSource.Open(fixture.Alerts, new StampSetOptions { Channels = ["science"] });
        var latents = Npy.Read(npy);
        Assert.Equal([set.Count, 30], latents.Shape);
        Assert.All(latents.Floats(), number => Assert.True(float.IsFinite(number)));
        var table = Csv.Read(csv);
        Assert.Equal(["candid", "objectId", "class", "magpsf", .. Enumerable.Range(0, 30).Select(number => $"z{number}")], table.Header);

        // Identifiers of 18 digits and more are beyond what a double keeps.
        Assert.Contains(set.Candids, candid => candid > 1L << 53);
        Assert.Equal(set.Candids.Select(candid => $"{candid}"), table.Rows.Select(row => row[0]));
        Assert.Equal(set.ObjectIds, table.Rows.Select(row => row[1]));
        Assert.Equal(set.Classes, table.Rows.Select(row => row[2]));
        Assert.Equal(set.Magnitudes, table.Rows.Select(row => Number(row[3])));
        Assert.Equal(latents.Floats(), table.Rows.SelectMany(row => row[4..].Select(Number)));

        static float Number(string cell) => cell.Length > 0 ? float.Parse(cell, CultureInfo.InvariantCulture) : float.NaN;
    }

    [Fact]
    public void ReportMakesTheSamePageAndFiguresAgain()
    {
        var run = fixture.Copy("config.json", "journal.csv", "metrics.json", "model.safetensors");
        EstampaCommand.Succeed("report", run);
        foreach (var figure in Directory.GetFiles(Path.Combine(fixture.Run, "figures")))
        {
            Assert.Equal(File.ReadAllBytes(figure), File.ReadAllBytes(Path.Combine(run, "figures", Path.GetFileName(figure))));
        }

        string Page(string folder)
        {
            var page = File.ReadAllText(Path.Combine(folder, "report.html"));
            return page.Replace($"stamp-vae: {Path.GetFileName(folder)}", "", StringComparison.Ordinal);
        }

        Assert.Equal(Page(fixture.Run), Page(run));
    }

    [Fact]
    public void RecipesListsEverySetting()
    {
        var output = EstampaCommand.Succeed("recipes").Output;
        Assert.StartsWith("stamp-vae", output, StringComparison.Ordinal);
        Assert.Contains("latent=30", output, StringComparison.Ordinal);
        Assert.Contains("loss=auto-regularised", output, StringComparison.Ordinal);
    }

    [Fact]
    public void SummaryCountsParametersAndWork()
    {
        var lines = EstampaCommand.Succeed("summary", "stamp-vae", "--set", "latent=21", "batch=4").Lines;
        (string Begin, string Holds)[] expected = [("encoder.0", "21x21x64"), ("parameters", "446,120"), ("work", "77.5 MFLOP")];
        Assert.All(expected, pair => Assert.Contains(
            lines,
            line => line.StartsWith(pair.Begin, StringComparison.Ordinal) && line.Contains(pair.Holds, StringComparison.Ordinal)));
    }

    [Fact]
    public void DevicesListsTheProcessor()
    {
        var lines = EstampaCommand.Succeed("devices").Lines;
        Assert.StartsWith("cpu ", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("cuda:", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("opencl:", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("proven ", StringComparison.Ordinal));
    }

    [Fact]
    public void DataDescribeCountsWhatASourceHolds()
    {
        var set = StampSource.Open(fixture.Alerts);
        var lines = EstampaCommand.Succeed("data", "describe", fixture.Alerts).Lines;
        Assert.Equal($"{fixture.Alerts}: {set.Count} samples of 21x21, science, template, difference", lines[0]);
        Assert.Contains($"objects    {set.ObjectIds.Distinct().Count()}", lines);
        var classes = set.Classes.GroupBy(name => name).ToDictionary(group => group.Key, group => group.Count());
        Assert.All(classes, pair => Assert.Contains($"class      {pair.Key,-12} {pair.Value}", lines));
        Assert.Contains($"rejected   {set.Rejected.Count}", lines);
    }

    [Fact]
    public void DataMakeIsRepeatableAndTakesOptions()
    {
        string same = fixture.New(), other = fixture.New(), alerts = fixture.New();
        EstampaCommand.Succeed("data", "make", "gaussians", "--count", $"{RunnerFixture.Count}", "--out", same);
        Assert.Equal(File.ReadAllBytes(fixture.Gaussians), File.ReadAllBytes(Path.Combine(same, "gaussians.npy")));
        EstampaCommand.Succeed(
            "data", "make", "gaussians", "--count", "5", "--seed", "3", "--brightness", "10", "--sigma", "2", "--noise", "0", "--out",
            other);
        var images = Npy.Read(Path.Combine(other, "gaussians.npy"));
        Assert.Equal([5, 21, 21, 1], images.Shape);
        Assert.InRange(images.Floats().Max(), 9, 10.5f);
        EstampaCommand.Succeed("data", "make", "alerts", "--count", "24", "--out", alerts);
        foreach (var file in Directory.GetFiles(fixture.Alerts))
        {
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(alerts, Path.GetFileName(file))));
        }
    }
}
