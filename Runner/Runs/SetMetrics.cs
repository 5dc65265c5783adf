using System.Text.Json.Nodes;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>What metrics.json and 'evaluate' say of one set of samples.</summary>
internal static class SetMetrics
{
    /// <summary>The loss, its parts, and of a classifier how good its answers are; null where there is no sample.</summary>
    public static JsonObject? Of(Recipe recipe, SampleTable table, Scorer scorer, int stage, out Predictions? predictions)
    {
        predictions = null;
        if (table.Count == 0)
        {
            return null;
        }

        var scores = scorer.Score(table, stage);
        var metrics = Losses(scores.Loss, scores.Parts);
        if (recipe is ClassifierRecipe classifier)
        {
            predictions = Predictions.Of(classifier.Classes, table, scorer);
            foreach (var (name, value) in Of(predictions))
            {
                metrics[name] = value?.DeepClone();
            }
        }

        return metrics;
    }

    public static JsonObject Losses(double loss, IEnumerable<KeyValuePair<string, double>> parts)
    {
        var metrics = new JsonObject { ["loss"] = loss };
        foreach (var (name, value) in parts)
        {
            metrics[name] = value;
        }

        return metrics;
    }

    /// <summary>Accuracy and the like; "classes" has a row for each class, "confusion" rows of true classes.</summary>
    public static JsonObject Of(Predictions predictions)
    {
        var scores = predictions.Scores;
        var classes = new JsonObject();
        for (var label = 0; label < scores.Classes; label++)
        {
            classes[predictions.Classes[label]] = new JsonObject
            {
                ["precision"] = scores.Precision(label),
                ["recall"] = scores.Recall(label),
                ["f1"] = scores.F1(label),
                ["support"] = scores.Support(label),
            };
        }

        return new JsonObject
        {
            ["accuracy"] = scores.Accuracy,
            ["accuracyError"] = scores.AccuracyError,
            ["macroF1"] = scores.MacroF1,
            ["macroRecall"] = scores.MacroRecall,
            ["calibrationError"] = scores.CalibrationError,
            ["negativeLogLikelihood"] = scores.NegativeLogLikelihood,
            ["classes"] = classes,
            ["confusion"] = new JsonArray([.. Enumerable.Range(0, scores.Classes).Select(label => new JsonArray([
                .. Enumerable.Range(0, scores.Classes).Select(answer => JsonValue.Create(scores.Confusion[label, answer])),
            ]))]),
        };
    }
}
