namespace Estampa.Models;

/// <summary>
/// The mean difference of two scores on the same samples and its standard error. Samples of one object are not independent: their
/// deviations are summed before they are squared (the cluster-robust error; with one sample an object it is the usual one).
/// </summary>
/// <param name="Count">Samples.</param>
/// <param name="Mean">Mean of first minus second.</param>
/// <param name="Error">Its standard error.</param>
public sealed record PairedDifference(int Count, double Mean, double Error)
{
    /// <summary>Whether it is more than chance gives once in twenty times.</summary>
    public bool ExceedsTwoErrors => Math.Abs(Mean) > 2 * Error;

    /// <param name="samples">Object, first and second score of each sample, such as 1 where right and 0 where wrong.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static PairedDifference Of(IReadOnlyCollection<(string Object, double First, double Second)> samples)
    {
        if (samples.Count == 0)
        {
            throw new ArgumentException("no sample to compare");
        }

        var mean = samples.Average(sample => sample.First - sample.Second);
        var squares = samples.GroupBy(sample => sample.Object).Select(group => group.Sum(sample => sample.First - sample.Second - mean))
            .Sum(sum => sum * sum);
        return new PairedDifference(samples.Count, mean, Math.Sqrt(squares) / samples.Count);
    }
}
