using System.Globalization;
using Estampa.Engine;

namespace Estampa.Models;

/// <summary>An autoencoder's graph for one batch size: what goes in, what is minimised, and what its reports read.</summary>
/// <param name="Graph">All of it.</param>
/// <param name="Input">Stamps, (batch, height, width, channels).</param>
/// <param name="Loss">What training minimises; its parts are one number a sample.</param>
/// <param name="Code">The latent's mean, (batch, latent).</param>
/// <param name="Reconstruction">Of the same shape as the input.</param>
public sealed record AutoencoderGraph(Graph Graph, Tensor Input, Loss Loss, Tensor Code, Tensor Reconstruction);

/// <summary>The decoder alone: latents (batch, latent) to stamps.</summary>
public sealed record DecoderGraph(Graph Graph, Tensor Input, Tensor Output);

/// <summary>A recipe: a model with its loss, optimizer, schedule and the settings that change them, under one name.</summary>
public abstract class AutoencoderRecipe
{
    /// <summary>The command line's word for it.</summary>
    public abstract string Name { get; }

    /// <summary>One sentence.</summary>
    public abstract string Description { get; }

    public abstract RecipeSettings Settings { get; }

    /// <summary>Pixels along a side of the stamps.</summary>
    public abstract int Side { get; }

    /// <summary>Which images of a stamp, in which order.</summary>
    public abstract IReadOnlyList<string> Channels { get; }

    /// <summary>How stamps are scaled: min-max, z-score, l2 or none.</summary>
    public abstract string Scaling { get; }

    /// <summary>Size of the latent.</summary>
    public abstract int Code { get; }

    public abstract AutoencoderGraph Build(int batch);

    public abstract DecoderGraph BuildDecoder(int batch);

    /// <summary>The weight of each part of the loss in an epoch (annealing); epochs count from 0.</summary>
    public abstract float WeightOf(LossPart part, int epoch);

    public Adam Optimizer() => new(
        Settings.Rate, Decay: Settings.Decay, Decoupled: Settings.Optimizer == "adamw", Limit: Settings.Clip);

    public Schedule RateSchedule() => Schedule.Of(Settings.Schedule, Settings.Epochs, Settings.WarmUp);

    protected InitialRule? InitialRule() => Settings.Initial switch
    {
        "pytorch" => null,
        "he" => (fanIn, _) => Initial.He(fanIn),
        "xavier" => Initial.Xavier,
        var deviation => (_, _) => Initial.Normal(float.Parse(deviation, CultureInfo.InvariantCulture)),
    };
}
