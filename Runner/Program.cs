using System.CommandLine;
using System.Globalization;
using Estampa.Data;
using Estampa.Engine;
using Estampa.Models;
using Estampa.Runner;

// Texts and files are the same in every country, also where a build brings the system's cultures with it.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

Console.SetError(new LenientWriter(Console.Error));

var root = new RootCommand("Estampa trains and runs autoencoders and classifiers of the image stamps of astronomical alerts.")
{
    TrainVerb.Make(),
    EvaluateVerb.Make(),
    EncodeVerb.Make(),
    ReportVerb.Make(),
    CrossValidateVerb.Make(),
    RecipesVerb.Make(),
    SummaryVerb.Make(),
    DevicesVerb.Make(),
    DataVerb.Make(),
};

// Exit codes: 0 done, 2 input that cannot be used, 3 a run that failed, 129, 130 and 143 ended by a signal after saving.
try
{
    if (args.Any(string.IsNullOrWhiteSpace))
    {
        throw new BadInputException("an argument is empty (see --help)");
    }

    var parsed = root.Parse(args.Length > 0 ? args : ["--help"]);
    if (parsed.Errors.Count > 0)
    {
        throw new BadInputException($"{CommandError.Text(parsed)} (see --help)");
    }

    return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (TooManyRejectedException exception)
{
    // Not over a file that is there, which may be a run's.
    var list = Enumerable.Range(0, int.MaxValue).Select(number => number == 0 ? "rejected.csv" : $"rejected-{number}.csv")
        .First(name => !Path.Exists(name));
    try
    {
        RunFolder.WriteRejected(list, exception.Rejected);
        return Fail(exception, 2, $"{exception.Message} (all of them with their reasons: {list})");
    }
    catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
    {
        return Fail(exception, 2);
    }
}
catch (Exception exception) when (exception is BadInputException or CheckpointException or SettingException or ShapeException
    or DeviceException)
{
    return Fail(exception, 2);
}
catch (Exception exception) when (exception is DivergedException or OutOfMemoryException or IOException or UnauthorizedAccessException
    or DeviceFailedException)
{
    return Fail(exception, 3);
}
catch (OperationCanceledException)
{
    // Before the training began: there is nothing to save.
    return StopSignal.Code;
}
catch (Exception exception)
{
    // None of ours: a fault of the program, told with its place so that it can be mended.
    return Fail(exception, 3, $"unexpected, please report it with these lines: {exception}");
}

// One line, whatever names a hostile file brings into the message.
static int Fail(Exception exception, int code, string? text = null)
{
    var line = string.Concat((text ?? exception.Message).Take(text is null ? 2000 : 20000)
        .Select(letter => char.IsControl(letter) && (text is null || letter != '\n') ? ' ' : letter));
    Console.Error.WriteLine($"error: {line}");
    return code;
}
