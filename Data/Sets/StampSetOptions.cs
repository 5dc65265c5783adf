namespace Estampa.Data;

/// <summary>How alerts become a set.</summary>
public sealed record StampSetOptions
{
    /// <summary>The three cut-outs of a ZTF alert, in ALeRCE's order.</summary>
    public static readonly IReadOnlyList<string> AllChannels = ["science", "template", "difference"];

    /// <summary>Side of the centred crop in pixels.</summary>
    public int Crop { get; init; } = 21;

    /// <summary>Which cut-outs, in which order. Images without such names (digits, arrays) keep all their channels.</summary>
    public IReadOnlyList<string> Channels { get; init; } = AllChannels;

    public Scaling Scaling { get; init; } = Scaling.MinMax;

    /// <summary>At most so many samples, the first ones; null for all.</summary>
    public int? LimitSamples { get; init; }

    /// <summary>The share of unreadable packets above which reading stops. Edge, empty and repeated stamps do not count.</summary>
    public double RejectLimit { get; init; } = 0.01;
}
