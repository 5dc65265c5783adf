using Estampa.Engine;

namespace Estampa.Models;

/// <summary>The settings of stamp-ae besides the common ones.</summary>
public sealed class StampAutoencoderSettings : RecipeSettings
{
    /// <summary>Size of the latent.</summary>
    public int Latent { get; set; } = 30;

    /// <summary>Images of a stamp, comma-separated: science, template, difference.</summary>
    public string Channels { get; set; } = "science";

    /// <summary>Scaling of each image: min-max, z-score, l2, sky, object or none.</summary>
    public string Scaling { get; set; } = "min-max";

    /// <summary>Last activation: relu, identity or sigmoid.</summary>
    public string Output { get; set; } = "relu";

    public override void Check()
    {
        base.Check();
        Demand(Latent is >= 1 and <= 4096, "latent", Latent, "1 to 4096");
        DemandScaling(Scaling);
        Demand(Output is "relu" or "identity" or "sigmoid", "output", Output, "relu, identity or sigmoid");
        DemandChannels(Channels);
    }
}

/// <summary>stamp-ae: the plain autoencoder of alert stamps. The loss is the squared error of a stamp, summed over its pixels.</summary>
public sealed class StampAutoencoderRecipe : AutoencoderRecipe
{
    private readonly StampAutoencoderSettings settings = new();

    public override string Name => "stamp-ae";

    public override string Description => "convolutional autoencoder of alert stamps (seed project), 21x21 pixels";

    public override RecipeSettings Settings => settings;

    public override SampleNeeds Needs => new(StampAutoencoder.Side, Channels, settings.Scaling);

    private string[] Channels => settings.Channels.Split(',');

    public override AutoencoderGraph Build(int batch)
    {
        var graph = new Graph();
        var model = Model();
        var stamps = graph.Input(
            InputName.Stamps, new Shape(batch, StampAutoencoder.Side, StampAutoencoder.Side, Channels.Length));
        var z = model.Encode(stamps);
        var rebuilt = model.Decode(z);
        var loss = graph.Loss(new LossPart("reconstruction", rebuilt.SquaredError(stamps), graph.Dial("reconstruction", 1f)));
        return new AutoencoderGraph(graph, [stamps], loss, z, rebuilt);
    }

    public override DecoderGraph BuildDecoder(int batch)
    {
        var graph = new Graph();
        var z = graph.Input("latent", new Shape(batch, settings.Latent));
        return new DecoderGraph(graph, z, Model().Decode(z));
    }

    private StampAutoencoder Model() => new(Channels.Length, settings.Latent, settings.Output, InitialRule());
}
