using System.CommandLine;
using Estampa.Data;
using Estampa.Engine;

namespace Estampa.Runner;

/// <summary>Where a command runs and how, as its flags say and as a run's config.json keeps it.</summary>
internal sealed record DeviceChoice(
    string Device = "auto", int? Threads = null, string Precision = "float32", bool Unproven = false, bool Capture = true)
{
    private const int MostThreads = 1024;

    private static readonly Dictionary<string, Precision> Precisions = new()
    {
        ["float32"] = Engine.Precision.Float32,
        ["tf32"] = Engine.Precision.TensorFloat32,
        ["bf16"] = Engine.Precision.BFloat16,
    };

    /// <summary>What cannot be of it, as a flag says it; null where all can.</summary>
    public string? WhyNot => Threads is < 1 or > MostThreads ? $"--threads {Threads}: must be 1 to {MostThreads}"
        : Precisions.ContainsKey(Precision) ? null : $"--precision {Precision}: there are {string.Join(", ", Precisions.Keys)}";

    /// <exception cref="BadInputException">There is no such device, or it cannot be used so.</exception>
    public Device Open(Action<string>? say = null)
    {
        if (WhyNot is { } reason)
        {
            throw new BadInputException(reason);
        }

        var options = new DeviceOptions
        {
            Threads = Threads,
            Precision = Precisions[Precision],
            Unproven = Unproven,
            Capture = Capture,
            Say = say ?? (_ => { }),
        };
        try
        {
            return Engine.Device.Open(Device, options);
        }
        catch (DeviceException exception)
        {
            throw new BadInputException($"--device {exception.Message}", exception);
        }
    }
}

/// <summary>The flags that say where a command runs.</summary>
/// <param name="otherwise">The device where none is named.</param>
/// <param name="countsThreads">Whether --threads is one of them.</param>
internal sealed class DeviceFlags(string otherwise = "auto", bool countsThreads = true)
{
    private readonly Option<string> device = new("--device")
    {
        Description = "auto, cpu, cuda:N or opencl:N; see 'devices'.",
        DefaultValueFactory = _ => otherwise,
    };

    private readonly Option<int?> threads = new("--threads") { Description = "Threads of the processor; one a core where not given." };

    private readonly Option<string> precision = new("--precision")
    {
        Description = "float32 (strict), or tf32 or bf16: products on CUDA's tensor cores with rounded inputs.",
        DefaultValueFactory = _ => new DeviceChoice().Precision,
    };

    private readonly Option<bool> unproven = new("--unproven")
    {
        Description = "Take routes that no test has proven on such a device yet.",
    };

    private readonly Option<bool> noCapture = new("--no-capture")
    {
        Description = "Launch every kernel by itself instead of a CUDA graph.",
    };

    public void AddTo(Command command)
    {
        foreach (var flag in All)
        {
            command.Add(flag);
        }
    }

    public DeviceChoice Choice(ParseResult parsed) => new(
        parsed.GetValue(device)!, countsThreads ? parsed.GetValue(threads) : null, parsed.GetValue(precision)!, parsed.GetValue(unproven),
        !parsed.GetValue(noCapture));

    /// <summary>The first of these flags that a command line has; null where it has none.</summary>
    public string? Given(ParseResult parsed) =>
        All.FirstOrDefault(flag => parsed.GetResult(flag) is { Implicit: false })?.Name;

    private Option[] All => [device, .. countsThreads ? [threads] : Array.Empty<Option>(), precision, unproven, noCapture];
}
