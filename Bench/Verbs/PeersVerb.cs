using System.CommandLine;
using Estampa.Models;

namespace Estampa.Bench;

/// <summary><c>peers</c>: training and inference of stamp-vae, and a recurrent layer, beside PyTorch and ONNX Runtime, in turns.</summary>
internal static class PeersVerb
{
    public static Command Make()
    {
        var batches = Flags.Batches(256);
        var threads = Flags.Threads(Environment.ProcessorCount);
        var kinds = Flags.Kinds(StepWork.Kinds);
        var rounds = Flags.Rounds(7);
        var seconds = Flags.Seconds();
        var file = Flags.Json();
        var command = new Command("peers", "Time training and inference beside PyTorch and ONNX Runtime, where installed, in turns.")
        {
            batches, threads, kinds, rounds, seconds, file,
        };
        var device = Target.AddFlags(command);
        command.SetAction(parsed =>
        {
            Console.WriteLine(RowFile.Head());
            var recipe = new StampVaeRecipe();
            var latent = recipe.Build(2).Code.Shape.Sample;
            var said = new HashSet<string>();
            void SayOnce(string line)
            {
                if (said.Add(line))
                {
                    Console.WriteLine(line);
                }
            }

            var selected = parsed.GetValue(kinds)!;
            var matches =
                from target in Target.Of(device, parsed, parsed.GetValue(threads)!)
                from batch in parsed.GetValue(batches)!
                from kind in selected
                select (Kind: kind, Batch: batch, Target: target);

            // One stamp on one thread is what an alert at a time costs.
            var alone = (StepWork.Encode, 1, Target.Of(device, parsed, [1])[0]);
            var rows = matches.Concat(selected.Contains(StepWork.Encode) ? [alone] : []).Distinct()
                .Select(match =>
                {
                    var name = match.Kind == StepWork.Gru ? GruWork.Name : recipe.Name;
                    using var sides = new Match(name, match.Kind, match.Batch, latent, match.Target, SayOnce);
                    return sides.Play(parsed.GetValue(rounds), parsed.GetValue(seconds));
                })
                .ToList();
            RowFile.Write(parsed.GetValue(file), rows.Select(row => row.ToJson()));
        });
        return command;
    }
}
