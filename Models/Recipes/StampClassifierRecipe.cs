using Estampa.Engine;

namespace Estampa.Models;

/// <summary>The settings of stamp-classifier besides those of all classifiers; the defaults are ALeRCE's in production.</summary>
public sealed class StampClassifierSettings : ClassifierSettings
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

    /// <summary>Images of a stamp, comma-separated: science, template, difference.</summary>
    public string Channels { get; set; } = "science,template,difference";

    /// <summary>Scaling of each image: min-max, z-score, l2 or none.</summary>
    public string Scaling { get; set; } = "min-max";

    public override void Check()
    {
        base.Check();
        Demand(Kernel is 3 or 5 or 7, "kernel", Kernel, "3, 5 or 7");
        Demand(Scaling is "min-max" or "z-score" or "l2" or "none", "scaling", Scaling, "min-max, z-score, l2 or none");
        DemandChannels(Channels);
    }
}

/// <summary>stamp-classifier: classes of single alerts, from stamps in four turned copies and from features.</summary>
public sealed class StampClassifierRecipe : ClassifierRecipe
{
    /// <summary>Side of the stamps, in pixels.</summary>
    private const int Side = 21;
    private readonly StampClassifierSettings settings = new();

    public override string Name => "stamp-classifier";

    public override string Description => "ALeRCE's classifier of single alerts (Carrasco-Davis et al. 2021), 21x21 pixels";

    public override ClassifierSettings Settings => settings;

    public override SampleNeeds Needs => new(Side, Channels, settings.Scaling)
    {
        Features = settings.Features ? AlertFeatures.Names : [],
        Classes = Classes,
    };

    public override IReadOnlyList<(string What, string Figure, string Source)> Published => settings.Features
        ? [("accuracy, 5 classes, 100 alerts of each, stamps and features", "0.9416 +- 0.0046", "Carrasco-Davis et al. 2021, 5 runs")]
        : [("accuracy, 5 classes, 100 alerts of each, stamps alone", "about 0.90 +- 0.008", "Carrasco-Davis et al. 2021, notebooks")];

    private string[] Channels => settings.Channels.Split(',');

    public override ClassifierGraph Build(int batch)
    {
        var graph = new Graph();
        var model = new StampClassifier(Classes.Count, settings.Kernel, settings.Dropout, InitialRule());
        var stamps = graph.Input(InputName.Stamps, new Shape(batch, Side, Side, Channels.Length));
        var features = settings.Features ? graph.Input(InputName.Features, new Shape(batch, AlertFeatures.Names.Count)) : null;
        var (last, logits) = model.Classify(model.Encode(stamps.CyclicSlice()), features);
        return Graph(features is null ? [stamps] : [stamps, features], last, logits);
    }

    /// <summary>The decays of the moments are the defaults of the authors' code.</summary>
    public override Adam Optimizer() => base.Optimizer() with { Beta1 = 0.5, Beta2 = 0.9 };
}
