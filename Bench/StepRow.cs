using System.Text.Json.Nodes;

namespace Estampa.Bench;

/// <summary>
/// Steps of one recipe, kind, batch size and device, in a process of their own: the median step, managed bytes allocated a step
/// and garbage collections an epoch, the most memory that the process ever had and the plan's share of it. GFLOP/s count convolutions as
/// direct ones, and both gradients of a layer as much as its forward pass; their share is that of the multiply-adds measured between the
/// turns. The first step's seconds are from the start of the process to the end of that step.
/// </summary>
internal sealed record StepRow(
    string Name,
    string Kind,
    int Batch,
    Target Target,
    double SamplesPerSecond,
    double Milliseconds,
    double BytesPerStep,
    int Collections,
    long PeakBytes,
    long PlanBytes,
    double Gflops,
    double RoofShare,
    double FirstStepSeconds)
{
    private const double Mebibyte = 1 << 20;

    public static string Header =>
        $"{"",-10} {"kind",-12} {"batch",5} {"device",-12} {"samples/s",10} {"ms/step",9} {"GFLOP/s",8} {"of roof",7} {"bytes/step",10}"
        + $" {"GCs/epoch",9} {"peak MiB",8} {"plan MiB",8} {"first step s",12}";

    public override string ToString() =>
        $"{Name,-10} {Kind,-12} {Batch,5} {Target.ToString(),-12} {SamplesPerSecond,10:F0} {Milliseconds,9:F3} {Gflops,8:F0}"
        + $" {RoofShare,7:P0} {BytesPerStep,10:F0} {Collections,9} {PeakBytes / Mebibyte,8:F0} {PlanBytes / Mebibyte,8:F1}"
        + $" {FirstStepSeconds,12:F2}";

    public JsonObject ToJson() => new()
    {
        ["name"] = Name,
        ["kind"] = Kind,
        ["batch"] = Batch,
        ["device"] = Target.Name,
        ["precision"] = Target.Precision,
        ["threads"] = Target.Threads,
        ["samplesPerSecond"] = SamplesPerSecond,
        ["milliseconds"] = Milliseconds,
        ["bytesPerStep"] = BytesPerStep,
        ["collections"] = Collections,
        ["peakBytes"] = PeakBytes,
        ["planBytes"] = PlanBytes,
        ["gflops"] = Gflops,
        ["roofShare"] = RoofShare,
        ["firstStepSeconds"] = FirstStepSeconds,
    };
}
