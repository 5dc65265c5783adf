using Estampa.Engine;
using Estampa.Models;
using Xunit;

namespace Estampa.Tests;

public class RecipeSettingsTests
{
    [Fact]
    public void EverySettingIsListedAndComesBackByItsName()
    {
        var settings = new StampVaeRecipe().Settings;
        var names = settings.All.Select(setting => setting.Name).ToArray();
        Assert.Equal(["epochs", "batch", "rate", "seed", "reject-limit", "validation", "test", "folds", "fold", "per-class"], names[..10]);
        Assert.Equal(["latent", "channels", "scaling", "output", "loss", "beta", "beta-warm-up"], names[^7..]);
        Assert.Contains(("rate", "0.001"), settings.All);
        settings.Set("warm-up", "2");
        settings.Set("rate", "2.5e-4");
        settings.Set("seed", $"{ulong.MaxValue}");
        settings.Set("output", "identity");
        Assert.Equal((2, 2.5e-4f, ulong.MaxValue), (settings.WarmUp, settings.Rate, settings.Seed));
        settings.Check();

        // What config.json keeps makes the same settings again.
        var copy = new StampVaeRecipe().Settings;
        foreach (var (name, value) in settings.All)
        {
            copy.Set(name, value);
        }

        Assert.Equal(settings.All, copy.All);
    }

