namespace Estampa.Data;

/// <summary>How alerts become a set.</summary>
public sealed record StampSetOptions
{
    /// <summary>The three cut-outs of a ZTF alert, in ALeRCE's order.</summary>
    public static readonly IReadOnlyList<string> AllChannels = ["science", "template", "difference"];

    /// <summary>Side of the centred crop in pixels; null for 21 of an alert's cut-outs and for the whole of other images.</summary>
    public int? Crop { get; init; }

    /// <summary>Which cut-outs, in which order. Images without such names (digits, arrays) keep all their channels.</summary>
    public IReadOnlyList<string> Channels { get; init; } = AllChannels;

    public Scaling Scaling { get; init; } = Scaling.MinMax;

    /// <summary>
    /// Whether the earlier detections that a packet lists (prv_candidates with a magpsf) become rows too, after all others and beyond
    /// <see cref="LimitSamples"/>: without a stamp, with the packet's object and class, their own date and what features they have. Each
    /// comes once, and not where the set has its stamp. Only packets list any.
    /// </summary>
    public bool History { get; init; }

    /// <summary>At most so many samples, the first ones; null for all.</summary>
    public int? LimitSamples { get; init; }

    /// <summary>
    /// The share of unreadable packets above which there is no set but an error; a single one is always let pass. Edge, empty and repeated
    /// stamps do not count.
    /// </summary>
    public double RejectLimit { get; init; } = 0.01;

    /// <summary>Refuses options that no set can be made with.</summary>
    internal void Check()
    {
        if (Crop < 1 || LimitSamples < 1 || !(RejectLimit >= 0 && RejectLimit <= 1))
        {
            throw new BadInputException($"crop {Crop}, limit {LimitSamples} and share of rejects {RejectLimit}: one is out of its range");
        }

        if (Channels.Count == 0 || Channels.Distinct().Count() < Channels.Count || Channels.Any(name => !AllChannels.Contains(name)))
        {
            throw new BadInputException($"channels '{string.Join(",", Channels)}': known are {string.Join(", ", AllChannels)}, each once");
        }
    }
}
