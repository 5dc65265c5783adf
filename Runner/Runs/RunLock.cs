using Estampa.Data;

namespace Estampa.Runner;

/// <summary>
/// One process alone trains in a folder. The system's own lock on the file goes with the process, however it ends, so none is ever stale.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private readonly FileStream file;

    /// <param name="folder">Of the run; made where it is not there.</param>
    /// <exception cref="BadInputException">Another process has it, or nothing can be written there.</exception>
    public RunLock(string folder)
    {
        var path = Path.Combine(folder, ".lock");
        try
        {
            Directory.CreateDirectory(folder);
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(
                $"{folder}: another process is training here, or it cannot be written: {exception.Message}", exception);
        }
    }

    public void Dispose() => file.Dispose();
}
