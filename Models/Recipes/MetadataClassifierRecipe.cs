using Estampa.Engine;

namespace Estampa.Models;

/// <summary>The settings of metadata-classifier besides those of all classifiers.</summary>
public sealed class MetadataClassifierSettings : ClassifierSettings
{
    /// <summary>Size of both hidden layers.</summary>
    public int Hidden { get; set; } = 64;

    public override void Check()
    {
        base.Check();
        Demand(Hidden is >= 1 and <= 4096, "hidden", Hidden, "1 to 4096");
    }
}

/// <summary>metadata-classifier: the baseline of all classifiers, from the features of an alert alone.</summary>
public sealed class MetadataClassifierRecipe : ClassifierRecipe
{
    private readonly MetadataClassifierSettings settings = new();

    public override string Name => "metadata-classifier";

    public override string Description => "classifier of single alerts by their 23 features, without stamps: the baseline";

    public override ClassifierSettings Settings => settings;

    /// <summary>No input takes the stamps; they are what the report draws.</summary>
    public override SampleNeeds Needs => new(StampVae.Side, ["science"], "min-max") { Features = AlertFeatures.Names, Classes = Classes };

    public override IReadOnlyList<(string What, string Figure, string Source)> Published =>
        [("accuracy of a random forest, 5 classes, 100 alerts of each", "0.912", "Carrasco-Davis et al. 2021, notebooks")];

    public override ClassifierGraph Build(int batch)
    {
        var features = new Graph().Input(InputName.Features, new Shape(batch, AlertFeatures.Names.Count));
        var model = new MetadataClassifier(Classes.Count, settings.Hidden, settings.Dropout, InitialRule());
        var (last, logits) = model.Classify(features);
        return Graph([features], last, logits);
    }
}
