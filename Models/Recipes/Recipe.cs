using System.Globalization;
using Estampa.Engine;

namespace Estampa.Models;

/// <summary>The names of graphs' inputs, by which samples find them.</summary>
public static class InputName
{
    /// <summary>(batch, height, width, channels), or (batch * steps, ...) of sequences: 0 beyond a sequence's end.</summary>
    public const string Stamps = "stamps";

    /// <summary>(batch, 1): stamps of each sequence.</summary>
    public const string Lengths = "lengths";

    /// <summary>(batch * steps, 1): 1 where a step has a stamp; 0 for detections without one and beyond a sequence's end.</summary>
    public const string Present = "present";

    /// <summary>
    /// (batch, steps, 1, 1): log(1 + 100 days) / 5 since the step before, 0 for the first: hours and weeks both show. A quarter of an hour
    /// is 0.14, an hour 0.33, a day 0.92, a month 1.6.
    /// </summary>
    public const string Gaps = "gaps";

    /// <summary>(batch, features): what is known of the object or its last alert, clipped and z-scored.</summary>
    public const string Features = "features";

    /// <summary>(batch, steps, 1, features): what is known of each alert, clipped and z-scored; 0 beyond a sequence's end.</summary>
    public const string StepFeatures = "step-features";

    /// <summary>(batch, 1), or (batch * steps, 1): the number of the class; -1 where there is none.</summary>
    public const string Labels = "labels";

    /// <summary>(batch, latent): latents of another run's encoder.</summary>
    public const string Latents = "latents";
}

/// <summary>What a recipe's samples are made from.</summary>
/// <param name="Side">Pixels along a side of the stamps.</param>
/// <param name="Channels">Which images of a stamp, in which order.</param>
/// <param name="Scaling">How stamps are scaled: min-max, z-score, l2, object, sky or none.</param>
public sealed record SampleNeeds(int Side, IReadOnlyList<string> Channels, string Scaling)
{
    /// <summary>Stamps of a sequence at most; 0 where a sample is a stamp.</summary>
    public int Steps { get; init; }

    /// <summary>Stamps of a sequence at least.</summary>
    public int LeastSteps { get; init; } = 1;

    /// <summary>Days between a stamp of a sequence and the one before it, at least.</summary>
    public double Gap { get; init; }

    /// <summary>Whether earlier detections without stamps are steps of a sequence too.</summary>
    public bool History { get; init; }

    /// <summary>Names of the numbers of <see cref="InputName.Features"/>.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>Names of the numbers of <see cref="InputName.StepFeatures"/>.</summary>
    public IReadOnlyList<string> StepFeatures { get; init; } = [];

    /// <summary>The classes, in the order of their numbers; only samples of one of them are used. Empty: all samples.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>The folder of the run whose latents are <see cref="InputName.Latents"/>; empty for none.</summary>
    public string Representation { get; init; } = "";
}

/// <summary>A model's graph for one batch size.</summary>
/// <param name="Graph">All of it.</param>
/// <param name="Inputs">What samples fill, by <see cref="InputName"/>.</param>
/// <param name="Loss">What training minimises; its parts are one number a sample, or one a step.</param>
/// <param name="Code">What 'encode' gives: (batch, numbers).</param>
public abstract record ModelGraph(Graph Graph, IReadOnlyList<Tensor> Inputs, Loss Loss, Tensor Code);

/// <summary>A recipe: a model with its loss, optimizer, schedule and the settings that change them, under one name.</summary>
public abstract class Recipe
{
    /// <summary>Any epoch after annealing.</summary>
    protected const int Late = int.MaxValue - 1;

    /// <summary>The command line's word for it.</summary>
    public abstract string Name { get; }

    /// <summary>What it trains, as a phrase: "variational autoencoder of ...".</summary>
    public abstract string Description { get; }

    public abstract RecipeSettings Settings { get; }

    public abstract SampleNeeds Needs { get; }

    public abstract ModelGraph Build(int batch);

    /// <summary>The weight of each part of the loss in an epoch (annealing, stages); epochs count from 0.</summary>
    public virtual float WeightOf(LossPart part, int epoch) => 1f;

    /// <summary>
    /// The weight of each part in a validation loss: that of a finished annealing, so that epochs of a stage can be compared.
    /// </summary>
    public virtual float FinalWeightOf(LossPart part, int stage) => WeightOf(part, Late);

    /// <summary>The stage of a training in an epoch; the best model and patience count from a stage's beginning.</summary>
    public virtual int StageOf(int epoch) => 0;

    /// <summary>A stage's name; empty where a training has no stages.</summary>
    public virtual string StageName(int stage) => "";

    /// <summary>Whether a stage trains a parameter.</summary>
    public virtual bool IsTrained(string parameter, int stage) => true;

    public virtual Adam Optimizer() => new(
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
