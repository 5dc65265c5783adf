using Estampa.Data;
using Estampa.Engine;
using Estampa.Models;
using Estampa.Runner;
using Xunit;

namespace Estampa.Tests;

public sealed class HardStampTests
{
    /// <summary>One stamp of 64 has pixels that are no numbers, far too large or denormal: the other latents keep their bits.</summary>
    [Fact]
    public void AStampWithBadPixelsChangesNoOtherLatent()
    {
        const int count = 64, bad = 3;
        using var folder = DataFiles.Temporary();
        var hard = DataFiles.HardStamp();
        AvroWriter.Write(folder["clean.avro"], ZtfSchema.Json, Enumerable.Range(0, count).Select(n => DataFiles.Alert(n, "ZTF")));
        AvroWriter.Write(
            folder["hard.avro"], ZtfSchema.Json, Enumerable.Range(0, count).Select(n => DataFiles.Alert(n, "ZTF", n == bad ? hard : null)));
        var recipe = ModelFixture.With<StampVaeRecipe>(("latent", "8"));
        using var weights = new Weights(Hosts.TwoThreads, recipe.Build(2).Graph, seed: 1);
        using var scorer = new Scorer(recipe, Hosts.TwoThreads, weights);
        float[] Latents(string file) => scorer.Encode(RunData.Open(folder[file], recipe, limit: null, _ => { }).All);
        var (clean, mixed) = (Latents("clean.avro"), Latents("hard.avro"));
        Assert.Equal(8 * count, clean.Length);
        Assert.All(mixed, number => Assert.True(float.IsFinite(number)));
        for (var row = 0; row < count; row++)
        {
            Assert.Equal(row != bad, clean.AsSpan(8 * row, 8).SequenceEqual(mixed.AsSpan(8 * row, 8)));
        }
    }
}
