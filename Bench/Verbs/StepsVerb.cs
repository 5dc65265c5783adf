using System.CommandLine;
using Estampa.Models;

namespace Estampa.Bench;

/// <summary><c>steps</c>: training and inference of each recipe as whole steps, by batch size and threads.</summary>
internal static class StepsVerb
{
    private const int ProfiledSteps = 5;

    public static Command Make()
    {
        var batches = Flags.Batches(256, 64, 1);
        var threads = Flags.Threads([.. new[] { 1, Environment.ProcessorCount }.Distinct()]);
        var kinds = Flags.Kinds(StepWork.OfRecipes);
        var rounds = Flags.Rounds(5);
        var seconds = Flags.Seconds();
        var file = Flags.Json();
        var profile = new Option<bool>("--profile") { Description = "Print the time of each kernel of a training step as well." };
        var recipes = new Option<string[]>("--recipe")
        {
            Description = "Which recipes, with their default settings.",
            DefaultValueFactory = _ => ["stamp-vae"],
            AllowMultipleArgumentsPerToken = true,
        };
        var command = new Command("steps", "Time training and inference of recipes: speed, allocations, memory.")
        {
            recipes, batches, threads, kinds, rounds, seconds, profile, file,
        };
        var device = Target.AddFlags(command);
        command.SetAction(parsed =>
        {
            Console.WriteLine(RowFile.Head());
            Console.WriteLine(StepRow.Header);
            var settings = Target.Of(device, parsed, parsed.GetValue(threads)!);
            var rows = new List<StepRow>();
            foreach (var recipe in parsed.GetValue(recipes)!.Select(RecipeList.Find))
            {
                foreach (var kind in parsed.GetValue(kinds)!.Where(kind => kind != StepWork.Reconstruct || recipe is AutoencoderRecipe))
                {
                    foreach (var batch in parsed.GetValue(batches)!)
                    {
                        rows.AddRange(Measure(
                            recipe.Name, kind, batch, settings, parsed.GetValue(rounds), parsed.GetValue(seconds)));
                    }
                }

                if (parsed.GetValue(profile))
                {
                    Profile(recipe, parsed.GetValue(batches)![0], settings[^1]);
                }
            }

            RowFile.Write(parsed.GetValue(file), rows.Select(row => row.ToJson()));
        });
        return command;
    }

    /// <summary>The numbers of threads take turns, so that what one gains over another is of the same minute.</summary>
    private static List<StepRow> Measure(
        string recipe, string kind, int batch, Target[] targets, int rounds, double seconds)
    {
        var sides = new List<(Side Side, IRoofMeter Roof, Target Target)>();
        var rows = new List<StepRow>();
        try
        {
            foreach (var target in targets)
            {
                var process = ServeVerb.Start(recipe, kind, batch, target);
                sides.Add((new Side($"{target}", process, batch), IRoofMeter.Of(target), target));
                sides[^1].Side.WarmUp(seconds);
            }

            for (var round = 0; round < rounds; round++)
            {
                foreach (var (side, roof, _) in sides)
                {
                    side.Turn();
                    roof.Sample();
                }
            }

            foreach (var (side, roof, target) in sides)
            {
                var (facts, garbage) = (side.Process.Ready, side.Process.Ask("garbage"));
                var gflops = (long)facts["flops"]! / side.Milliseconds / 1e6;
                rows.Add(new StepRow(
                    recipe, kind, batch, target, side.SamplesPerSecond, side.Milliseconds, (double)garbage["bytesPerStep"]!,
                    (int)garbage["collections"]!, side.PeakBytes, (long)facts["planBytes"]!, gflops, gflops / roof.Median.Gflops,
                    (double)facts["firstStepSeconds"]!));
                Console.WriteLine(rows[^1]);
            }
        }
        finally
        {
            foreach (var (side, roof, _) in sides)
            {
                side.Dispose();
                roof.Dispose();
            }
        }

        return rows;
    }

    private static void Profile(Recipe recipe, int batch, Target target)
    {
        using var work = new TrainingWork(recipe, batch, target);
        work.Run(new double[ProfiledSteps]);
        Console.WriteLine($"{recipe.Name}, a training step of batch {batch} on {target}, by kernel:");
        var launches = Enumerable.Range(0, ProfiledSteps).SelectMany(_ => work.Profile()).GroupBy(row => row.Kernel);
        foreach (var kernel in launches.OrderByDescending(group => group.Sum(row => row.Milliseconds)))
        {
            Console.WriteLine($"{kernel.Key,-36} {kernel.Sum(row => row.Milliseconds) / ProfiledSteps,8:F2} ms");
        }
    }
}
