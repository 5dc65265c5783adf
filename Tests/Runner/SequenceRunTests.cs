using System.Text.Json.Nodes;
using Estampa.Data;
using Estampa.Engine;
using Estampa.Models;
using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

/// <summary>Runs of the models of sequences and of other runs' latents, small, through the command.</summary>
[Collection(RunnerCollection.Name)]
public sealed class SequenceRunTests(RunnerFixture fixture)
{
    private static readonly string[] Small = ["--set", "batch=8", "steps=4", "width=4", "hidden=8", "latent=4", "code=4"];

    [Fact]
    public void AnImageSequenceClassifierTrainsIsEvaluatedAndReported()
    {
        var run = fixture.New();
        EstampaCommand.Succeed(
            "train", "image-sequence-classifier", "--data", "simulated-sequences:70", "--out", run, "--threads", "2", "--set", "epochs=1",
            "batch=8", "steps=4", "width=4", "dense=8", "hidden=8");
        var evaluated = JsonNode.Parse(EstampaCommand.Succeed("evaluate", run, "--json").Output)!;
        var metrics = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "metrics.json")))!;
        foreach (var set in new[] { "validation", "test" })
        {
            foreach (var name in new[] { "loss", "accuracy", "macroF1" })
            {
                Assert.Equal((double)metrics[set]![name]!, (double)evaluated[set]![name]!);
            }
        }

        Assert.Equal((int)metrics["samples"]!["test"]!, Csv.Read(Path.Combine(run, "predictions.csv")).Rows.Count);
        File.Delete(Path.Combine(run, "report.html"));
        EstampaCommand.Succeed("report", run);
        Assert.Contains("Carrasco-Davis et al. 2019", File.ReadAllText(Path.Combine(run, "report.html")), StringComparison.Ordinal);
    }

    /// <summary>Killed after the first stage, a training begins the second as if it had not been.</summary>
    [Fact]
    public void StagesOfARecurrentAutoencoderAreTrainedAndResumed()
    {
        string whole = fixture.New(), broken = fixture.New();
        string[] Train(string run) =>
        [
            "train", "recurrent-ae", "--data", "simulated-sequences:40", "--out", run, "--threads", "2", .. Small, "epochs=2",
            "stages=ae_alone:1,rnn",
        ];
        var outcome = EstampaCommand.Succeed(Train(whole));
        Assert.Contains("epoch 1: stage ae_alone", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("epoch 2: stage rnn", outcome.Output, StringComparison.Ordinal);
        using (var command = EstampaCommand.Start(Train(broken)))
        {
            command.WaitUntil(output => output.Contains("epoch   1/2", StringComparison.Ordinal));
            command.Kill();
        }

        EstampaCommand.Succeed("train", "recurrent-ae", "--out", broken, "--resume");
        byte[] Model(string run) => File.ReadAllBytes(Path.Combine(run, "model.safetensors"));
        Assert.Equal(Model(whole), Model(broken));

        // The second stage leaves the layers of stamps alone, and changes those of sequences.
        var journal = Csv.Read(Path.Combine(whole, "journal.csv"));
        string[] Validated(string part) =>
            [.. journal.Rows.Select(row => row[Array.IndexOf([.. journal.Header], $"validation.{part}")])];
        Assert.Single(Validated("stamp").Distinct());
        Assert.Equal(2, Validated("sequence").Distinct().Count());
    }

    /// <summary>Losses of training and validation can be compared: steps behind a sequence's end count in neither.</summary>
    [Fact]
    public void ATrainingLossIsThatOfAStamp()
    {
        // All samples are one batch, and the rate leaves the weights as they are.
        var recipe = ModelFixture.With<RecurrentAutoencoderRecipe>(
            ("epochs", "1"), ("batch", "100"), ("rate", "1e-9"), ("steps", "5"), ("augment", "false"), ("width", "4"), ("hidden", "8"));
        var run = RunFolder.Create(fixture.New(), recipe, fixture.Alerts, limit: null, new DeviceChoice("cpu", Threads: 2));
        using (var training = new Training(run, new Progress(json: true)))
        {
            Assert.Equal(0, training.Run(out _));
        }

        using var trained = new TrainedRun(run.FullPath);
        var scores = trained.Scorer.Score(trained.Open(null, _ => { }).Split().Train, trained.Stage);
        var row = Assert.Single(trained.Journal().Rows);
        Assert.Equal(scores.Parts["stamp"], row.Train["stamp"], 1e-4 * scores.Parts["stamp"]);
        Assert.Equal(1, row.TrainLoss / (row.Train["sequence"] + (0.1 * row.Train["stamp"])), 1e-5);
    }

    [Fact]
    public void ALatentClassifierReadsAnotherRun()
    {
        var run = fixture.New();
        EstampaCommand.Succeed(
            "train", "latent-classifier", "--data", fixture.Alerts, "--out", run, "--threads", "2", "--set", $"encoder={fixture.Run}",
            "epochs=2", "batch=4", "test=0.4", "features=true");
        var metrics = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "metrics.json")))!;

        // 30 latents and 23 features: two normalisation parameters each, and weights of 5 classes.
        Assert.Equal((2 * 53) + (5 * 53) + 5, (int)metrics["parameters"]!);
        Assert.Equal((int)metrics["samples"]!["test"]!, Csv.Read(Path.Combine(run, "predictions.csv")).Rows.Count);
        var (tensors, metadata) = Safetensors.Read(Path.Combine(run, "model.safetensors"));
        Assert.Equal([5, 53], tensors["head.0.weight"].Shape);
        Assert.Contains("sgscore1", metadata["features"], StringComparison.Ordinal);
    }
}
