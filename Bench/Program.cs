using System.CommandLine;
using Estampa.Bench;
using Estampa.Data;
using Estampa.Models;
using Estampa.Runner;

var reports = new Option<bool>("--bdn") { Description = "The convolution hot path under BenchmarkDotNet, with its reports." };
var root = new RootCommand("What this machine can do at most, what Estampa's kernels and steps reach, and what its peers reach beside it.")
{
    RoofVerb.Make(),
    KernelsVerb.Make(),
    StepsVerb.Make(),
    PeersVerb.Make(),
    LaunchesVerb.Make(),
    ServeVerb.Make(),
    reports,
};
root.SetAction(parsed =>
{
    if (parsed.GetValue(reports))
    {
        ConvBenchmarks.Run();
    }
});

// Exit codes: 0 done, 2 a command line that cannot be used, 3 a file or a peer that failed.
try
{
    var parsed = root.Parse(args.Length > 0 ? args : ["--help"]);
    if (parsed.Errors.Count > 0)
    {
        throw new BadInputException($"{CommandError.Text(parsed)} (see --help)");
    }

    return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception exception) when (exception is BadInputException or SettingException)
{
    return Fail(exception, 2);
}
catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or OutOfMemoryException)
{
    return Fail(exception, 3);
}

static int Fail(Exception exception, int code)
{
    Console.Error.WriteLine($"error: {exception.Message.ReplaceLineEndings(" ")}");
    return code;
}
