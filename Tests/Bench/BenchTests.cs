using System.Text.Json.Nodes;
using Xunit;

namespace Estampa.Tests;

/// <summary>What the bench writes, on the smallest work and without peers.</summary>
public class BenchTests
{
    private static readonly string[] Run = ["processor", "cores", "vectorBits", "dotnet", "date", "command"];

    [Fact]
    public void WithoutPeersOursStandAloneAndTheMissingAreNamed()
    {
        var (outcome, rows) = Rows("peers", "--batch", "1", "--threads", "1", "--kind", "encode", "--rounds", "1", "--seconds", "0");
        Assert.Equal(1, Lines(outcome, "PyTorch is missing (no program no-python): install "));
        Assert.Equal(1, Lines(outcome, "ONNX Runtime is missing "));
        var row = Assert.Single(rows);
        Assert.Equal(("stamp-vae", "encode", 1, 1), (Text(row, "name"), Text(row, "kind"), (int)row["batch"]!, (int)row["threads"]!));
        Assert.True((double)row["ours"]! > 0);
        Assert.Equal(["pytorch", "onnxruntime"], row["peers"]!.AsObject().Select(peer => peer.Key));
        Assert.All(row["peers"]!.AsObject(), peer => Assert.Null(peer.Value));
        Assert.Null(row["ratio"]);
    }

    [Fact]
    public void StepsHaveSpeedGarbageAndMemory()
    {
        var (_, rows) = Rows("steps", "--batch", "1", "--threads", "1", "--kind", "encode", "--rounds", "1", "--seconds", "0");
        var row = Assert.Single(rows);
        Assert.Equal(("stamp-vae", "encode", 1, 1), (Text(row, "name"), Text(row, "kind"), (int)row["batch"]!, (int)row["threads"]!));
        Assert.All(
            ["samplesPerSecond", "milliseconds", "peakBytes", "planBytes", "gflops", "roofShare", "firstStepSeconds"],
            name => Assert.True((double)row[name]! > 0, name));
        Assert.True((long)row["peakBytes"]! > (long)row["planBytes"]!);

        // An answer to a batch leaves nothing behind.
        Assert.Equal((0, 0), ((double)row["bytesPerStep"]!, (int)row["collections"]!));
    }

    [Fact]
    public void KernelsStandBesideTheRoof()
    {
        var (outcome, rows) = Rows("kernels", "--filter", "linear 256x30", "--threads", "1");
        Assert.Contains("roof", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("forward", rows.Select(row => Text(row, "direction")));
        Assert.All(rows, row =>
        {
            Assert.Equal(("linear", 1), (Text(row, "name"), (int)row["threads"]!));
            Assert.StartsWith("linear 256x30->", Text(row, "shape"), StringComparison.Ordinal);
            Assert.True((double)row["gbytes"]! > 0 && (double)row["roofShare"]! > 0 && row["gflops"] is not null);
        });
    }

    [Theory]
    [InlineData("--bogus")]
    [InlineData("steps", "--batch", "0")]
    [InlineData("peers", "--rounds", "x")]
    [InlineData("kernels", "--json")]
    public void ABadFlagEndsInOneLine(params string[] arguments)
    {
        var outcome = EstampaCommand.RunBench(arguments);
        Assert.Equal(2, outcome.Code);
        Assert.Empty(outcome.Output);
        var line = Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
    }

    /// <summary>Runs a verb and reads the rows it writes; each has the facts of its run.</summary>
    private static (Outcome Outcome, JsonObject[] Rows) Rows(params string[] arguments)
    {
        using var folder = DataFiles.Temporary();
        var outcome = EstampaCommand.RunBench([.. arguments, "--json", folder["rows.json"]]);
        Assert.True(outcome.Code == 0, outcome.Error + outcome.Output);
        JsonObject[] rows = [.. JsonNode.Parse(File.ReadAllText(folder["rows.json"]))!.AsArray().Select(row => row!.AsObject())];
        Assert.All(rows, row => Assert.Equal(Run, row["run"]!.AsObject().Select(fact => fact.Key)));
        return (outcome, rows);
    }

    private static int Lines(Outcome outcome, string start) =>
        outcome.Lines.Count(line => line.StartsWith(start, StringComparison.Ordinal));

    private static string Text(JsonObject row, string name) => (string)row[name]!;
}
