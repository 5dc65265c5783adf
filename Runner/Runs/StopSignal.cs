using System.Runtime.InteropServices;

namespace Estampa.Runner;

/// <summary>
/// Ctrl-C, SIGTERM and a terminal that goes (SIGHUP) as a token, for as long as it lives: the first signal asks the work to end in order,
/// a second one ends the process.
/// </summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration interrupt;
    private readonly PosixSignalRegistration terminate;
    private readonly PosixSignalRegistration hangUp;

    public StopSignal()
    {
        interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => End(context, 130));
        terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => End(context, 143));
        hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => End(context, 129));
    }

    public CancellationToken Token => source.Token;

    /// <summary>The exit code that says which signal the process was sent; 0 before one came.</summary>
    public static int Code { get; private set; }

    public void Dispose()
    {
        interrupt.Dispose();
        terminate.Dispose();
        hangUp.Dispose();
        source.Dispose();
    }

    private void End(PosixSignalContext context, int code)
    {
        context.Cancel = !source.IsCancellationRequested;
        Code = code;
        source.Cancel();
    }
}
