using Estampa.Engine;

namespace Estampa.Models;

/// <summary>The settings of image-sequence-classifier besides those of all classifiers.</summary>
public sealed class ImageSequenceClassifierSettings : ClassifierSettings
{
    public ImageSequenceClassifierSettings()
    {
        Classes = "SN,RRLyr,Cepheid,EB,NonVariable,Galaxy,Asteroid";
        Sampling = "once";
        Epochs = 10;
        Batch = 32;
        Rate = 5e-4f;
    }

    /// <summary>Images of a sequence at most: the first ones.</summary>
    public int Steps { get; set; } = 30;

    /// <summary>Channels of the convolutions; the paper's is 64.</summary>
    public int Width { get; set; } = 64;

    /// <summary>Numbers of the dense layer; the paper's is 1024.</summary>
    public int Dense { get; set; } = 1024;

    /// <summary>Numbers of the LSTM's state; the paper's is 512.</summary>
    public int Hidden { get; set; } = 512;

    /// <summary>
    /// Whether convolutions are batch-normalised, as the paper's are. Without, fluxes keep their scale from batch to batch.
    /// </summary>
    public bool Normalised { get; set; } = true;

    /// <summary>Pooling: max, as the paper's, or average, which keeps fluxes linear.</summary>
    public string Pooling { get; set; } = "max";

    /// <summary>Scaling of the images: sky, object, min-max, z-score, l2 or none.</summary>
    public string Scaling { get; set; } = "object";

    /// <summary>Whether training turns and mirrors the images, all of a sequence alike.</summary>
    public bool Augment { get; set; } = true;

    public override void Check()
    {
        base.Check();
        Demand(Steps is >= 1 and <= 1000, "steps", Steps, "1 to 1000");
        Demand(Width is >= 1 and <= 1024, "width", Width, "1 to 1024");
        Demand(Dense is >= 1 and <= 65536, "dense", Dense, "1 to 65536");
        Demand(Hidden is >= 1 and <= 65536, "hidden", Hidden, "1 to 65536");
        Demand(Pooling is "max" or "average", "pooling", Pooling, "max or average");
        DemandScaling(Scaling);
    }
}

/// <summary>image-sequence-classifier: classes of objects from all their science images, with an answer after each image.</summary>
public sealed class ImageSequenceClassifierRecipe : ClassifierRecipe
{
    private readonly ImageSequenceClassifierSettings settings = new();

    public override string Name => "image-sequence-classifier";

    public override string Description => "recurrent convolutional classifier of image sequences (Carrasco-Davis et al. 2019)";

    public override ClassifierSettings Settings => settings;

    public override SampleNeeds Needs => new(ImageSequenceClassifier.Side, ["science"], settings.Scaling)
    {
        Steps = settings.Steps,
        Classes = Classes,
    };

    public override IReadOnlyList<(string What, string Figure, string Source)> Published =>
    [
        ("accuracy, 7 simulated classes", "0.953 ± 0.002", "Carrasco-Davis et al. 2019"),
        ("recall on real SN, RR Lyrae, EB, non-variable, trained on simulations", ".74 .95 .66 1.00", "the same"),
        ("the same after fine-tuning with 10 real sequences a class", ".98 .88 .95 1.00", "the same"),
    ];

    public override ClassifierGraph Build(int batch)
    {
        var graph = new Graph();
        const int side = ImageSequenceClassifier.Side;
        var model = new ImageSequenceClassifier(
            Classes.Count, settings.Width, settings.Dense, settings.Hidden, settings.Normalised, settings.Pooling, settings.Dropout,
            InitialRule());
        var images = graph.Input(InputName.Stamps, new Shape(batch * settings.Steps, side, side, 1));
        var gaps = graph.Input(InputName.Gaps, new Shape(batch, settings.Steps, 1, 1));
        var lengths = graph.Input(InputName.Lengths, new Shape(batch, 1));
        var seen = settings.Augment
            ? images.Augment(new Augmentation { Turns = true, Flips = true, Group = settings.Steps })
            : images;
        var states = model.Encode(seen, gaps, lengths);
        return Graph([images, gaps, lengths], states.Step(^1).Flatten(), model.Classify(states));
    }
}
