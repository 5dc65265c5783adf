using Estampa.Engine;

namespace Estampa.Models;

/// <summary>An autoencoder's graph for one batch size.</summary>
/// <param name="Graph">All of it.</param>
/// <param name="Inputs">What samples fill; the first is the stamps.</param>
/// <param name="Loss">What training minimises; its parts are one number a sample, or one a step.</param>
/// <param name="Code">The latent, its mean where it has one: (batch, latent).</param>
/// <param name="Reconstruction">Of the stamps' shape.</param>
public sealed record AutoencoderGraph(Graph Graph, IReadOnlyList<Tensor> Inputs, Loss Loss, Tensor Code, Tensor Reconstruction)
    : ModelGraph(Graph, Inputs, Loss, Code)
{
    /// <summary>The stamps.</summary>
    public Tensor Input => Inputs[0];
}

/// <summary>The decoder alone: latents (batch, latent) to stamps.</summary>
public sealed record DecoderGraph(Graph Graph, Tensor Input, Tensor Output);

/// <summary>A recipe whose model rebuilds what it is given.</summary>
public abstract class AutoencoderRecipe : Recipe
{
    public abstract override AutoencoderGraph Build(int batch);

    /// <summary>The decoder alone; null where a latent does not decode by itself.</summary>
    public abstract DecoderGraph? BuildDecoder(int batch);

    /// <summary>Whether latents are drawn from a standard normal distribution, so that such draws can be decoded.</summary>
    public virtual bool HasPrior => false;
}
