using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Estampa.Runner;

/// <summary><c>evaluate RUN</c>: losses of a trained model on what it did not see, or on another source.</summary>
internal static class EvaluateVerb
{
    public static Command Make()
    {
        var path = Flags.Run();
        var data = Flags.Data();
        var device = new DeviceFlags();
        var json = Flags.Json();
        var command = new Command("evaluate", "Losses of a run's best model: on its own validation and test objects, or on --data.")
        {
            path, data, json,
        };
        device.AddTo(command);
        command.SetAction(parsed =>
        {
            using var trained = new TrainedRun(parsed.GetValue(path)!, device.Choice(parsed));
            var source = parsed.GetValue(data);
            var samples = trained.Open(source, Console.Error.WriteLine);
            var result = new JsonObject { ["recipe"] = trained.Run.Recipe.Name, ["data"] = source ?? trained.Run.Source };
            if (source is not null)
            {
                result["all"] = Score(trained, samples.All, train: null);
            }
            else
            {
                var (train, validation, test) = samples.Split();
                result["validation"] = Score(trained, validation, train);
                result["test"] = Score(trained, test, train);
            }

            if (parsed.GetValue(json))
            {
                Console.WriteLine(RunFolder.Text(result));
            }
            else
            {
                foreach (var (name, scores) in result)
                {
                    if (scores is JsonObject numbers)
                    {
                        Print(name, numbers);
                    }
                }
            }
        });
        return command;
    }

    private static void Print(string name, JsonObject scores)
    {
        Console.WriteLine($"{name,-12} {string.Join("  ", scores.Where(score => score.Value is JsonValue).Select(Text))}");
        if (scores["withoutBogus"] is JsonObject without)
        {
            Console.WriteLine($"  {"without bogus",-16} {string.Join("  ", without.Select(Text))}");
        }

        foreach (var (label, figures) in scores["classes"]?.AsObject() ?? [])
        {
            Console.WriteLine($"  {label,-16} {string.Join("  ", figures!.AsObject().Select(Text))}");
        }
    }

    private static string Text(KeyValuePair<string, JsonNode?> score) => score.Key switch
    {
        "samples" => $"{score.Value} samples",
        "support" => $"support {score.Value}",
        _ => $"{score.Key} {((double)score.Value!).ToString("F4", CultureInfo.InvariantCulture)}",
    };

    private static JsonObject? Score(TrainedRun trained, SampleTable table, SampleTable? train)
    {
        var scores = SetMetrics.Of(trained.Run.Recipe, table, trained.Scorer, trained.Stage, train, out _);
        scores?.Insert(0, "samples", table.Count);
        return scores;
    }
}
