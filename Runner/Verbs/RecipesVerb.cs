using System.CommandLine;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary><c>recipes</c>: what can be trained.</summary>
internal static class RecipesVerb
{
    public static Command Make()
    {
        var command = new Command("recipes", "List what can be trained, with every setting and its default.");
        command.SetAction(_ =>
        {
            foreach (var recipe in RecipeList.All)
            {
                Console.WriteLine($"{recipe.Name,-26} {recipe.Description}");
                Console.WriteLine($"{"",-26} {string.Join(" ", recipe.Settings.All.Select(setting => $"{setting.Name}={setting.Value}"))}");
            }
        });
        return command;
    }
}
