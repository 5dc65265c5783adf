using Estampa.Engine;
using Estampa.Models;

namespace Estampa.Tests;

/// <summary>The settings of <see cref="StepClassifierRecipe"/>.</summary>
internal sealed class StepClassifierSettings : ClassifierSettings;

/// <summary>
/// A classifier for tests: one linear layer on each stamp. With 0 steps a sample is a stamp, otherwise a sequence with an answer and a
/// label at each step.
/// </summary>
internal sealed class StepClassifierRecipe(int side, int steps) : ClassifierRecipe
{
    public const int Batch = 4;
    private readonly StepClassifierSettings settings = new() { Classes = "SN,VS,bogus", Batch = Batch };

    public override string Name => "step-classifier";

    public override string Description => "linear classifier";

    public override ClassifierSettings Settings => settings;

    public override SampleNeeds Needs => new(side, ["science"], "none") { Steps = steps, Classes = Classes };

    public override IReadOnlyList<(string What, string Figure, string Source)> Published => [("accuracy", "94.1 %", "the paper")];

    public override ClassifierGraph Build(int batch)
    {
        var graph = new Graph();
        var rows = batch * Math.Max(steps, 1);
        var stamps = graph.Input(InputName.Stamps, new Shape(rows, side, side, 1));
        var labels = graph.Input(InputName.Labels, new Shape(rows, 1));
        var logits = stamps.Linear("classes", Classes.Count);
        var loss = graph.Loss(new LossPart("cross-entropy", logits.SoftmaxCrossEntropy(labels), graph.Dial("cross-entropy", 1f)));
        if (steps == 0)
        {
            return new ClassifierGraph(graph, [stamps, labels], loss, logits, logits.Softmax());
        }

        var lengths = graph.Input(InputName.Lengths, new Shape(batch, 1));
        return new ClassifierGraph(graph, [stamps, labels, lengths], loss, lengths.Linear("code", 2), logits.Softmax());
    }
}
