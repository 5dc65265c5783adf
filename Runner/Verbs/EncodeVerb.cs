using System.CommandLine;
using Estampa.Data;

namespace Estampa.Runner;

/// <summary><c>encode RUN</c>: the latents of every stamp of a source.</summary>
internal static class EncodeVerb
{
    public static Command Make()
    {
        var path = Flags.Run();
        var data = Flags.Data();
        data.Required = true;
        var output = new Option<string>("--out")
        {
            Description = "FILE.csv (ids and latents) or FILE.npy (latents alone).",
            Required = true,
        };
        var device = new DeviceFlags();
        var command = new Command("encode", "Write the latents of every stamp of a source.") { path, data, output };
        device.AddTo(command);
        command.SetAction(parsed =>
        {
            var file = parsed.GetValue(output)!;
            var extension = Path.GetExtension(file);
            if (extension is not (".csv" or ".npy"))
            {
                throw new BadInputException($"--out {file}: must end in .csv or .npy");
            }

            using var trained = new TrainedRun(parsed.GetValue(path)!, device.Choice(parsed));
            var samples = trained.Open(parsed.GetValue(data), Console.Error.WriteLine);
            var table = samples.All;
            var latents = trained.Scorer.Encode(table);
            var width = latents.Length / table.Count;
            if (extension == ".npy")
            {
                Npy.Write(file, latents, table.Count, width);
            }
            else
            {
                AtomicFile.WriteText(file, Table(table, latents, width));
            }

            Console.WriteLine($"{file}: {table.Count} latents of {width} ({samples.Stamps.Rejected.Count} alerts rejected)");
        });
        return command;
    }

    private static string Table(SampleTable table, float[] latents, int width)
    {
        object?[] names = ["candid", "objectId", "class", "magpsf", .. Enumerable.Range(0, width).Select(place => (object?)$"z{place}")];
        return Csv.Line(names) + string.Concat(Enumerable.Range(0, table.Count).Select(row =>
        {
            object? magnitude = float.IsNaN(table.Magnitude(row)) ? null : table.Magnitude(row);
            object?[] cells = [table.Candid(row), table.ObjectId(row), table.Class(row), magnitude];
            return Csv.Line([.. cells, .. latents.Skip(row * width).Take(width).Cast<object?>()]);
        }));
    }
}
