using System.CommandLine;
using Estampa.Data;
using Estampa.Engine;
using Estampa.Models;
using Estampa.Runner;

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

// Exit codes: 0 done, 2 input that cannot be used, 3 a run that failed, 130 and 143 ended by a signal after saving.
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
    return 130;
}

// One line, whatever names a hostile file brings into the message.
static int Fail(Exception exception, int code)
{
    var line = string.Concat(exception.Message.Take(2000).Select(letter => char.IsControl(letter) ? ' ' : letter));
    Console.Error.WriteLine($"error: {line}");
    return code;
}
