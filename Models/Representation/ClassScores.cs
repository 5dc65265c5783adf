namespace Estampa.Models;

/// <summary>Samples whose greatest probability lies in one bin: how sure the model was of them, and how often it was right.</summary>
/// <param name="Count">Samples.</param>
/// <param name="Confidence">Mean of their greatest probabilities; NaN in an empty bin.</param>
/// <param name="Accuracy">Share of them that is right; NaN in an empty bin.</param>
public sealed record ReliabilityBin(int Count, double Confidence, double Accuracy);

/// <summary>
/// How good a classifier's answers are. The answer is the class of the greatest probability, the first of equal ones. What would divide by
/// zero is 0, as in scikit-learn: precision of a class that was never answered, recall of one that never occurs.
/// </summary>
public sealed class ClassScores
{
    private const double LeastProbability = 1e-12;

    /// <param name="labels">(n): numbers of the classes.</param>
    /// <param name="probabilities">(n, classes).</param>
    /// <param name="classes">Classes, at least 2.</param>
    /// <param name="bins">Bins of equal width of the greatest probability.</param>
    /// <exception cref="ArgumentException">
    /// There is no sample, the counts do not fit, a label is none of the classes, or a probability is not within 0 and 1.
    /// </exception>
    public ClassScores(IReadOnlyList<int> labels, IReadOnlyList<float> probabilities, int classes, int bins = 10)
    {
        if (labels.Count == 0 || classes < 2 || bins < 1 || probabilities.Count != (long)labels.Count * classes)
        {
            throw new ArgumentException(
                $"{labels.Count} labels of {classes} classes, and {probabilities.Count} probabilities in {bins} bins");
        }

        if (labels.Any(label => label < 0 || label >= classes) || probabilities.Any(share => !(share is >= 0 and <= 1.0001f)))
        {
            throw new ArgumentException($"labels must be 0 to {classes - 1} and probabilities 0 to 1");
        }

        Answers = [.. Enumerable.Range(0, labels.Count).Select(Answer)];
        Confusion = new int[classes, classes];
        var binned = new (int Count, double Confidence, int Right)[bins];
        for (var sample = 0; sample < labels.Count; sample++)
        {
            var (label, answer) = (labels[sample], Answers[sample]);
            var confidence = Math.Min(1f, probabilities[(sample * classes) + answer]);
            Confusion[label, answer]++;
            ref var bin = ref binned[Math.Min((int)(confidence * bins), bins - 1)];
            bin = (bin.Count + 1, bin.Confidence + confidence, bin.Right + (label == answer ? 1 : 0));
            NegativeLogLikelihood -= Math.Log(Math.Max(probabilities[(sample * classes) + label], LeastProbability)) / labels.Count;
        }

        Bins = [.. binned.Select(bin => new ReliabilityBin(bin.Count, bin.Confidence / bin.Count, (double)bin.Right / bin.Count))];
        CalibrationError = Bins.Where(bin => bin.Count > 0)
            .Sum(bin => bin.Count * Math.Abs(bin.Accuracy - bin.Confidence) / labels.Count);

        int Answer(int sample)
        {
            var best = 0;
            for (var place = 1; place < classes; place++)
            {
                best = probabilities[(sample * classes) + place] > probabilities[(sample * classes) + best] ? place : best;
            }

            return best;
        }
    }

    /// <summary>(n): the number of the class that each sample was taken for.</summary>
    public IReadOnlyList<int> Answers { get; }

    /// <summary>(classes, classes) counts: row the true class, column the answer.</summary>
    public int[,] Confusion { get; }

    /// <summary>Bins from probability 0 to 1.</summary>
    public IReadOnlyList<ReliabilityBin> Bins { get; }

    /// <summary>
    /// Expected calibration error (Guo et al. 2017): |accuracy - confidence| of the bins, each weighted by its share of the samples.
    /// </summary>
    public double CalibrationError { get; }

    /// <summary>Mean of -log p of the true class, in nats; p is at least 1e-12.</summary>
    public double NegativeLogLikelihood { get; }

    public int Count => Answers.Count;

    public int Classes => Confusion.GetLength(0);

    public double Accuracy => Enumerable.Range(0, Classes).Sum(place => (double)Confusion[place, place]) / Count;

    /// <summary>Standard error of the accuracy, sqrt(p (1 - p) / n).</summary>
    public double AccuracyError => Math.Sqrt(Accuracy * (1 - Accuracy) / Count);

    /// <summary>Mean recall of the classes that occur (balanced accuracy).</summary>
    public double MacroRecall => Enumerable.Range(0, Classes).Where(place => Support(place) > 0).Average(Recall);

    /// <summary>Mean F1 of the classes that occur or were answered.</summary>
    public double MacroF1 => MeanF1(Enumerable.Range(0, Classes));

    /// <summary>Mean F1 of those of some classes that occur or were answered; 0 where none did.</summary>
    public double MeanF1(IEnumerable<int> labels) =>
        labels.Where(label => Support(label) + Answered(label) > 0).Select(F1).DefaultIfEmpty(0).Average();

    /// <summary>Samples of a class.</summary>
    public int Support(int label) => Enumerable.Range(0, Classes).Sum(answer => Confusion[label, answer]);

    /// <summary>The share of a class's samples that was answered so.</summary>
    public double Recall(int label) => Share(label, Support(label));

    /// <summary>Standard error of a class's recall.</summary>
    public double RecallError(int label) => Support(label) is > 0 and var support
        ? Math.Sqrt(Recall(label) * (1 - Recall(label)) / support)
        : 0;

    /// <summary>The share of a class's answers that was right.</summary>
    public double Precision(int label) => Share(label, Answered(label));

    /// <summary>Harmonic mean of precision and recall.</summary>
    public double F1(int label) => Share(label, (Support(label) + Answered(label)) / 2.0);

    /// <summary>The share of a class's samples that was given an answer; 0 where it has no sample.</summary>
    public double RowShare(int label, int answer) => Support(label) is > 0 and var support ? (double)Confusion[label, answer] / support : 0;

    private int Answered(int answer) => Enumerable.Range(0, Classes).Sum(label => Confusion[label, answer]);

    private double Share(int label, double of) => of > 0 ? Confusion[label, label] / of : 0;
}
