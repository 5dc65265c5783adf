using System.CommandLine;
using System.Globalization;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>The flags that several verbs share.</summary>
internal static class Flags
{
    public static Option<string[]> Settings() => new("--set")
    {
        Description = "A setting of the recipe as key=value; may be given several times.",
        AllowMultipleArgumentsPerToken = true,
    };

    public static Option<int?> Limit()
    {
        var limit = new Option<int?>("--limit-samples") { Description = "Use only the first so many samples." };
        limit.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, CultureInfo.InvariantCulture, out var count) || count < 1))
            {
                result.AddError($"--limit-samples {token.Value}: must be a whole number from 1");
            }
        });
        return limit;
    }

    public static Option<string?> Data() => new("--data")
    {
        Description = "simulated, simulated:COUNT, simulated-sequences, simulated-sequences:COUNT, a file or folder of .avro,"
            + " a folder with alerts.csv and stamps33.npy, a .npy or an IDX file.",
    };

    public static Option<bool> Json() => new("--json")
    {
        Description = "Print the result as JSON on standard output, and nothing else there.",
    };

    public static Argument<string> Run() => new("run") { Description = "The folder of a run, as 'train' prints it." };

    /// <summary>A recipe with its settings changed.</summary>
    /// <exception cref="SettingException">A setting is not key=value, unknown, or out of range.</exception>
    public static Recipe Recipe(string name, string[]? settings)
    {
        var recipe = RecipeList.Find(name);
        foreach (var setting in settings ?? [])
        {
            var sign = setting.IndexOf('=', StringComparison.Ordinal);
            if (sign < 1)
            {
                throw new SettingException($"--set {setting}: expected key=value");
            }

            recipe.Settings.Set(setting[..sign], setting[(sign + 1)..]);
        }

        recipe.Settings.Check();
        return recipe;
    }
}
