using System.Text;
using Estampa.Data;

namespace Estampa.Runner;

/// <summary>
/// One process alone trains in a folder. The system's own lock on the file goes with the process, however it ends, so none is ever stale.
/// The file's time is when it was taken; by that it is told from another folder's.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private readonly string path;
    private readonly FileStream file;

    /// <param name="folder">Of the run; made where it is not there.</param>
    /// <exception cref="BadInputException">Another process has it, or nothing can be written there.</exception>
    public RunLock(string folder)
    {
        path = Path.Combine(folder, ".lock");
        try
        {
            Directory.CreateDirectory(folder);
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file.SetLength(0);
            file.Write(Encoding.ASCII.GetBytes($"{Environment.ProcessId}\n"));
            file.Flush();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(
                $"{folder}: another process is training here, or it cannot be written: {exception.Message}", exception);
        }
    }

    /// <summary>Whether the folder is still the one that was taken: it may have been moved, and another be in its place.</summary>
    /// <exception cref="IOException">It is not.</exception>
    public void Check()
    {
        if (File.GetLastWriteTimeUtc(path) != File.GetLastWriteTimeUtc(file.SafeFileHandle))
        {
            throw new IOException($"{path} is no longer the file that this process has locked: the folder is another, or the file was"
                + " removed");
        }
    }

    public void Dispose() => file.Dispose();
}
