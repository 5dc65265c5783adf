using System.Text.Json.Nodes;

namespace Estampa.Bench;

/// <summary>
/// Ours beside the peers in one kind of step, in samples a second by the median turn: PyTorch with the better of its two memory formats,
/// ONNX Runtime only in inference, null where a peer is missing. The round ratio is ours over the best peer of each round, the median of
/// these. Peaks are the most memory that a process ever had.
/// </summary>
internal sealed record PeerRow(
    string Name,
    string Kind,
    int Batch,
    Target Target,
    double Ours,
    double? PyTorch,
    double? OnnxRuntime,
    double? RoundRatio,
    long PeakBytes,
    long? PyTorchPeakBytes)
{
    /// <summary>Ours over the best peer; null where there is none.</summary>
    public double? Ratio => (PyTorch, OnnxRuntime) switch
    {
        (null, null) => null,
        _ => Ours / Math.Max(PyTorch ?? 0, OnnxRuntime ?? 0),
    };

    public JsonObject ToJson() => new()
    {
        ["name"] = Name,
        ["kind"] = Kind,
        ["batch"] = Batch,
        ["device"] = Target.Name,
        ["precision"] = Target.Precision,
        ["threads"] = Target.Threads,
        ["ours"] = Ours,
        ["peers"] = new JsonObject { ["pytorch"] = PyTorch, ["onnxruntime"] = OnnxRuntime },
        ["ratio"] = Ratio,
        ["roundRatio"] = RoundRatio,
        ["peakBytes"] = PeakBytes,
        ["pytorchPeakBytes"] = PyTorchPeakBytes,
    };
}
