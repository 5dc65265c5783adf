using System.Globalization;
using Estampa.Tests;

// The two ends below are those of the entry point that xunit would generate; the long forms of some tests come before them.
if (args is ["fuzz", "--child", var first, var part, var file])
{
    return Fuzz.Child(ulong.Parse(first, CultureInfo.InvariantCulture), int.Parse(part, CultureInfo.InvariantCulture), file);
}

if (args is ["culture"])
{
    Console.WriteLine(1.5.ToString(CultureInfo.CurrentCulture));
    return 0;
}

if (args is ["fuzz" or "kills" or "signals" or "soak" or "steps", ..])
{
    var (count, seed) = (args[0] switch { "fuzz" => 2000, "kills" => 100, "signals" => 60, "steps" => 100_000, _ => 200_000 }, 1);
    for (var place = 1; place < args.Length; place += 2)
    {
        if (place + 1 == args.Length || args[place] is not ("--count" or "--first")
            || !int.TryParse(args[place + 1], CultureInfo.InvariantCulture, out var number) || number < 1)
        {
            Console.Error.WriteLine($"error: {args[0]} [--count N] [--first SEED], both at least 1");
            return 2;
        }

        (count, seed) = args[place] == "--count" ? (number, seed) : (count, number);
    }

    return args[0] switch
    {
        "fuzz" => Fuzz.Run(count, seed, Console.Out),
        "kills" or "signals" => Kills.Run(count, seed, signals: args[0] == "signals"),
        "steps" => LongTraining.Run(count),
        _ => Soak.Run(count),
    };
}

return args.Contains("--server") || args.Contains("--internal-msbuild-node")
    ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
