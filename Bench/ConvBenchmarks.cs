using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>
/// The convolution hot path, 64 to 64 channels and 256 images, under BenchmarkDotNet. Within this process: the projects that it would
/// generate inherit this repository's build rules and do not build.
/// </summary>
[MemoryDiagnoser]
public class ConvBenchmarks : IDisposable
{
    private HostDevice? device;
    private CasePlan? plan;
    private Launch? forward;
    private Launch? inputGradient;
    private Launch? weightGradient;

    [Params("21x21 stride 1", "11x11 stride 1", "21x21 stride 2")]
    public string Images { get; set; } = "";

    [ParamsSource(nameof(ThreadCounts))]
    public int Threads { get; set; }

    public static IEnumerable<int> ThreadCounts => new[] { 1, Environment.ProcessorCount }.Distinct();

    public static void Run() => BenchmarkRunner.Run<ConvBenchmarks>(
        DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)));

    [GlobalSetup]
    public void SetUp()
    {
        device = new HostDevice(Threads);
        var words = Images.Split(' ', 2);
        var name = $"conv 256x{words[0]} 64->64 kernel 3 {words[1]} ";
        plan = new CasePlan(ConvCases.All.Single(each => each.Timed && each.Name.StartsWith(name, StringComparison.Ordinal)), device);
        forward = Find("conv.forward");
        inputGradient = Find("conv.inputGradient");
        weightGradient = Find("conv.weightGradient");
    }

    [Benchmark]
    public void Forward() => forward!.Run();

    [Benchmark]
    public void InputGradient() => inputGradient!.Run();

    [Benchmark]
    public void WeightGradient() => weightGradient!.Run();

    [GlobalCleanup]
    public void Dispose()
    {
        plan?.Dispose();
        device?.Dispose();
        GC.SuppressFinalize(this);
    }

    private Launch Find(string name) => plan!.Launches.Single(launch => launch.Name == name);
}
