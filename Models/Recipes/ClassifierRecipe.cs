using Estampa.Engine;

namespace Estampa.Models;

/// <summary>A classifier's graph for one batch size.</summary>
/// <param name="Graph">All of it.</param>
/// <param name="Inputs">What samples fill; the labels among them.</param>
/// <param name="Loss">What training minimises; its parts are one number a sample, or one a step.</param>
/// <param name="Code">The last layer before the classes: (batch, numbers).</param>
/// <param name="Probabilities">Of the classes: (batch, classes), or (batch * steps, classes) where every step has its answer.</param>
public sealed record ClassifierGraph(Graph Graph, IReadOnlyList<Tensor> Inputs, Loss Loss, Tensor Code, Tensor Probabilities)
    : ModelGraph(Graph, Inputs, Loss, Code);

/// <summary>What a classifier can be told besides the common settings.</summary>
public abstract class ClassifierSettings : RecipeSettings
{
    /// <summary>The classes, comma-separated; samples of others are left out.</summary>
    public string Classes { get; set; } = "AGN,SN,VS,asteroid,bogus";

    /// <summary>
    /// How often samples come in an epoch: once, oversampled (each class as often as the largest) or weighted (drawn so).
    /// </summary>
    public string Sampling { get; set; } = "oversampled";

    /// <summary>Share of a dense layer that a training step drops.</summary>
    public float Dropout { get; set; } = 0.5f;

    /// <summary>Share of a label that is spread over all classes.</summary>
    public float Smoothing { get; set; }

    /// <summary>Factor of the prediction's entropy, which is taken off the loss so that probabilities stay graded.</summary>
    public float Entropy { get; set; }

    public override void Check()
    {
        base.Check();
        var names = Classes.Split(',');
        Demand(
            names.Length >= 2 && names.Distinct().Count() == names.Length && names.All(name => name.Length > 0 && name.Trim() == name),
            "classes",
            Classes,
            "two names at least, separated by commas, each once");
        Demand(Sampling is "once" or "oversampled" or "weighted", "sampling", Sampling, "once, oversampled or weighted");
        Demand(Dropout is >= 0 and < 1, "dropout", Dropout, "0 or more and below 1");
        Demand(Smoothing is >= 0 and < 1, "smoothing", Smoothing, "0 or more and below 1");
        Demand(Entropy is >= 0 and < float.PositiveInfinity, "entropy", Entropy, "0 or more");
    }
}

/// <summary>A recipe whose model tells classes apart.</summary>
public abstract class ClassifierRecipe : Recipe
{
    public abstract override ClassifierSettings Settings { get; }

    public IReadOnlyList<string> Classes => Settings.Classes.Split(',');

    public abstract override ClassifierGraph Build(int batch);

    /// <summary>Figures that others have published for such a model, as rows of what, figure, source; for reports.</summary>
    public virtual IReadOnlyList<(string What, string Figure, string Source)> Published => [];

    /// <summary>
    /// The graph of a model that gave logits: labels among its inputs, the cross-entropy as its loss, probabilities. The logits are
    /// (batch, classes), or (batch * steps, classes) where every step has its answer.
    /// </summary>
    protected ClassifierGraph Graph(IReadOnlyList<Tensor> inputs, Tensor code, Tensor logits)
    {
        var graph = logits.Graph;
        var labels = graph.Input(InputName.Labels, new Shape(logits.Shape.Batch, 1));
        var samples = logits.SoftmaxCrossEntropy(labels, null, Settings.Smoothing, Settings.Entropy);
        var loss = graph.Loss(new LossPart("cross-entropy", samples, graph.Dial("cross-entropy", 1f)));
        return new ClassifierGraph(graph, [.. inputs, labels], loss, code, logits.Softmax());
    }
}
