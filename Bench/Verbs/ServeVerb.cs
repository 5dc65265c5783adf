using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Estampa.Data;

namespace Estampa.Bench;

/// <summary>
/// <c>serve RECIPE KIND</c>, hidden: our side of a comparison, in a process of its own. After its first step it prints a line of facts,
/// then answers "run N" and "garbage" until the end of its input.
/// </summary>
internal static class ServeVerb
{
    public static Command Make()
    {
        var name = new Argument<string>("recipe");
        var kind = new Argument<string>("kind");
        kind.AcceptOnlyFromAmong([.. StepWork.Kinds]);
        var batches = Flags.Batches(256);
        var threads = Flags.Threads(Environment.ProcessorCount);
        var command = new Command("serve", "Answer 'run N' with the time of N steps.") { name, kind, batches, threads };
        command.Hidden = true;
        var device = Target.AddFlags(command);
        command.SetAction(parsed => Serve(
            parsed.GetValue(name)!, parsed.GetValue(kind)!, parsed.GetValue(batches)![0],
            Target.Of(device, parsed, parsed.GetValue(threads)!)[0]));
        return command;
    }

    /// <summary>Starts this program again, as a server.</summary>
    public static ServedProcess Start(string recipe, string kind, int batch, Target target)
    {
        // Started as "dotnet Estampa.Bench.dll", the program is dotnet and the library its first argument.
        var program = Environment.ProcessPath!;
        var isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        string[] command = isHost ? [program, Environment.GetCommandLineArgs()[0]] : [program];
        var failure = ServedProcess.Start(
            [.. command, "serve", recipe, kind, "--batch", $"{batch}", .. target.Flags],
            out var served);
        return served ?? throw new IOException($"{kind} at batch {batch}: {failure}");
    }

    private static void Serve(string name, string kind, int batch, Target target)
    {
        using var work = StepWork.Make(name, kind, batch, target);
        work.Run(new double[1]);
        using var process = Process.GetCurrentProcess();
        Say(new JsonObject
        {
            ["ready"] = true,
            ["firstStepSeconds"] = (DateTime.Now - process.StartTime).TotalSeconds,
            ["planBytes"] = work.PlanBytes,
            ["flops"] = work.Flops,
        });
        while (Console.ReadLine() is { } line)
        {
            Say(Answer(work, line));
        }
    }

    private static JsonObject Answer(StepWork work, string line)
    {
        if (line == "garbage")
        {
            // The runtime allocates now and then for itself, as when it compiles a method again; what steps allocate comes every time.
            var garbage = work.MeasureGarbage();
            garbage = garbage.BytesPerStep > 0 && work.MeasureGarbage() is var again && again.BytesPerStep < garbage.BytesPerStep
                ? again
                : garbage;
            return new JsonObject { ["bytesPerStep"] = garbage.BytesPerStep, ["collections"] = garbage.Collections };
        }

        if (!line.StartsWith("run ", StringComparison.Ordinal) || !int.TryParse(line[4..], out var steps) || steps < 1)
        {
            throw new BadInputException($"expected \"run N\" or \"garbage\", got \"{line}\"");
        }

        var milliseconds = new double[steps];
        work.Run(milliseconds);
        using var process = Process.GetCurrentProcess();
        return new JsonObject { ["milliseconds"] = Statistics.Median(milliseconds), ["peakBytes"] = process.PeakWorkingSet64 };
    }

    private static void Say(JsonObject line) => Console.WriteLine(line.ToJsonString());
}
