using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Estampa.Bench;

/// <summary>
/// One side of a comparison in a process of its own. It answers each line of its standard input with one line of JSON and waits
/// for the next without using the processor, so that sides can take turns; its peak memory is its own.
/// </summary>
internal sealed class ServedProcess : IDisposable
{
    private readonly Process process;
    private readonly string name;
    private volatile string? complaint;

    private ServedProcess(string name, Process process)
    {
        this.name = name;
        this.process = process;
        process.ErrorDataReceived += (_, line) => complaint = string.IsNullOrWhiteSpace(line.Data) ? complaint : line.Data.Trim();
        process.BeginErrorReadLine();
    }

    /// <summary>What it said of itself when it was ready: version, libraries, threads.</summary>
    public JsonNode Ready { get; private set; } = new JsonObject();

    /// <summary>Starts a program and waits until it says that it is ready.</summary>
    /// <param name="program">Program and arguments.</param>
    /// <param name="served">Null where it did not start.</param>
    /// <returns>Null, or why it did not start: no such program, or its last complaint.</returns>
    public static string? Start(IReadOnlyList<string> program, out ServedProcess? served)
    {
        served = null;
        var start = new ProcessStartInfo(program[0], program.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        ServedProcess started;
        try
        {
            started = new ServedProcess(program[0], Process.Start(start)!);
        }
        catch (Win32Exception)
        {
            return $"no program {program[0]}";
        }

        try
        {
            started.Ready = started.Answer();
            served = started;
            return null;
        }
        catch (IOException exception)
        {
            started.Dispose();
            return exception.Message;
        }
    }

    /// <summary>Runs so many steps: their median milliseconds, and the peak memory so far.</summary>
    public (double Milliseconds, long PeakBytes) Run(int steps)
    {
        var answer = Ask($"run {steps}");
        return ((double)answer["milliseconds"]!, (long)answer["peakBytes"]!);
    }

    /// <exception cref="IOException">It ended, or answered something else than JSON.</exception>
    public JsonNode Ask(string line)
    {
        process.StandardInput.WriteLine(line);
        process.StandardInput.Flush();
        return Answer();
    }

    public void Dispose()
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already.
        }

        process.WaitForExit();
        process.Dispose();
    }

    private JsonNode Answer()
    {
        var line = process.StandardOutput.ReadLine();
        if (line is null)
        {
            // Waits for the end of its standard error too.
            process.WaitForExit();
            throw new IOException(complaint ?? $"{name} ended with code {process.ExitCode} and no word");
        }

        try
        {
            return JsonNode.Parse(line)!;
        }
        catch (JsonException)
        {
            throw new IOException($"{name} said '{line}' instead of a line of JSON");
        }
    }
}
