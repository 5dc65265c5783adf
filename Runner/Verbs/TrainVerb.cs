using System.CommandLine;
using System.Globalization;
using Estampa.Data;

namespace Estampa.Runner;

/// <summary><c>train RECIPE</c>: data to checkpoint and report.</summary>
internal static class TrainVerb
{
    public static Command Make()
    {
        var name = new Argument<string>("recipe") { Description = "A recipe's name; see 'recipes'." };
        var data = Flags.Data();
        var output = new Option<string?>("--out") { Description = "Folder of the run; the next free one under runs/ where not given." };
        var epochs = new Option<int?>("--epochs") { Description = "Passes over the training samples." };
        var batch = new Option<int?>("--batch") { Description = "Samples of a step." };
        var rate = new Option<float?>("--rate") { Description = "First learning rate." };
        var seed = new Option<ulong?>("--seed") { Description = "Of weights, order, noise and split; the same seed gives the same bits." };
        var device = new DeviceFlags();
        var resume = new Option<bool>("--resume") { Description = "Go on with the run in --out, with the settings it was started with." };
        var settings = Flags.Settings();
        var limit = Flags.Limit();
        var json = Flags.Json();
        var command = new Command("train", "Train a recipe, and write its checkpoint, journal, figures and report.")
        {
            name, data, output, epochs, batch, rate, seed, resume, settings, limit, json,
        };
        device.AddTo(command);
        command.SetAction(parsed =>
        {
            var progress = new Progress(parsed.GetValue(json));
            var path = parsed.GetValue(output);
            RunFolder run;
            if (parsed.GetValue(resume))
            {
                run = RunFolder.Open(path ?? throw new BadInputException("--resume needs --out, the folder of the run"));
                if (run.Recipe.Name != parsed.GetValue(name))
                {
                    throw new BadInputException($"--out {path}: holds a run of {run.Recipe.Name}, not of {parsed.GetValue(name)}");
                }

                Refuse(device.Given(parsed), device.Given(parsed) ?? "");
                Refuse(parsed.GetValue(data), "--data");
                Refuse(parsed.GetValue(batch), "--batch");
                Refuse(parsed.GetValue(rate), "--rate");
                Refuse(parsed.GetValue(seed), "--seed");
                Refuse(parsed.GetValue(limit), "--limit-samples");
                Refuse(parsed.GetValue(settings) is { Length: > 0 } ? "" : null, "--set");
                if (parsed.GetValue(epochs) is { } more)
                {
                    run.Recipe.Settings.Set("epochs", more.ToString(CultureInfo.InvariantCulture));
                }

                run.Recipe.Settings.Check();
            }
            else
            {
                var recipe = Flags.Recipe(parsed.GetValue(name)!, [
                    .. parsed.GetValue(settings) ?? [],
                    .. Given("epochs", parsed.GetValue(epochs)),
                    .. Given("batch", parsed.GetValue(batch)),
                    .. Given("rate", parsed.GetValue(rate)),
                    .. Given("seed", parsed.GetValue(seed)),
                ]);
                run = RunFolder.Create(
                    path, recipe, parsed.GetValue(data) ?? Source.Simulated, parsed.GetValue(limit), device.Choice(parsed));
            }

            return Run(run, parsed.GetValue(resume), progress, parsed.GetValue(json));
        });
        return command;
    }

    private static int Run(RunFolder run, bool resume, Progress progress, bool json)
    {
        using var training = new Training(run, progress);
        if (resume)
        {
            training.Resume();
        }

        var code = training.Run(out var metrics);
        if (metrics is not null)
        {
            progress.Say(string.Create(
                CultureInfo.InvariantCulture,
                $"best epoch {metrics["bestEpoch"]}: validation loss {(double)metrics["validation"]!["loss"]!:F3}"
                + $" in {(double)metrics["seconds"]!:F0} s"));
            progress.Say($"report: {run.Report}");
            if (json)
            {
                Console.WriteLine(RunFolder.Text(metrics));
            }
        }

        return code;
    }

    /// <summary>A flag as a setting, so that all are checked together.</summary>
    private static string[] Given<T>(string name, T? value)
        where T : struct, IFormattable => value is { } given ? [$"{name}={given.ToString(null, CultureInfo.InvariantCulture)}"] : [];

    private static void Refuse(object? value, string flag)
    {
        if (value is not null)
        {
            throw new BadInputException($"{flag}: a resumed run keeps what it was started with; only --epochs can be changed");
        }
    }
}
