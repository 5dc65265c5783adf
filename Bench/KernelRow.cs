using System.Text.Json.Nodes;

namespace Estampa.Bench;

/// <summary>One kernel on one shape: the median of its launches, and what share of the roof that is.</summary>
internal sealed record KernelRow(
    string Name, string Shape, string Direction, Target Target, double Milliseconds, double Gflops, double Gbytes, double RoofShare = 0)
{
    /// <summary>A kernel stands under both roofs; the nearer one counts.</summary>
    public KernelRow Beside(Roof roof) => this with { RoofShare = Math.Max(Gflops / roof.Gflops, Gbytes / roof.Gbytes) };

    public JsonObject ToJson() => new()
    {
        ["name"] = Name,
        ["shape"] = Shape,
        ["direction"] = Direction,
        ["device"] = Target.Name,
        ["precision"] = Target.Precision,
        ["threads"] = Target.Threads,
        ["milliseconds"] = Milliseconds,
        ["gflops"] = Gflops,
        ["gbytes"] = Gbytes,
        ["roofShare"] = RoofShare,
    };
}
