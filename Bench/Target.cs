using System.CommandLine;
using Estampa.Engine;
using Estampa.Runner;

namespace Estampa.Bench;

/// <summary>The device that rows are measured on, and how it is opened.</summary>
internal sealed record Target(DeviceChoice Choice)
{
    public string Name => Choice.Device;

    public bool IsProcessor => Name == "cpu";

    /// <summary>Of the processor; on other devices 1.</summary>
    public int Threads => Choice.Threads ?? 1;

    public string Precision => Choice.Precision;

    /// <summary>The flags that make the same target in another process.</summary>
    public string[] Flags =>
    [
        "--device", Name, "--threads", $"{Threads}", "--precision", Precision,
        .. Choice.Unproven ? ["--unproven"] : Array.Empty<string>(),
        .. Choice.Capture ? [] : new[] { "--no-capture" },
    ];

    /// <summary>Ways that PyTorch has on such a device, and the flags of the script in Peers for them.</summary>
    public IEnumerable<(string Name, string[] Flags)> PyTorchModes(string kind) => kind == StepWork.Gru
        ? new (string Name, string[] Flags)[] { ("batch-first", []), ("steps-first", ["--steps-first"]) }
            .Select(mode => (mode.Name, (string[])[.. mode.Flags, "--device", IsProcessor ? "cpu" : "cuda", "--precision", Precision]))
        : IsProcessor ? [("channels-first", []), ("channels-last", ["--channels-last"])]
        : new (string Name, string[] Flags)[]
        {
            ("eager channels-first", []), ("eager channels-last", ["--channels-last"]),
            ("compiled channels-last", ["--channels-last", "--mode", "compile"]),
            ("CUDA graph channels-last", ["--channels-last", "--mode", "graph"]),
        }.Select(mode => (mode.Name, (string[])[.. mode.Flags, "--device", "cuda", "--precision", Precision]));

    /// <summary>The flags that make targets, for a verb; --threads is its own, as it may be a list.</summary>
    public static DeviceFlags AddFlags(Command command)
    {
        var flags = new DeviceFlags("cpu", countsThreads: false);
        flags.AddTo(command);
        return flags;
    }

    /// <summary>One target for each number of threads on the processor; one on any other device.</summary>
    /// <exception cref="Data.BadInputException">There is no such device, or it cannot be used so.</exception>
    public static Target[] Of(DeviceFlags flags, ParseResult parsed, int[] threads)
    {
        var choice = flags.Choice(parsed);

        // What cannot be opened is said before anything is measured.
        choice.Open().Dispose();
        return choice.Device == "cpu"
            ? Array.ConvertAll(threads, count => new Target(choice with { Threads = count }))
            : [new Target(choice)];
    }

    public Device Open() => Choice.Open(Console.Error.WriteLine);

    public override string ToString() => IsProcessor ? $"{Threads} threads"
        : $"{Name}, {Precision}{(Choice.Capture ? "" : ", not captured")}";
}
