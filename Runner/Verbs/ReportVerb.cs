using System.CommandLine;
using System.Text.Json.Nodes;
using Estampa.Data;

namespace Estampa.Runner;

/// <summary><c>report RUN</c>: makes a run's report and figures anew.</summary>
internal static class ReportVerb
{
    public static Command Make()
    {
        var path = Flags.Run();
        var command = new Command("report", "Make a run's report and figures anew from its checkpoint and journal.") { path };
        command.SetAction(parsed =>
        {
            using var trained = new TrainedRun(parsed.GetValue(path)!);
            if (!File.Exists(trained.Run.Metrics))
            {
                throw new BadInputException(
                    $"{trained.Run.FullPath}: the training has not ended (no metrics.json); go on with train --resume");
            }

            var metrics = JsonNode.Parse(File.ReadAllText(trained.Run.Metrics))!.AsObject();
            var data = trained.Open(null, Console.Error.WriteLine);
            var (_, validation, test) = data.Split();
            RunReport.Write(
                trained.Run,
                metrics,
                data,
                test.Count > 0 ? test : validation,
                trained.Journal(),
                trained.Scorer,
                trained.Device,
                trained.Weights);
            Console.WriteLine(trained.Run.Report);
        });
        return command;
    }
}
