using Estampa.Data;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>A source as samples of a recipe, and which of them train, validate and test.</summary>
internal sealed class RunData
{
    private readonly Recipe recipe;

    private RunData(Recipe recipe, StampSet stamps, SampleTable all)
    {
        this.recipe = recipe;
        Stamps = stamps;
        All = all;
    }

    /// <summary>Everything that was read.</summary>
    public StampSet Stamps { get; }

    /// <summary>Every sample that the recipe can use.</summary>
    public SampleTable All { get; }

    /// <exception cref="BadInputException">The source cannot be read, or has no sample for the recipe.</exception>
    public static RunData Open(string source, Recipe recipe, int? limit, Action<string> say)
    {
        var needs = recipe.Needs;
        var stamps = Source.Open(source, recipe, limit, say);
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

        var columns = new SampleColumns(stamps, needs, [.. recipe.Build(2).Inputs.Select(input => (input.Name, input.Shape.Count / 2))]);
        return new RunData(recipe, stamps, new SampleTable(stamps, rows, columns.Fill));
    }

    /// <summary>What the run trains on, validates and tests with: one answer for the training and for all that looks at it later.</summary>
    public (SampleTable Train, SampleTable Validation, SampleTable Test) Split()
    {
        var settings = recipe.Settings;
        var ids = Enumerable.Range(0, All.Count).Select(All.ObjectId).ToList();
        var rows = Data.Split.ByObject(ids, Stamps.Source, settings.Seed, settings.Validation, settings.Test);
        return (All.Select(rows.Train), All.Select(rows.Validation), All.Select(rows.Test));
    }
}
