using System.Text.Json.Nodes;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>What metrics.json and 'evaluate' say of one set of samples.</summary>
internal static class SetMetrics
{
    /// <summary>The error per stamp of an autoencoder, which does not depend on its loss.</summary>
    public const string ErrorPerStamp = "errorPerStamp";

    /// <summary>The same if each sequence's own mean stamp is repeated.</summary>
    public const string MeanStampError = "meanStampError";

    /// <summary>The same if the mean stamp of the training set is repeated.</summary>
    public const string TrainingMeanStampError = "trainingMeanStampError";

    /// <summary>
    /// The loss, its parts, of a classifier how good its answers are, and of an autoencoder its error per stamp; null where there is no
    /// sample.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="table">The samples.</param>
    /// <param name="scorer">A model of the recipe.</param>
    /// <param name="stage">The stage of the training whose weights the loss has.</param>
    /// <param name="train">What the model was trained on, if that is known.</param>
    /// <param name="predictions">A classifier's answers.</param>
    public static JsonObject? Of(
        Recipe recipe, SampleTable table, Scorer scorer, int stage, SampleTable? train, out Predictions? predictions)
    {
        predictions = null;
        if (table.Count == 0)
        {
            return null;
        }

        var scores = scorer.Score(table, stage);
        var metrics = Losses(scores.Loss, scores.Parts);
        if (recipe is AutoencoderRecipe)
        {
            AddErrors(metrics, StampErrors.PerStamp(StampErrors.Of(table, scorer, train)), ofSequences: recipe.Needs.Steps > 0);
        }

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
        var metrics = new JsonObject { ["loss"] = Finite(loss) };
        foreach (var (name, value) in parts)
        {
            metrics[name] = Finite(value);
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

        var metrics = new JsonObject
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
        if (predictions.WithoutBogus is { } without)
        {
            metrics["withoutBogus"] = new JsonObject
            {
                ["accuracy"] = without.Accuracy,
                ["accuracyError"] = without.AccuracyError,
                ["macroF1"] = predictions.MacroF1WithoutBogus,
            };
        }

        return metrics;
    }

    /// <summary>JSON has no number that is not finite; the loss of a set with a pixel of 1e25 is one.</summary>
    private static JsonNode? Finite(double number) => double.IsFinite(number) ? number : null;

    private static void AddErrors(JsonObject metrics, StampErrors errors, bool ofSequences)
    {
        if (errors.Stamps == 0)
        {
            return;
        }

        metrics[ErrorPerStamp] = Finite(errors.Model);
        if (ofSequences)
        {
            metrics[MeanStampError] = Finite(errors.OwnMean);
            if (double.IsFinite(errors.TrainingMean))
            {
                metrics[TrainingMeanStampError] = errors.TrainingMean;
            }
        }
    }
}
