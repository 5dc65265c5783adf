using System.CommandLine;
using System.Globalization;
using Estampa.Data;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary><c>cross-validate RECIPE</c>: every fold and seed as a run of its own, and what they give together.</summary>
internal static class CrossValidateVerb
{
    public static Command Make()
    {
        var name = new Argument<string>("recipe") { Description = "A recipe's name; see 'recipes'." };
        var data = Flags.Data();
        data.Required = true;
        var folds = new Option<int>("--folds")
        {
            Description = "Parts into which objects are cut, each once the test; 0: the usual split, and seeds alone.",
            DefaultValueFactory = _ => 5,
        };
        var seeds = new Option<int>("--seeds") { Description = "So many seeds, from 1 on.", DefaultValueFactory = _ => 5 };
        var output = new Option<string>("--out") { Description = "Folder of the runs and their summary.", Required = true };
        var settings = Flags.Settings();
        var limit = Flags.Limit();
        var json = Flags.Json();
        var device = new DeviceFlags();
        var command = new Command("cross-validate", "Train a recipe on every fold with several seeds, and take the tests together.")
        {
            name, data, folds, seeds, output, settings, limit, json,
        };
        device.AddTo(command);
        command.SetAction(parsed =>
        {
            var given = parsed.GetValue(settings) ?? [];
            foreach (var own in new[] { "seed", "folds", "fold" })
            {
                if (given.Any(setting => setting.StartsWith($"{own}=", StringComparison.Ordinal)))
                {
                    throw new BadInputException($"--set {own}: cross-validate sets it itself (--seeds, --folds)");
                }
            }

            var (parts, count) = (parsed.GetValue(folds), parsed.GetValue(seeds));
            if (count is < 1 or > CrossValidation.MostSeeds)
            {
                throw new BadInputException($"--seeds {count}: must be 1 to {CrossValidation.MostSeeds}");
            }

            Recipe Of(int seed, int fold) => Flags.Recipe(parsed.GetValue(name)!, [
                .. given,
                string.Create(CultureInfo.InvariantCulture, $"seed={seed}"),
                string.Create(CultureInfo.InvariantCulture, $"folds={parts}"),
                string.Create(CultureInfo.InvariantCulture, $"fold={fold}"),
            ]);
            var validation = CrossValidation.Create(
                parsed.GetValue(output)!, Of(1, 1), parsed.GetValue(data)!, parsed.GetValue(limit), device.Choice(parsed), parts, count);
            var progress = new Progress(parsed.GetValue(json));
            if (validation.Train(Of, parsed.GetValue(limit), device.Choice(parsed), progress) is not 0 and var code)
            {
                return code;
            }

            var metrics = validation.Summarise();
            progress.Say($"report: {validation.ReportFile}");
            if (parsed.GetValue(json))
            {
                Console.WriteLine(RunFolder.Text(metrics));
            }

            return 0;
        });
        return command;
    }
}
