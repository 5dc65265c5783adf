using Estampa.Engine;

namespace Estampa.Models;

/// <summary>
/// The settings of image-sequence-classifier besides those of all classifiers. They are for two cores of a processor, where the paper's
/// layers take hours and learn in more epochs; those are stack=3 width=64 dense=1024 hidden=512 recurrent=lstm normalised=true pooling=max
/// dropout=0.5 rate=5e-4 clip=0 schedule=constant warm-up=0 initial=pytorch.
/// </summary>
public sealed class ImageSequenceClassifierSettings : ClassifierSettings
{
    public ImageSequenceClassifierSettings()
    {
        Classes = "SN,RRLyr,Cepheid,EB,NonVariable,Galaxy,Asteroid";
        Sampling = "once";
        Epochs = 14;
        Batch = 32;
        Rate = 3e-3f;
        Schedule = "cosine";
        WarmUp = 1;
        Clip = 1;
        Initial = "he";
        Dropout = 0;
    }

    /// <summary>Images of a sequence at most: the first ones.</summary>
    public int Steps { get; set; } = 30;

    /// <summary>Consecutive images that a step sees as channels; the paper's is 3.</summary>
    public int Stack { get; set; } = 1;

    /// <summary>Channels of the convolutions; the paper's is 64. On processors those that are no multiple of 16 are slow.</summary>
    public int Width { get; set; } = 16;

    /// <summary>Numbers of the dense layer; the paper's is 1024.</summary>
    public int Dense { get; set; } = 64;

    /// <summary>Numbers of the recurrent layer's state; the paper's is 512.</summary>
    public int Hidden { get; set; } = 64;

    /// <summary>The layer over time: lstm, as the paper's, or gru, which learns in fewer epochs.</summary>
    public string Recurrent { get; set; } = "gru";

    /// <summary>
    /// Whether convolutions are batch-normalised, as the paper's are. Without, fluxes keep their scale from batch to batch.
    /// </summary>
    public bool Normalised { get; set; }

    /// <summary>Pooling: max, as the paper's, or average, which keeps fluxes linear.</summary>
    public string Pooling { get; set; } = "average";

    /// <summary>Scaling of the images: sky, object, min-max, z-score, l2 or none.</summary>
    public string Scaling { get; set; } = "object";

    /// <summary>Whether training turns and mirrors the images, all of a sequence alike.</summary>
    public bool Augment { get; set; } = true;

    public override void Check()
    {
        base.Check();
        Demand(Steps is >= 1 and <= 1000, "steps", Steps, "1 to 1000");
        Demand(Stack >= 1 && Stack <= Steps, "stack", Stack, "1 to steps");
        Demand(Width is >= 1 and <= 1024, "width", Width, "1 to 1024");
        Demand(Dense is >= 1 and <= 65536, "dense", Dense, "1 to 65536");
        Demand(Hidden is >= 1 and <= 65536, "hidden", Hidden, "1 to 65536");
        Demand(Recurrent is "lstm" or "gru", "recurrent", Recurrent, "lstm or gru");
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
            Classes.Count, settings.Stack, settings.Width, settings.Dense, settings.Hidden, settings.Recurrent, settings.Normalised,
            settings.Pooling, settings.Dropout, InitialRule());
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
