using Estampa.Data;
using Estampa.Models;
using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

/// <summary>Which samples a run trains on, and whose latents it reads.</summary>
[Collection(RunnerCollection.Name)]
public sealed class RunDataTests(RunnerFixture fixture)
{
    private const string Sequences = "simulated-sequences:70";

    [Fact]
    public void AFewObjectsOfEachClassTrainAndAllOthersTest()
    {
        var recipe = Classifier(("per-class", "4"));
        var data = RunData.Open(Sequences, recipe, limit: null, _ => { });
        var (train, validation, test) = data.Split();
        Assert.Equal(recipe.Classes.Select(name => (name, 3)).Order(), Counts(train));
        Assert.Equal(recipe.Classes.Select(name => (name, 1)).Order(), Counts(validation));
        Assert.Equal(data.All.Count - (4 * 7), test.Count);
        Assert.Equal(data.All.Count, Objects(train).Concat(Objects(validation)).Concat(Objects(test)).Distinct().Count());

        // The seed draws them.
        Assert.Equal(Objects(train), Objects(data.Split().Train));
        recipe.Settings.Set("seed", "2");
        Assert.NotEqual(Objects(train), Objects(data.Split().Train));
        recipe.Settings.Set("validation", "0.5");
        Assert.Equal((14, 14), (data.Split().Train.Count, data.Split().Validation.Count));
        recipe.Settings.Set("per-class", "100");
        var error = Assert.Throws<BadInputException>(() => data.Split());
        Assert.Contains("100 objects of each class (setting 'per-class') leave none to test", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SequencesHaveTheirStepsAndTheirClasses()
    {
        var said = new List<string>();
        var recipe = Classifier(("classes", "RRLyr,SN"));
        var data = RunData.Open(Sequences, recipe, limit: null, said.Add);
        Assert.All(data.All.Rows, rows => Assert.InRange(rows.Length, 1, 3));
        Assert.Equal(["RRLyr", "SN"], Enumerable.Range(0, data.All.Count).Select(data.All.Class).Distinct().Order());
        Assert.Contains(said, line => line.EndsWith("samples are of no class of RRLyr, SN: left out", StringComparison.Ordinal));
        var error = Assert.Throws<BadInputException>(
            () => RunData.Open(Sequences, Classifier(("classes", "quasar,blazar")), limit: null, _ => { }));
        Assert.Equal($"{Sequences}: no sample of the classes quasar, blazar (setting 'classes')", error.Message);
    }

    [Fact]
    public void AModelWithoutScalesIsRefusedWhereItsRecipeReadsFeatures()
    {
        var data = RunData.Open(fixture.Alerts, new StampClassifierRecipe(), limit: null, _ => { });
        var error = Assert.Throws<BadInputException>(() => data.LoadFeatures(new Dictionary<string, string>(), "model"));
        Assert.Equal("model: has no scales of features in its header", error.Message);
    }

    [Fact]
    public void TheEncodersRunGivesTheSizeOfItsLatents()
    {
        Assert.Null(Representation.Find(new StampVaeRecipe()));
        var recipe = ModelFixture.With<LatentClassifierRecipe>(("encoder", fixture.Run));
        Assert.Equal(fixture.Run, Representation.Find(recipe)!.FullPath);
        Assert.Contains(("latent", "30"), recipe.Settings.All);
        Assert.Contains(("encoder", fixture.Run), recipe.Settings.All);
    }

    [Fact]
    public void WhatCannotEncodeAStampIsNoEncoder()
    {
        void Refused(string encoder, string named)
        {
            var recipe = ModelFixture.With<LatentClassifierRecipe>(("encoder", encoder));
            var error = Assert.Throws<BadInputException>(() => Representation.Find(recipe));
            Assert.Contains(named, error.Message, StringComparison.Ordinal);
        }

        string Begun(Recipe recipe)
        {
            var run = RunFolder.Create(fixture.New(), recipe, fixture.Alerts, limit: null, new DeviceChoice("cpu", Threads: 1));
            run.Claim().Dispose();
            run.WriteConfig();
            return run.FullPath;
        }

        var other = Begun(ModelFixture.With<LatentClassifierRecipe>(("latent", "3")));
        Refused("", "latent-classifier needs the folder of a trained run, whose latents it reads: --set encoder=RUN");
        Refused(fixture.Folder, $"{fixture.Folder}: no run here");
        Refused(Begun(new RecurrentAutoencoderRecipe()), "recurrent-ae does not encode a stamp alone");
        Refused(Begun(new StampClassifierRecipe()), "stamp-classifier does not encode a stamp alone");
        Refused(other, "latent-classifier does not encode a stamp alone");

        // A run whose first epoch has not ended has no model.
        var unfinished = Begun(new StampVaeRecipe());
        var error = Assert.Throws<BadInputException>(() => RunData.Open(
            fixture.Alerts, ModelFixture.With<LatentClassifierRecipe>(("encoder", unfinished)), limit: null, _ => { }));
        Assert.StartsWith($"{unfinished}: no model yet", error.Message, StringComparison.Ordinal);
    }

    private static ImageSequenceClassifierRecipe Classifier(params (string Name, string Value)[] settings) =>
        ModelFixture.With<ImageSequenceClassifierRecipe>([("steps", "3"), ("width", "1"), .. settings]);

    private static IEnumerable<(string Name, int Count)> Counts(SampleTable table) =>
        Enumerable.Range(0, table.Count).CountBy(table.Class).Select(pair => (pair.Key, pair.Value)).Order();

    private static string[] Objects(SampleTable table) => [.. Enumerable.Range(0, table.Count).Select(table.ObjectId)];
}
