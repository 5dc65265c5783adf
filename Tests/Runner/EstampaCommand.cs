using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Xunit;

namespace Estampa.Tests;

/// <summary>What a finished command left: its exit code and both of its outputs.</summary>
internal sealed record Outcome(int Code, string Output, string Error)
{
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The command <c>estampa</c>, or the bench, as a process of its own, from the build that lies beside the tests.</summary>
internal sealed partial class EstampaCommand : IDisposable
{
    public const int Interrupt = 2;
    public const int Terminate = 15;
    private const string Invariant = "\"System.Globalization.Invariant\": true";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly StringBuilder error = new();

    private EstampaCommand(string program, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        // A child of a shell's background job would ignore SIGINT; a child of the tests does not.
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Keep(output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(error, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    private static string Dll => Path.Combine(AppContext.BaseDirectory, "estampa.dll");

    public static EstampaCommand Start(params string[] arguments) => new("dotnet", [Dll, .. arguments]);

    /// <summary>Starts it with a folder for temporary files of its own.</summary>
    public static EstampaCommand StartIn(string temporary, params string[] arguments) =>
        new("dotnet", [Dll, .. arguments], ("TMPDIR", temporary));

    /// <summary>Starts it with a variable of its environment.</summary>
    public static EstampaCommand StartWith(string name, string value, params string[] arguments) =>
        new("dotnet", [Dll, .. arguments], (name, value));

    /// <summary>Runs a program of this build to the end with the system's cultures, which the build itself leaves out.</summary>
    /// <param name="culture">As the system names it, such as de_DE.UTF-8.</param>
    /// <param name="program">estampa, or Estampa.Tests.</param>
    /// <param name="arguments">Its arguments.</param>
    public static Outcome RunUnder(string culture, string program, params string[] arguments)
    {
        var built = Path.Combine(AppContext.BaseDirectory, program);
        var text = File.ReadAllText($"{built}.runtimeconfig.json");
        Assert.Contains(Invariant, text, StringComparison.Ordinal);
        var config = Path.Combine(Path.GetTempPath(), $"{Path.GetRandomFileName()}.json");
        File.WriteAllText(config, text.Replace(Invariant, "\"System.Globalization.Invariant\": false", StringComparison.Ordinal));
        using var command = new EstampaCommand(
            "dotnet", ["exec", "--runtimeconfig", config, $"{built}.dll", .. arguments], ("LC_ALL", culture), ("LANG", culture));
        var outcome = command.End();
        File.Delete(config);
        return outcome;
    }

    /// <summary>Runs to the end with standard output on a device that is always full.</summary>
    public static Outcome RunOntoAFullDevice(params string[] arguments)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "no /dev/full");
        using var command = new EstampaCommand("/bin/sh", ["-c", "exec dotnet \"$@\" > /dev/full", "sh", Dll, .. arguments]);
        return command.End();
    }

    /// <summary>Runs to the end without a standard error.</summary>
    public static Outcome RunWithoutError(params string[] arguments)
    {
        using var command = new EstampaCommand("/bin/sh", ["-c", "exec dotnet \"$@\" 2>&-", "sh", Dll, .. arguments]);
        return command.End();
    }

    /// <summary>Runs to the end with standard output and standard error into a pipe that nobody reads from the first line on.</summary>
    public static void RunIntoAClosedPipe(params string[] arguments)
    {
        using var command = new EstampaCommand("/bin/sh", ["-c", "dotnet \"$@\" 2>&1 | true", "sh", Dll, .. arguments]);
        command.End();
    }

    /// <summary>Runs to the end.</summary>
    public static Outcome Run(params string[] arguments)
    {
        using var command = Start(arguments);
        return command.End();
    }

    /// <summary>Runs the bench to the end, from its own build and where no Python is found.</summary>
    public static Outcome RunBench(params string[] arguments)
    {
        var build = Path.GetRelativePath(Path.Combine(Repository.Root, "Tests"), AppContext.BaseDirectory);
        var bench = Path.Combine(Repository.Root, "Bench", build, "Estampa.Bench.dll");
        using var command = new EstampaCommand("dotnet", [bench, .. arguments], ("ESTAMPA_PYTHON", "no-python"));
        return command.End();
    }

    /// <summary>Runs to the end and fails the test where it does not succeed.</summary>
    public static Outcome Succeed(params string[] arguments)
    {
        var outcome = Run(arguments);
        Assert.True(outcome.Code == 0, $"{string.Join(' ', arguments)} ended with {outcome.Code}: {outcome.Error}{outcome.Output}");
        return outcome;
    }

    public Outcome End()
    {
        Assert.True(process.WaitForExit(Patience), "the command does not end");

        // Without a limit this also waits for the ends of both outputs.
        process.WaitForExit();
        return new Outcome(process.ExitCode, Text(output), Text(error));
    }

    /// <summary>Waits until something holds of the output so far; the command must not end before.</summary>
    public void WaitUntil(Func<string, bool> holds)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < Patience)
        {
            var ended = process.HasExited;
            if (holds(Text(output)))
            {
                return;
            }

            if (ended)
            {
                Assert.Fail($"the command ended before the moment came: {End()}");
            }

            Thread.Sleep(1);
        }

        throw new TimeoutException($"waited for {Patience}: {Text(output)}{Text(error)}");
    }

    public void Signal(int number)
    {
        var result = Kill(process.Id, number);
        Assert.True(
            result == 0, $"kill: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}; {(process.HasExited ? End() : null)}");
    }

    public bool HasEndedAfter(int milliseconds) => process.WaitForExit(milliseconds);

    /// <summary>SIGKILL: the process has no say in it.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            Kill();
        }

        process.Dispose();
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"estampa, process {process.Id}");

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);

    private static void Keep(StringBuilder lines, string? line)
    {
        if (line is not null)
        {
            lock (lines)
            {
                lines.Append(line).Append('\n');
            }
        }
    }

    private static string Text(StringBuilder lines)
    {
        lock (lines)
        {
            return lines.ToString();
        }
    }
}
