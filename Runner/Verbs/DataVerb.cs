using System.CommandLine;
using System.Globalization;
using Estampa.Data;

namespace Estampa.Runner;

/// <summary><c>data describe SOURCE</c> and <c>data make KIND</c>.</summary>
internal static class DataVerb
{
    public static Command Make() => new("data", "Look at a source of stamps, or make simulated ones.") { Describe(), MakeKind() };

    private static Command Describe()
    {
        var source = new Argument<string>("source") { Description = Flags.Data().Description };
        var limit = Flags.Limit();
        var command = new Command("describe", "Say what a source holds: samples, objects, classes, magnitudes, rejected alerts.")
        {
            source, limit,
        };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(source)!;
            var set = Source.Open(path, new StampSetOptions { LimitSamples = parsed.GetValue(limit) }, Console.Error.WriteLine);
            Console.WriteLine($"{path}: {set.Count} samples of {set.Height}x{set.Width}, {string.Join(", ", set.Channels)}");
            Console.WriteLine($"objects    {set.ObjectIds.Distinct().Count()}");
            foreach (var group in set.Classes.GroupBy(name => name).OrderByDescending(group => group.Count()))
            {
                Console.WriteLine($"class      {(group.Key.Length > 0 ? group.Key : "(none)"),-12} {group.Count()}");
            }

            Range("magpsf", set.Magnitudes.Where(float.IsFinite).Select(value => (double)value), "F2");
            Range("jd", set.JulianDates.Where(double.IsFinite), "F4");
            var masked = set.Replaced.Count(count => count > 0);
            Console.WriteLine($"masked     {masked} samples with pixels that are not finite within the crop");
            Console.WriteLine($"rejected   {set.Rejected.Count}");
            foreach (var group in set.Rejected.GroupBy(rejected => rejected.Reason).OrderByDescending(group => group.Count()).Take(10))
            {
                Console.WriteLine($"           {group.Count(),5}  {group.Key} (first: {group.First().Id})");
            }
        });
        return command;
    }

    private static void Range(string name, IEnumerable<double> values, string format)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length > 0)
        {
            var (low, middle, high) = (sorted[0], sorted[sorted.Length / 2], sorted[^1]);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-10} {low.ToString(format)} to {high.ToString(format)}, median {middle.ToString(format)}"));
        }
    }

    private static Command MakeKind()
    {
        var kind = new Argument<string>("kind") { Description = string.Join(" or ", SimulatedKinds.All) + "." };
        var count = new Option<int>("--count") { Description = "How many.", DefaultValueFactory = _ => 4000 };
        var seed = new Option<ulong>("--seed") { Description = "The same seed makes the same bytes.", DefaultValueFactory = _ => 1 };
        var output = new Option<string>("--out") { Description = "An empty or new folder.", Required = true };
        var brightness = Number("--brightness", 0.7, "gaussians: height of the blob.");
        var sigma = Number("--sigma", 1, "gaussians: width of the blob in pixels.");
        var margin = Number("--margin", 4, "gaussians: least distance of the centre from the border in pixels.");
        var noise = Number("--noise", 0.1, "gaussians: uniform noise of plus or minus so much.");
        var command = new Command("make", "Make simulated alert packets, or images of off-centre Gaussians.")
        {
            kind, count, seed, output, brightness, sigma, margin, noise,
        };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetValue(output)!;
            var number = parsed.GetValue(count);
            switch (parsed.GetValue(kind))
            {
                case SimulatedKinds.Alerts:
                    MakeAlerts(folder, number, parsed.GetValue(seed));
                    break;
                case SimulatedKinds.Gaussians:
                    OffCentreGaussians.Make(new OffCentreGaussianOptions
                    {
                        Count = number,
                        Seed = parsed.GetValue(seed),
                        Brightness = parsed.GetValue(brightness),
                        Sigma = parsed.GetValue(sigma),
                        Margin = parsed.GetValue(margin),
                        Noise = parsed.GetValue(noise),
                    }).WriteFolder(folder);
                    break;
                default:
                    throw new BadInputException($"data make {parsed.GetValue(kind)}: there are {string.Join(" and ", SimulatedKinds.All)}");
            }

            Console.WriteLine($"{number} {parsed.GetValue(kind)} in {folder}");
        });
        return command;
    }

    private static void MakeAlerts(string folder, int count, ulong seed)
    {
        using var stop = new StopSignal();
        var alerts = new SimulatedAlerts(new SimulationOptions { Count = count, Seed = seed });
        new Progress(json: false).Bar("alerts", count, done =>
        {
            alerts.WriteFolder(folder, made => done((int)made), stop.Token);
            return count;
        });
    }

    private static Option<double> Number(string name, double value, string description) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };
}
