using Estampa.Engine;

namespace Estampa.Models;

/// <summary>The settings of stamp-vae besides the common ones.</summary>
public sealed class StampVaeSettings : RecipeSettings
{
    /// <summary>Size of the latent.</summary>
    public int Latent { get; set; } = 30;

    /// <summary>Images of a stamp, comma-separated: science, template, difference.</summary>
    public string Channels { get; set; } = "science";

    /// <summary>Scaling of each image: min-max, z-score, l2, sky, object or none.</summary>
    public string Scaling { get; set; } = "min-max";

    /// <summary>Last activation: relu, identity or sigmoid.</summary>
    public string Output { get; set; } = "relu";

    /// <summary>auto-regularised (a likelihood with a predicted sigma) or beta (squared error and beta times the divergence).</summary>
    public string Loss { get; set; } = "auto-regularised";

    /// <summary>Weight of the divergence.</summary>
    public float Beta { get; set; } = 1f;

    /// <summary>Epochs in which that weight rises from 0; 0 for none.</summary>
    public int BetaWarmUp { get; set; }

    public override void Check()
    {
        base.Check();
        Demand(Latent is >= 1 and <= 4096, "latent", Latent, "1 to 4096");
        DemandScaling(Scaling);
        Demand(Output is "relu" or "identity" or "sigmoid", "output", Output, "relu, identity or sigmoid");
        Demand(Loss is "auto-regularised" or "beta", "loss", Loss, "auto-regularised or beta");
        Demand(Beta is >= 0 and < float.PositiveInfinity, "beta", Beta, "0 or more");
        Demand(BetaWarmUp >= 0, "beta-warm-up", BetaWarmUp, "0 or more");
        DemandChannels(Channels);
    }
}

/// <summary>
/// stamp-vae: a variational autoencoder of alert stamps. The loss is the paper's auto-regularised likelihood, in which the model
/// predicts how noisy each stamp is and so balances reconstruction against divergence itself, or the squared error plus beta times the
/// divergence.
/// </summary>
public sealed class StampVaeRecipe : AutoencoderRecipe
{
    /// <summary>log sigma^2 = -5 s (Astorga et al. 2018), so that sigma^2 lies in [e^-5, 1].</summary>
    private const float SpreadFactor = -5f;
    private readonly StampVaeSettings settings = new();

    public override string Name => "stamp-vae";

    public override string Description => "variational autoencoder of alert stamps (Astorga et al. 2018), 21x21 pixels";

    public override RecipeSettings Settings => settings;

    public override SampleNeeds Needs => new(StampVae.Side, Channels, settings.Scaling);

    public override bool HasPrior => true;

    private string[] Channels => settings.Channels.Split(',');

    public override AutoencoderGraph Build(int batch)
    {
        var graph = new Graph();
        var vae = Model();
        var stamps = graph.Input(InputName.Stamps, new Shape(batch, StampVae.Side, StampVae.Side, Channels.Length));
        var (mean, logVariance) = vae.Encode(stamps);
        var z = mean.Reparametrise(logVariance);
        var rebuilt = vae.Decode(z);

        // The head is part of the model with either loss, so that a file always has all its parameters.
        var spread = vae.Spread(z);
        var reconstruction = settings.Loss == "beta"
            ? rebuilt.SquaredError(stamps)
            : rebuilt.GaussianLikelihood(stamps, spread, SpreadFactor);
        var loss = graph.Loss(
            new LossPart("reconstruction", reconstruction, graph.Dial("reconstruction", 1f)),
            new LossPart("divergence", mean.Divergence(logVariance), graph.Dial("divergence", settings.Beta)));
        return new AutoencoderGraph(graph, [stamps], loss, mean, rebuilt);
    }

    public override DecoderGraph BuildDecoder(int batch)
    {
        var graph = new Graph();
        var z = graph.Input("latent", new Shape(batch, settings.Latent));
        return new DecoderGraph(graph, z, Model().Decode(z));
    }

    public override float WeightOf(LossPart part, int epoch) => part.Name != "divergence" ? 1f
        : settings.Beta * Math.Min(1f, (epoch + 1f) / (settings.BetaWarmUp + 1f));

    private StampVae Model() => new(Channels.Length, settings.Latent, settings.Output, InitialRule());
}
