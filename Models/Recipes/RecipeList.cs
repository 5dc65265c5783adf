namespace Estampa.Models;

/// <summary>Every recipe by name.</summary>
public static class RecipeList
{
    public static IReadOnlyList<Recipe> All =>
    [
        new StampVaeRecipe(),
        new StampAutoencoderRecipe(),
        new StampClassifierRecipe(),
        new MetadataClassifierRecipe(),
        new LatentClassifierRecipe(),
        new DeepHitsRecipe(),
        new TemporalClassifierRecipe(),
        new ImageSequenceClassifierRecipe(),
        new RecurrentAutoencoderRecipe(),
    ];

    /// <summary>A new recipe of this name, with its default settings.</summary>
    /// <exception cref="SettingException">None has it; the message lists the names.</exception>
    public static Recipe Find(string name) => All.FirstOrDefault(recipe => recipe.Name == name)
        ?? throw new SettingException($"no recipe '{name}'; there are {string.Join(", ", All.Select(recipe => recipe.Name))}");
}
