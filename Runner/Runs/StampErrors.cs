namespace Estampa.Runner;

/// <summary>
/// How far off the stamps of samples are if something stands for them: squared errors, summed over the pixels and images of a stamp. Steps
/// without a stamp do not count.
/// </summary>
/// <param name="Stamps">Stamps of the samples.</param>
/// <param name="Model">What the model makes of them.</param>
/// <param name="OwnMean">The mean stamp of each sample, which only a sequence has.</param>
/// <param name="TrainingMean">The mean stamp of the samples that trained; NaN where these are not known.</param>
internal sealed record StampErrors(int Stamps, double Model, double OwnMean, double TrainingMean)
{
    /// <summary>Of each sample the sums over its stamps.</summary>
    public static StampErrors[] Of(SampleTable table, Scorer scorer, SampleTable? train)
    {
        var model = scorer.SquaredErrors(table);
        var steps = model.Length / Math.Max(table.Count, 1);
        var trainingMean = train is null ? null : MeanStamp(train, Enumerable.Range(0, train.Count));
        var all = new StampErrors[table.Count];
        for (var sample = 0; sample < all.Length; sample++)
        {
            var shown = table.StampSteps(sample);
            var own = MeanStamp(table, [sample]);
            double Repeated(double[] stamp) => shown.Sum(step => SquaredError(table.Stamps.Sample(table.Rows[sample][step]), stamp));
            all[sample] = new(
                shown.Length, shown.Sum(step => model[(sample * steps) + step]), Repeated(own),
                trainingMean is null ? double.NaN : Repeated(trainingMean));
        }

        return all;
    }

    /// <summary>Their means over all stamps.</summary>
    public static StampErrors PerStamp(IReadOnlyCollection<StampErrors> samples)
    {
        var stamps = samples.Sum(each => each.Stamps);
        return new(
            stamps, samples.Sum(each => each.Model) / stamps, samples.Sum(each => each.OwnMean) / stamps,
            samples.Sum(each => each.TrainingMean) / stamps);
    }

    private static double[] MeanStamp(SampleTable table, IEnumerable<int> samples)
    {
        var mean = new double[table.Stamps.SampleLength];
        var count = 0;
        foreach (var sample in samples)
        {
            foreach (var step in table.StampSteps(sample))
            {
                var pixels = table.Stamps.Sample(table.Rows[sample][step]);
                count++;
                for (var pixel = 0; pixel < mean.Length; pixel++)
                {
                    mean[pixel] += (pixels[pixel] - mean[pixel]) / count;
                }
            }
        }

        return mean;
    }

    private static double SquaredError(ReadOnlySpan<float> stamp, double[] other)
    {
        var sum = 0.0;
        for (var pixel = 0; pixel < other.Length; pixel++)
        {
            sum += (stamp[pixel] - other[pixel]) * (stamp[pixel] - other[pixel]);
        }

        return sum;
    }
}
