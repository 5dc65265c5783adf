using Estampa.Engine;

namespace Estampa.Models;

/// <summary>The settings of deep-hits: the paper's batch. It has a fourth image, the difference over its noise.</summary>
public sealed class DeepHitsSettings : ImageClassifierSettings
{
    public DeepHitsSettings() => Batch = 50;
}

/// <summary>
/// deep-hits: classes of single alerts from stamps in four turned copies, side by side. The paper tells real sources from bogus ones, and
/// trains by plain gradient descent with a rate of 0.04 that is halved each 100,000 steps; here classes are as set, and Adam trains.
/// </summary>
public sealed class DeepHitsRecipe : ClassifierRecipe
{
    private readonly DeepHitsSettings settings = new();

    public override string Name => "deep-hits";

    public override string Description => "Deep-HiTS, a classifier of single stamps (Cabrera-Vives et al. 2017), 21x21 pixels";

    public override ClassifierSettings Settings => settings;

    public override SampleNeeds Needs => new(DeepHits.Side, Channels, settings.Scaling) { Classes = Classes };

    public override IReadOnlyList<(string What, string Figure, string Source)> Published =>
        [("accuracy, real or bogus, 100,000 candidates of HiTS", "0.9945 +- 0.0003", "Cabrera-Vives et al. 2017")];

    private string[] Channels => settings.Channels.Split(',');

    public override ClassifierGraph Build(int batch)
    {
        var stamps = new Graph().Input(InputName.Stamps, new Shape(batch, DeepHits.Side, DeepHits.Side, Channels.Length));
        var (last, logits) = new DeepHits(Classes.Count, settings.Dropout, InitialRule())
            .Classify(stamps.Augment(settings.Augmentation()));
        return Graph([stamps], last, logits);
    }
}
