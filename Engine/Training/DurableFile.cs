using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Estampa.Engine;

/// <summary>
/// Files that appear whole or not at all, and stay: written beside their place under a temporary name, flushed to the disk and renamed.
/// Then the folder's entry is flushed too, which a rename does not do (Linux and macOS; elsewhere a power cut may bring the older file
/// back, whole).
/// </summary>
public static partial class DurableFile
{
    /// <summary>What temporary names end in. Only a process that was killed leaves such a file behind.</summary>
    public const string Temporary = ".part";

    /// <summary>
    /// Where the process shall kill itself while it writes, for tests: STEP:FILE:N, the N-th time that FILE is written. Steps are created,
    /// half, written, flushed, moved and renamed.
    /// </summary>
    private static readonly string[] CrashAt = (Environment.GetEnvironmentVariable("ESTAMPA_CRASH_AT") ?? "").Split(':');

    private static int writes;

    /// <summary>What is being written by this process.</summary>
    private static readonly ConcurrentDictionary<string, bool> InWork = new();

    /// <summary>Creates or replaces a file.</summary>
    /// <param name="path">The file; its folder must be there.</param>
    /// <param name="write">Writes the contents. Where it throws, the file that was there stays, and the temporary one goes.</param>
    /// <param name="beforeReplacing">Done when the new file is safe on the disk and not yet in its place.</param>
    /// <exception cref="IOException">It cannot be written, or another thread is writing it.</exception>
    public static void Write(string path, Action<Stream> write, Action? beforeReplacing = null)
    {
        ArgumentNullException.ThrowIfNull(write);
        var place = Path.GetFullPath(path);
        var temporary = $"{place}.{Environment.ProcessId}{Temporary}";
        if (!InWork.TryAdd(temporary, true))
        {
            throw new IOException($"{place}: it is being written by another thread");
        }

        var isCounted = CrashAt.Length == 3 && CrashAt[1] == Path.GetFileName(place)
            && Interlocked.Increment(ref writes) == int.Parse(CrashAt[2], CultureInfo.InvariantCulture);
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                Crash(isCounted, "created");
                write(stream);
                stream.Flush();
                Crash(isCounted, "half", () => stream.SetLength(stream.Length / 2));
                Crash(isCounted, "written");
                stream.Flush(flushToDisk: true);
            }

            Crash(isCounted, "flushed");
            beforeReplacing?.Invoke();
            Crash(isCounted, "moved");
            File.Move(temporary, place, overwrite: true);
            Crash(isCounted, "renamed");
        }
        catch
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }

            throw;
        }
        finally
        {
            InWork.TryRemove(temporary, out _);
        }

        FlushFolder(Path.GetDirectoryName(place)!);
    }

    public static void WriteBytes(string path, byte[] bytes) => Write(path, stream => stream.Write(bytes));

    /// <summary>UTF-8 without a byte order mark.</summary>
    public static void WriteText(string path, string text) => WriteBytes(path, System.Text.Encoding.UTF8.GetBytes(text));

    private static void Crash(bool isCounted, string step, Action? before = null)
    {
        if (isCounted && CrashAt[0] == step)
        {
            before?.Invoke();
            Process.GetCurrentProcess().Kill();
        }
    }

    /// <summary>File systems that cannot flush a folder say so, which is no fault; a disk that cannot is one.</summary>
    private static void FlushFolder(string folder)
    {
        const int InputOutputError = 5;
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(folder, 0);
        if (descriptor < 0)
        {
            return;
        }

        var isLost = Flush(descriptor) != 0 && Marshal.GetLastPInvokeError() == InputOutputError;
        _ = Close(descriptor);
        if (isLost)
        {
            throw new IOException($"{folder}: the disk could not keep the folder's entry");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