    [Theory]
    [InlineData("warmup", "2", "warm-up")]
    [InlineData("Epochs", "2", "no setting 'Epochs'")]
    [InlineData("", "2", "no setting ''")]
    [InlineData("epochs", "two", "a whole number that fits, got 'two'")]
    [InlineData("epochs", "1.5", "a whole number that fits, got '1.5'")]
    [InlineData("epochs", "3000000000", "a whole number that fits")]
    [InlineData("seed", "-1", "a whole number that fits")]
    [InlineData("rate", "fast", "a number, got 'fast'")]
    [InlineData("rate", "", "a number, got ''")]
    public void UnknownNamesAndValuesOfAnotherKindAreRefused(string name, string value, string named)
    {
        var error = Assert.Throws<SettingException>(() => new StampVaeRecipe().Settings.Set(name, value));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("epochs", "0")]
    [InlineData("epochs", "-1")]
    [InlineData("batch", "1")]
    [InlineData("batch", "65537")]
    [InlineData("rate", "0")]
    [InlineData("rate", "NaN")]
    [InlineData("rate", "Infinity")]
    [InlineData("rate", "1e99")]
    [InlineData("validation", "0")]
    [InlineData("validation", "1")]
    [InlineData("test", "0.95")]
    [InlineData("test", "NaN")]
    [InlineData("per-class", "1")]
    [InlineData("per-class", "-2")]
    [InlineData("warm-up", "21")]
    [InlineData("decay", "-0.1")]
    [InlineData("clip", "NaN")]
    [InlineData("patience", "-1")]
    [InlineData("schedule", "linear")]
    [InlineData("optimizer", "sgd")]
    [InlineData("initial", "zeros")]
    [InlineData("initial", "-1")]
    [InlineData("initial", "NaN")]
    [InlineData("latent", "0")]
    [InlineData("latent", "4097")]
    [InlineData("scaling", "minmax")]
    [InlineData("output", "tanh")]
    [InlineData("loss", "mse")]
    [InlineData("beta", "Infinity")]
    [InlineData("beta-warm-up", "-1")]
    [InlineData("channels", "science,science")]
    [InlineData("channels", "Science")]
    [InlineData("channels", "")]
    public void ValuesOutsideTheirRangeAreRefusedByName(string name, string value)
    {
        var settings = new StampVaeRecipe().Settings;
        settings.Set(name, value);
        Assert.Contains($"setting '{name}' must be ", Assert.Throws<SettingException>(settings.Check).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RecipesAreFoundByName()
    {
        Assert.Equal("stamp-vae", RecipeList.Find("stamp-vae").Name);
        Assert.NotSame(RecipeList.Find("stamp-vae"), RecipeList.Find("stamp-vae"));
        var error = Assert.Throws<SettingException>(() => RecipeList.Find("vae"));
        Assert.StartsWith("no recipe 'vae'; there are stamp-vae, stamp-ae, ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheDivergencesWeightRisesToBeta()
    {
        var recipe = Recipe(("beta", "0.8"), ("beta-warm-up", "3"));
        var parts = recipe.Build(2).Loss.Parts;
        Assert.Equal(["reconstruction", "divergence"], parts.Select(part => part.Name));
        float[] weights = [.. Enumerable.Range(0, 6).Select(epoch => recipe.WeightOf(parts[1], epoch))];
        OpCheck.Near("annealing", [0.2, 0.4, 0.6, 0.8, 0.8, 0.8], weights, 1e-6, 0);
        Assert.All(Enumerable.Range(0, 6), epoch => Assert.Equal(1f, recipe.WeightOf(parts[0], epoch)));
        Assert.Equal(0.8f, recipe.WeightOf(parts[1], int.MaxValue - 1));
        Assert.Equal(0.8f, Recipe(("beta", "0.8")).WeightOf(parts[1], 0));
    }

    [Theory]
    [InlineData("auto-regularised", "relu", "science")]
    [InlineData("beta", "identity", "science,difference")]
    [InlineData("beta", "sigmoid", "difference,template,science")]
    public void EveryChoiceBuilds(string loss, string output, string channels)
    {
        var recipe = Recipe(("loss", loss), ("output", output), ("channels", channels), ("latent", "5"));
        var model = recipe.Build(3);
        Assert.Equal(channels.Split(','), recipe.Needs.Channels);
        Assert.Equal(new Shape(3, 21, 21, recipe.Needs.Channels.Count), model.Input.Shape);
        Assert.Equal(model.Input.Shape, model.Reconstruction.Shape);
        Assert.Equal(new Shape(3, 5), model.Code.Shape);
        Assert.Equal(new Shape(7, 5), recipe.BuildDecoder(7)!.Input.Shape);

        // The decoder alone has none but the whole model's parameters, and a file always has all of them.
        var names = model.Graph.Parameters.Select(parameter => parameter.Name).ToHashSet();
        Assert.Subset(names, recipe.BuildDecoder(7).Graph.Parameters.Select(parameter => parameter.Name).ToHashSet());
        Assert.Contains("fc_sigma.2.bias", names);
    }

    [Theory]
    [InlineData("pytorch", 1.0 / 24)]
    [InlineData("he", 0.0589256)]
    [InlineData("xavier", 0.0721688)]
    [InlineData("0.02", 0.02)]
    public void FirstWeightsFollowTheirRule(string initial, double scale)
    {
        // encoder.3: 64 to 64 channels, 3x3: 576 numbers in, 576 out.
        var weight = Recipe(("initial", initial)).Build(2).Graph.Parameters.Single(parameter => parameter.Name == "encoder.3.weight");
        Assert.Equal(scale, weight.Initial.Scale, 1e-6);
    }

    [Fact]
    public void TheOptimizerAndScheduleAreAsSet()
    {
        var recipe = Recipe(
            ("optimizer", "adamw"), ("decay", "0.01"), ("clip", "2"), ("rate", "0.01"), ("schedule", "cosine"), ("warm-up", "4"));
        Assert.Equal(new Adam(0.01f, Decay: 0.01f, Decoupled: true, Limit: 2), recipe.Optimizer());
        var schedule = Assert.IsType<WarmUpSchedule>(recipe.RateSchedule());
        Assert.Equal(0.002f, schedule.Rate(0.01f, 0), 1e-7);
        Assert.Equal(0f, schedule.Rate(0.01f, 20), 1e-7);
    }

    private static StampVaeRecipe Recipe(params (string Name, string Value)[] settings)
    {
        var recipe = new StampVaeRecipe();
        foreach (var (name, value) in settings)
        {
            recipe.Settings.Set(name, value);
        }

        recipe.Settings.Check();
        return recipe;
    }
}
