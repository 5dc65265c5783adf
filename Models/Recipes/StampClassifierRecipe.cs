using Estampa.Engine;

namespace Estampa.Models;

/// <summary>The settings of stamp-classifier besides those of all classifiers of images; the defaults are ALeRCE's in production.</summary>
public sealed class StampClassifierSettings : ImageClassifierSettings
{
    public StampClassifierSettings()
    {
        Epochs = 30;
        Batch = 64;
        Entropy = 0.5f;
    }

    /// <summary>Side of the convolutions behind the first: 3, 5 or 7.</summary>
    public int Kernel { get; set; } = 5;

    /// <summary>Whether the 23 features of the alert are read beside its stamps.</summary>
    public bool Features { get; set; } = true;

    /// <summary>Side of what the network sees of a stamp, in pixels.</summary>
    public int Crop { get; set; } = 21;

    /// <summary>Zeros around it.</summary>
    public int Padding { get; set; } = 3;

    /// <summary>Turned copies of each stamp, evenly over the full turn.</summary>
    public int Rotations { get; set; } = 4;

    /// <summary>Training turns all copies of a stamp by an angle more, up to so many radians either way.</summary>
    public float Jitter { get; set; }

    /// <summary>Whether copies need interpolation, and a margin around the crop.</summary>
    internal bool TurnsFreely => Rotations != 4 || Jitter > 0;

    public override void Check()
    {
        base.Check();
        Demand(Kernel is 3 or 5 or 7, "kernel", Kernel, "3, 5 or 7");
        Demand(Padding is >= 0 and <= 3, "padding", Padding, "0 to 3");
        Demand(Rotations is >= 1 and <= 32, "rotations", Rotations, "1 to 32");
        Demand(Jitter is >= 0 and <= float.Pi, "jitter", Jitter, "0 to pi, in radians");
        Demand(Crop is >= 9 and <= 63, "crop", Crop, "9 to 63");
        Demand(
            !TurnsFreely || StampClassifier.FrameOf(Crop) <= 63,
            "crop",
            Crop,
            "44 at most where copies turn freely, so that a stamp of 63 pixels holds them");
    }
}

/// <summary>
/// stamp-classifier: classes of single alerts, from turned copies of stamps and from features. With crop=33, rotations=6 and jitter=0.08
/// it turns them as the best M1 of Neira et al. 2024 (arXiv:2405.15073) does. Its table of layers gives the sizes of a 21x21 stamp for
/// the one of 33x33: here a larger stamp has larger maps (36, 18, 9; padding=0: 30, 15, 7).
/// </summary>
public sealed class StampClassifierRecipe : ClassifierRecipe
{
    private readonly StampClassifierSettings settings = new();

    public override string Name => "stamp-classifier";

    public override string Description => "ALeRCE's classifier of single alerts (Carrasco-Davis et al. 2021)";

    public override ClassifierSettings Settings => settings;

    public override SampleNeeds Needs => new(Side, Channels, settings.Scaling)
    {
        Features = settings.Features ? AlertFeatures.Names : [],
        Classes = Classes,
    };

    public override IReadOnlyList<(string What, string Figure, string Source)> Published =>
    [
        ("accuracy, 5 classes, 100 alerts of each, stamps and features", "0.9416 +- 0.0046", "Carrasco-Davis et al. 2021, 5 runs"),
        ("accuracy, 5 classes, 100 alerts of each, stamps alone", "about 0.90 +- 0.008", "Carrasco-Davis et al. 2021, notebooks"),
        ("accuracy, 5 classes, 100 alerts of each, crop=33, rotations=6, jitter=0.08", "0.9336 +- 0.004", "Neira et al. 2024, M1"),
    ];

    private string[] Channels => settings.Channels.Split(',');

    private int Side => settings.TurnsFreely ? StampClassifier.FrameOf(settings.Crop) : settings.Crop;

    public override ClassifierGraph Build(int batch)
    {
        var graph = new Graph();
        var model = new StampClassifier(Classes.Count, settings.Kernel, settings.Padding, settings.Dropout, InitialRule());
        var stamps = graph.Input(InputName.Stamps, new Shape(batch, Side, Side, Channels.Length));
        var features = settings.Features ? graph.Input(InputName.Features, new Shape(batch, AlertFeatures.Names.Count)) : null;
        var changed = stamps.Augment(settings.Augmentation());
        var copies = settings.TurnsFreely
            ? changed.Rotate(settings.Rotations, settings.Jitter, settings.Crop)
            : changed.CyclicSlice();
        var (last, logits) = model.Classify(model.Encode(copies, settings.Rotations), features);
        return Graph(features is null ? [stamps] : [stamps, features], last, logits);
    }

    /// <summary>The decays of the moments are the defaults of the authors' code.</summary>
    public override Adam Optimizer() => base.Optimizer() with { Beta1 = 0.5, Beta2 = 0.9 };
}
