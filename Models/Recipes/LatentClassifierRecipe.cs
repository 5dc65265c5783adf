using Estampa.Engine;

namespace Estampa.Models;

/// <summary>The settings of latent-classifier besides those of all classifiers.</summary>
public sealed class LatentClassifierSettings : ClassifierSettings
{
    /// <summary>Folder of the run whose encoder gives the latents.</summary>
    public string Encoder { get; set; } = "";

    /// <summary>Size of that run's latent; 0 until it is read from there.</summary>
    public int Latent { get; set; }

    /// <summary>linear (one layer) or mlp (with a hidden layer).</summary>
    public string Probe { get; set; } = "linear";

    /// <summary>Size of the mlp's hidden layer.</summary>
    public int Hidden { get; set; } = 64;

    /// <summary>Whether the 23 features of the alert are read beside its latent.</summary>
    public bool Features { get; set; }

    public override void Check()
    {
        base.Check();
        Demand(Latent is >= 0 and <= 65536, "latent", Latent, "0 to 65536");
        Demand(Probe is "linear" or "mlp", "probe", Probe, "linear or mlp");
        Demand(Hidden is >= 1 and <= 4096, "hidden", Hidden, "1 to 4096");
    }
}

/// <summary>latent-classifier: classes of what another run's encoder makes of stamps; the encoder stays as it is.</summary>
public sealed class LatentClassifierRecipe : ClassifierRecipe
{
    private readonly LatentClassifierSettings settings = new();

    public override string Name => "latent-classifier";

    public override string Description => "linear probe or small network on the latents of another run (setting encoder)";

    public override ClassifierSettings Settings => settings;

    /// <summary>No input takes the stamps, and the encoder's run says which it takes; these are what the report draws.</summary>
    public override SampleNeeds Needs => new(StampVae.Side, ["science"], "min-max")
    {
        Features = settings.Features ? AlertFeatures.Names : [],
        Classes = Classes,
        Representation = settings.Encoder,
    };

    /// <exception cref="SettingException">The size of the latents is not known.</exception>
    public override ClassifierGraph Build(int batch)
    {
        if (settings.Latent == 0)
        {
            throw new SettingException("setting 'latent' must be the size of the latents, which the run of 'encoder' gives, got 0");
        }

        var graph = new Graph();
        var hidden = settings.Probe == "mlp" ? settings.Hidden : 0;
        var model = new LatentClassifier(Classes.Count, hidden, settings.Dropout, InitialRule());
        var latents = graph.Input(InputName.Latents, new Shape(batch, settings.Latent));
        var features = settings.Features ? graph.Input(InputName.Features, new Shape(batch, AlertFeatures.Names.Count)) : null;
        var (last, logits) = model.Classify(latents, features);
        return Graph(features is null ? [latents] : [latents, features], last, logits);
    }
}
