using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Estampa.Data;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>A source as samples of a recipe, and which of them train, validate and test.</summary>
internal sealed class RunData
{
    /// <summary>In a model's header: <see cref="EncoderSum"/>.</summary>
    public const string EncoderKey = "encoder";

    private readonly Recipe recipe;

    private RunData(Recipe recipe, StampSet stamps, IReadOnlyList<int[]> rows, RunFolder? encoder)
    {
        this.recipe = recipe;
        var latents = encoder is null ? [] : Representation.Encode(encoder, stamps);
        EncoderSum = encoder is null ? "" : Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(encoder.Model)));
        Stamps = stamps;
        var inputs = recipe.Build(2).Inputs.Select(input => (input.Name, input.Shape.Count / 2)).ToList();
        var columns = new SampleColumns(stamps, recipe.Needs, inputs)
        {
            FeaturesOf = (row, names) => Features!.Of(row, names),
            Latents = latents,
        };
        All = new SampleTable(stamps, rows, columns.Fill);
    }

    /// <summary>The alerts' numbers; null until fitted or loaded, and where the recipe reads none.</summary>
    public FeatureColumns? Features { get; private set; }

    /// <summary>SHA-256 of the model whose latents the recipe reads; empty where it reads none.</summary>
    public string EncoderSum { get; }

    /// <summary>Everything that was read.</summary>
    public StampSet Stamps { get; }

    /// <summary>Every sample that the recipe can use.</summary>
    public SampleTable All { get; }

    /// <exception cref="BadInputException">
    /// The source cannot be read, has no sample for the recipe, or the run whose latents the recipe reads cannot be used.
    /// </exception>
    public static RunData Open(string source, Recipe recipe, int? limit, Action<string> say)
    {
        var needs = recipe.Needs;
        var encoder = Representation.Find(recipe);
        var stamps = Source.Open(source, encoder?.Recipe ?? recipe, limit, say);
        IReadOnlyList<int[]> rows = needs.Steps == 0
            ? [.. Enumerable.Range(0, stamps.Count).Select(row => new[] { row })]
            : SequenceSet.ByObject(stamps, needs.Steps, needs.Gap, needs.LeastSteps).Sequences;
        if (needs.Classes.Count > 0)
        {
            var labelled = rows.Where(sample => needs.Classes.Contains(SampleTable.ClassOf(stamps, sample))).ToList();
            if (labelled.Count < rows.Count)
            {
                say($"{rows.Count - labelled.Count} of {rows.Count} samples are of no class of {string.Join(", ", needs.Classes)}:"
                    + " left out");
            }

            rows = labelled.Count > 0 ? labelled : throw new BadInputException(
                $"{source}: no sample of the classes {string.Join(", ", needs.Classes)} (setting 'classes')");
        }

        return new RunData(recipe, stamps, rows, encoder);
    }

    /// <summary>SHA-256 of what samples are made from: names, classes, dates, features, pixels and the encoder.</summary>
    public string Sum()
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in Stamps.ObjectIds.Concat(Stamps.Classes))
        {
            sum.AppendData(Encoding.UTF8.GetBytes($"{text}\n"));
        }

        sum.AppendData(MemoryMarshal.AsBytes(Stamps.JulianDates.AsSpan()));
        sum.AppendData(MemoryMarshal.AsBytes(Stamps.Features.AsSpan()));
        for (var row = 0; row < Stamps.Count; row++)
        {
            sum.AppendData(MemoryMarshal.AsBytes(Stamps.Sample(row)));
        }

        sum.AppendData(Encoding.UTF8.GetBytes(EncoderSum));
        return Convert.ToHexStringLower(sum.GetHashAndReset());
    }

    /// <summary>The latents must be those that a trained model learnt from.</summary>
    /// <exception cref="BadInputException">The encoder's run has another model since.</exception>
    public void CheckEncoder(IReadOnlyDictionary<string, string> header, string file)
    {
        if (header.TryGetValue(EncoderKey, out var before) && before != EncoderSum)
        {
            throw new BadInputException($"{recipe.Needs.Representation}: its model is not the one whose latents {file} was trained on;"
                + " it was trained further since");
        }
    }

    /// <summary>Scales the alerts' numbers by those of the samples that train.</summary>
    public void FitFeatures(SampleTable train) =>
        Features = FeatureColumns.NamesOf(recipe.Needs).Count > 0 ? FeatureColumns.Fit(train, recipe.Needs) : null;

    /// <summary>Scales the alerts' numbers as a trained model has it in its header.</summary>
    /// <exception cref="BadInputException">It has none, and the recipe reads them.</exception>
    public void LoadFeatures(IReadOnlyDictionary<string, string> header, string file) =>
        Features = FeatureColumns.NamesOf(recipe.Needs).Count == 0 ? null
            : header.TryGetValue(FeatureColumns.Key, out var text) ? FeatureColumns.Load(Stamps, text, file)
            : throw new BadInputException($"{file}: has no scales of features in its header");

    /// <summary>What the run trains on, validates and tests with: one answer for the training and for all that looks at it later.</summary>
    public (SampleTable Train, SampleTable Validation, SampleTable Test) Split()
    {
        var settings = recipe.Settings;
        if (settings.PerClass > 0)
        {
            return FewOfEachClass(settings.PerClass, settings.Validation);
        }

        if (settings.Folds == 0)
        {
            return Split(All, settings.Test);
        }

        // The fold is the test; the objects of the others are split as ever, but for a test.
        var fold = Data.Split.Folds(Stamps, settings.Seed, settings.Folds)[settings.Fold - 1]
            .Select(row => Stamps.ObjectIds[row]).ToHashSet();
        var tested = Enumerable.Range(0, All.Count).ToLookup(sample => fold.Contains(All.ObjectId(sample)));
        if (!tested[true].Any())
        {
            throw new BadInputException($"{Stamps.Source}: fold {settings.Fold} of {settings.Folds} has no sample");
        }

        var (train, validation, _) = Split(All.Select(tested[false]), test: 0);
        return (train, validation, All.Select(tested[true]));
    }

    /// <summary>
    /// So many objects of each class, drawn by the seed, train, less the share that validates; all others are the test.
    /// </summary>
    private (SampleTable Train, SampleTable Validation, SampleTable Test) FewOfEachClass(int count, double validation)
    {
        var held = Math.Max(1, (int)Math.Round(count * validation));
        var sides = new Dictionary<string, int>();
        var samples = Enumerable.Range(0, All.Count);
        foreach (var ids in samples.GroupBy(All.Class, All.ObjectId))
        {
            var drawn = ids.Distinct().OrderBy(id => Data.Split.Place(recipe.Settings.Seed, id)).Take(count);
            foreach (var (place, id) in drawn.Index())
            {
                sides[id] = place < count - held ? 0 : 1;
            }
        }

        SampleTable Side(int side) => All.Select(samples.Where(sample => sides.GetValueOrDefault(All.ObjectId(sample), 2) == side));
        return Side(1).Count > 0 && Side(2).Count > 0
            ? (Side(0), Side(1), Side(2))
            : throw new BadInputException($"{Stamps.Source}: {count} objects of each class (setting 'per-class') leave none to test");
    }

    private (SampleTable Train, SampleTable Validation, SampleTable Test) Split(SampleTable table, double test)
    {
        var settings = recipe.Settings;
        var ids = Enumerable.Range(0, table.Count).Select(table.ObjectId).ToList();
        var rows = Data.Split.ByObject(ids, Stamps.Source, settings.Seed, settings.Validation, test);
        return (table.Select(rows.Train), table.Select(rows.Validation), table.Select(rows.Test));
    }
}
