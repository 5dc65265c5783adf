using Spectre.Console;

namespace Estampa.Runner;

/// <summary>
/// What a long run shows: a bar on a terminal, plain lines where output is redirected; nothing on standard output beside JSON.
/// </summary>
internal sealed class Progress(bool json)
{
    private readonly bool live = !json && !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Interactive;

    public void Say(string line)
    {
        if (json)
        {
            Console.Error.WriteLine(line);
        }
        else
        {
            Console.WriteLine(line);
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
