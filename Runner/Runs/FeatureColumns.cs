using Estampa.Data;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>
/// The alert's numbers as a model takes them: clipped, z-scored by the training samples, 0 where unknown. The scales are saved with the
/// model, so that it meets new alerts with those it was trained with.
/// </summary>
internal sealed class FeatureColumns
{
    /// <summary>Under this name the scales stand in a model file's header.</summary>
    public const string Key = "features";

    private readonly StampSet stamps;
    private readonly FeatureScaler scaler;
    private readonly float[] scaled;
    private readonly Dictionary<string, int> places;

    private FeatureColumns(StampSet stamps, FeatureScaler scaler)
    {
        (this.stamps, this.scaler) = (stamps, scaler);
        scaled = scaler.Apply(stamps);
        places = scaler.Names.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
    }

    /// <summary>What the recipe reads of alerts, in the order in which it is saved; empty where it reads none.</summary>
    public static IReadOnlyList<string> NamesOf(SampleNeeds needs) =>
        [.. needs.Features.Concat(needs.StepFeatures).Distinct().Where(name => name != AlertFeatures.HasStamp)];

    /// <exception cref="BadInputException">The source's alerts lack one of the recipe's features.</exception>
    public static FeatureColumns Fit(SampleTable train, SampleNeeds needs)
    {
        try
        {
            return new(train.Stamps, FeatureScaler.Fit(train.Stamps, [.. train.Rows.SelectMany(rows => rows)], NamesOf(needs)));
        }
        catch (BadInputException exception)
        {
            throw new BadInputException($"{train.Stamps.Source}: {exception.Message}", exception);
        }
    }

    /// <param name="stamps">The set.</param>
    /// <param name="text">What <see cref="Text"/> was of the model.</param>
    /// <param name="file">The model's file, for errors.</param>
    public static FeatureColumns Load(StampSet stamps, string text, string file) =>
        new(stamps, FeatureScaler.FromJson(text, file));

    /// <summary>The scales, to be saved with the model.</summary>
    public string Text => scaler.ToJson();

    /// <summary>The named features of a row of the set.</summary>
    public float[] Of(int row, IReadOnlyList<string> names)
    {
        var numbers = new float[names.Count];
        for (var place = 0; place < numbers.Length; place++)
        {
            numbers[place] = names[place] != AlertFeatures.HasStamp ? scaled[(row * places.Count) + places[names[place]]]
                : stamps.HasStamp.Length == 0 || stamps.HasStamp[row] ? 1f
                : 0f;
        }

        return numbers;
    }
}
