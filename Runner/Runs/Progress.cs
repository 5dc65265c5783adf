using Spectre.Console;

namespace Estampa.Runner;

/// <summary>
/// What a long run shows: a bar on a terminal, plain lines where output is redirected; nothing on standard output beside JSON.
/// </summary>
internal sealed class Progress(bool json)
{
    private readonly bool live = !json && !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Interactive;

    private bool silent;

    /// <summary>Writes a line; output that cannot be written (a full disk) is warned of once and does not end a training.</summary>
    public void Say(string line)
    {
        if (silent)
        {
            return;
        }

        try
        {
            (json ? Console.Error : Console.Out).WriteLine(line);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            silent = true;
            Console.Error.WriteLine($"warning: standard output cannot be written, the run goes on: {exception.Message}");
        }
    }

    /// <summary>Runs work that counts up to <paramref name="total"/>.</summary>
    public T Bar<T>(string title, int total, Func<Action<int>, T> work)
    {
        if (!live)
        {
            return work(_ => { });
        }

        return AnsiConsole.Progress().AutoClear(enabled: true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask(Markup.Escape(title), maxValue: total);
                return work(done => task.Value = done);
            });
    }
}
