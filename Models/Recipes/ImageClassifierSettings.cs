using Estampa.Engine;

namespace Estampa.Models;

/// <summary>What a classifier of images can be told besides: which images, and how those of the training are changed at random.</summary>
public abstract class ImageClassifierSettings : ClassifierSettings
{
    /// <summary>Images of a stamp, comma-separated: science, template, difference.</summary>
    public string Channels { get; set; } = "science,template,difference";

    /// <summary>Scaling of each image: min-max, z-score, l2, sky, object or none.</summary>
    public string Scaling { get; set; } = "min-max";

    /// <summary>Whether training stamps turn by 0, 90, 180 or 270 degrees.</summary>
    public bool Turns { get; set; }

    /// <summary>Whether training stamps are mirrored, or not, by chance.</summary>
    public bool Flips { get; set; }

    /// <summary>Whole pixels by which training stamps move at most.</summary>
    public int Shift { get; set; }

    /// <summary>Deviation of normal noise on training stamps, in units of the scaled stamp.</summary>
    public float Noise { get; set; }

    public override void Check()
    {
        base.Check();
        DemandScaling(Scaling);
        DemandChannels(Channels);
        Demand(Shift is >= 0 and <= 10, "shift", Shift, "0 to 10");
        Demand(Noise is >= 0 and < float.PositiveInfinity, "noise", Noise, "0 or more");
    }

    internal Augmentation Augmentation() => new() { Turns = Turns, Flips = Flips, Shift = Shift, Noise = Noise };
}
