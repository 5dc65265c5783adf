using System.CommandLine;
using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>The device that rows are measured on, and how it is opened.</summary>
internal sealed record Target(string Name, int Threads, Precision Precision, bool Unproven, bool Capture)
{
    public bool IsProcessor => Name == "cpu";

    /// <summary>The flag's word for the precision.</summary>
    public string PrecisionName => Precision == Precision.Float32 ? "float32" : Precision == Precision.TensorFloat32 ? "tf32" : "bf16";

    /// <summary>The flags that make the same target in another process.</summary>
    public string[] Flags =>
    [
        "--device", Name, "--threads", $"{Threads}", "--precision", PrecisionName,
        .. Unproven ? ["--unproven"] : Array.Empty<string>(),
        .. Capture ? [] : new[] { "--no-capture" },
    ];

    /// <summary>Ways that PyTorch has on such a device, and the flags of Peers/stamp_vae_speed.py for them.</summary>
    public IEnumerable<(string Name, string[] Flags)> PyTorchModes => IsProcessor
        ? [("channels-first", []), ("channels-last", ["--channels-last"])]
        : new (string Name, string[] Flags)[]
        {
            ("eager channels-first", []), ("eager channels-last", ["--channels-last"]),
            ("compiled channels-last", ["--channels-last", "--mode", "compile"]),
            ("CUDA graph channels-last", ["--channels-last", "--mode", "graph"]),
        }.Select(mode => (mode.Name, (string[])[.. mode.Flags, "--device", "cuda", "--precision", PrecisionName]));

    public Device Open()
    {
        var options = new DeviceOptions { Threads = Threads, Precision = Precision, Unproven = Unproven, Capture = Capture };
        return Device.Open(Name, options with { Say = Console.Error.WriteLine });
    }

    public override string ToString() => IsProcessor ? $"{Threads} threads" : $"{Name}, {PrecisionName}{(Capture ? "" : ", not captured")}";
}

/// <summary>The flags that make a target; verbs add them and read them together.</summary>
internal sealed class TargetFlags
{
    private readonly Option<string> device = new("--device")
    {
        Description = "cpu, cuda:N or opencl:N.",
        DefaultValueFactory = _ => "cpu",
    };

    private readonly Option<string> precision = new("--precision")
    {
        Description = "float32, tf32 or bf16; the last two on CUDA.",
        DefaultValueFactory = _ => "float32",
    };

    private readonly Option<bool> unproven = new("--unproven")
    {
        Description = "Take routes that no test has proven on such a device yet.",
    };

    private readonly Option<bool> uncaptured = new("--no-capture") { Description = "Launch by launch instead of CUDA graphs." };

    public TargetFlags(Command command)
    {
        precision.AcceptOnlyFromAmong("float32", "tf32", "bf16");
        command.Add(device);
        command.Add(precision);
        command.Add(unproven);
        command.Add(uncaptured);
    }

    /// <summary>One target for each number of threads on the processor; one on any other device.</summary>
    public Target[] Read(ParseResult parsed, int[] threads) =>
    [
        .. (parsed.GetValue(device) == "cpu" ? threads : [1]).Select(count => new Target(
            parsed.GetValue(device)!,
            count,
            parsed.GetValue(precision) switch { "tf32" => Precision.TensorFloat32, "bf16" => Precision.BFloat16, _ => Precision.Float32 },
            parsed.GetValue(unproven),
            !parsed.GetValue(uncaptured))),
    ];
}
