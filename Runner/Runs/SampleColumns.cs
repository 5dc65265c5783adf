using Estampa.Data;
using Estampa.Engine;
using Estampa.Models;

namespace Estampa.Runner;

/// <summary>Fills a model's inputs, by their names, from a set of stamps.</summary>
/// <param name="stamps">The set, scaled.</param>
/// <param name="needs">What the recipe's samples are made from.</param>
/// <param name="inputs">Name and floats a sample of each of the model's inputs.</param>
internal sealed class SampleColumns(StampSet stamps, SampleNeeds needs, IReadOnlyList<(string Name, int Size)> inputs)
{
    /// <summary>The named features of a row of the set, scaled; needed where there are any.</summary>
    public Func<int, IReadOnlyList<string>, float[]> FeaturesOf { get; init; } = (_, _) => [];

    /// <summary>The latent of each row of the set, where a recipe reads latents.</summary>
    public float[] Latents { get; init; } = [];

    /// <summary>All columns of samples that consist of these rows.</summary>
    public Samples Fill(IReadOnlyList<int[]> samples) =>
        new([.. inputs.Select(input => new SampleColumn(input.Name, Fill(input.Name, input.Size, samples), input.Size))]);

    private float[] Fill(string name, int size, IReadOnlyList<int[]> samples)
    {
        var numbers = new float[checked(samples.Count * size)];
        for (var sample = 0; sample < samples.Count; sample++)
        {
            Fill(name, samples[sample], numbers.AsSpan(sample * size, size));
        }

        return numbers;
    }

    private void Fill(string name, int[] rows, Span<float> numbers)
    {
        switch (name)
        {
            case InputName.Stamps:
                ForEach(rows, numbers, stamps.SampleLength, (row, _) => stamps.Sample(row));
                break;
            case InputName.Lengths:
                numbers[0] = rows.Length;
                break;
            case InputName.Present:
                ForEach(rows, numbers, 1, (row, _) => new[] { stamps.HasStamp.Length == 0 || stamps.HasStamp[row] ? 1f : 0f });
                break;
            case InputName.Gaps:
                ForEach(rows, numbers, 1, (row, before) => new[] { GapOf(row, before) });
                break;
            case InputName.Features:
                FeaturesOf(rows[^1], needs.Features).CopyTo(numbers);
                break;
            case InputName.StepFeatures:
                ForEach(rows, numbers, needs.StepFeatures.Count, (row, _) => FeaturesOf(row, needs.StepFeatures));
                break;
            case InputName.Labels:
                numbers.Fill(-1f);
                numbers[..Math.Min(rows.Length, numbers.Length)].Fill(LabelOf(rows));
                break;
            case InputName.Latents:
                Latents.AsSpan(rows[^1] * numbers.Length, numbers.Length).CopyTo(numbers);
                break;
            default:
                throw new ArgumentException($"no samples are known for an input '{name}'");
        }
    }

    private delegate ReadOnlySpan<float> StepNumbers(int row, int before);

    /// <summary>Puts down each step's numbers; <c>before</c> is the row of the step before, or that of the step itself.</summary>
    private static void ForEach(int[] rows, Span<float> numbers, int size, StepNumbers of)
    {
        for (var step = 0; step < rows.Length; step++)
        {
            of(rows[step], rows[Math.Max(step - 1, 0)]).CopyTo(numbers[(step * size)..]);
        }
    }

    private float GapOf(int row, int before)
    {
        var days = stamps.JulianDates[row] - stamps.JulianDates[before];
        return days > 0 ? (float)(Math.Log(1 + (100 * days)) / 5) : 0f;
    }

    private float LabelOf(int[] rows)
    {
        var name = SampleTable.ClassOf(stamps, rows);
        for (var label = 0; label < needs.Classes.Count; label++)
        {
            if (needs.Classes[label] == name)
            {
                return label;
            }
        }

        return -1f;
    }
}
