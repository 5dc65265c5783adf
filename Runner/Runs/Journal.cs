using System.Globalization;
using Estampa.Data;
using Estampa.Engine;

namespace Estampa.Runner;

/// <summary>One epoch as the journal keeps it; without a validation, whose loss is then NaN, where a signal came before that.</summary>
internal sealed record JournalRow(
    int Epoch,
    double Seconds,
    double SamplesPerSecond,
    float Rate,
    double TrainLoss,
    double ValidationLoss,
    IReadOnlyDictionary<string, double> Train,
    IReadOnlyDictionary<string, double> Validation);

/// <summary>
/// The course of a run, a row an epoch. A resumed run takes the rows from its state; journal.csv shows them, written anew as a whole.
/// </summary>
internal sealed class Journal
{
    private const int Fixed = 6;
    private readonly string path;
    private readonly string[] parts;
    private readonly List<JournalRow> rows = [];

    public Journal(string path, IEnumerable<LossPart> parts)
    {
        this.path = path;
        this.parts = [.. parts.Select(part => part.Name)];
    }

    public IReadOnlyList<JournalRow> Rows => rows;

    /// <summary>Whether the last epoch has not been validated yet.</summary>
    public bool IsPending => rows.Count > 0 && double.IsNaN(rows[^1].ValidationLoss);

    /// <summary>Reads every row.</summary>
    public void Load()
    {
        if (File.Exists(path))
        {
            Load(Csv.Read(path));
        }
    }

    /// <summary>All rows as numbers, for a state.</summary>
    public double[] Numbers => [.. rows.SelectMany(Cells)];

    private int Width => Fixed + (2 * parts.Length);

    /// <summary>Takes the rows that a state has kept, and writes the file anew.</summary>
    /// <exception cref="BadInputException">They are not of so many epochs.</exception>
    public void Restore(ReadOnlySpan<double> numbers, int epochs)
    {
        if (numbers.Length != epochs * Width)
        {
            throw new BadInputException($"{path}: the state has {numbers.Length} numbers of {epochs} epochs instead of {epochs * Width}");
        }

        rows.Clear();
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            rows.Add(Row(numbers.Slice(epoch * Width, Width)));
        }

        Write();
    }

    private void Load(CsvTable table)
    {
        rows.Clear();
        foreach (var cells in table.Rows)
        {
            var numbers = cells.Select(cell => double.TryParse(cell, CultureInfo.InvariantCulture, out var number)
                ? number : throw new BadInputException($"{path}: '{cell}' is not a number")).ToArray();
            rows.Add(numbers.Length == Width ? Row(numbers) : throw new BadInputException(
                $"{path}: a row has {numbers.Length} cells instead of {Width}"));
        }
    }

    public void Add(JournalRow row) => rows.Add(row);

    /// <summary>Gives the last row its validation.</summary>
    public JournalRow Validate(Scores scores) => rows[^1] = rows[^1] with { ValidationLoss = scores.Loss, Validation = scores.Parts };

    public void Write() => DurableFile.WriteText(path, Header() + string.Concat(rows.SkipLast(IsPending ? 1 : 0).Select(Line)));

    private JournalRow Row(ReadOnlySpan<double> numbers) => new(
        (int)numbers[0], numbers[1], numbers[2], (float)numbers[3], numbers[4], numbers[5], Named(numbers, 0), Named(numbers, 1));

    private double[] Cells(JournalRow row) =>
    [
        row.Epoch, row.Seconds, row.SamplesPerSecond, row.Rate, row.TrainLoss, row.ValidationLoss,
        .. parts.SelectMany(part => new[] { row.Train[part], row.Validation.GetValueOrDefault(part, double.NaN) }),
    ];

    private Dictionary<string, double> Named(ReadOnlySpan<double> numbers, int side)
    {
        var named = new Dictionary<string, double>();
        for (var place = 0; place < parts.Length; place++)
        {
            named.Add(parts[place], numbers[Fixed + (2 * place) + side]);
        }

        return named;
    }

    private string Header()
    {
        string[] first = ["epoch", "seconds", "samplesPerSecond", "rate", "trainLoss", "validationLoss"];
        return Csv.Line([.. first, .. parts.SelectMany(part => new[] { $"train.{part}", $"validation.{part}" })]);
    }

    private string Line(JournalRow row)
    {
        object?[] first =
            [row.Epoch, Math.Round(row.Seconds, 3), Math.Round(row.SamplesPerSecond, 1), row.Rate, row.TrainLoss, row.ValidationLoss];
        return Csv.Line([.. first, .. parts.SelectMany(part => new object?[] { row.Train[part], row.Validation[part] })]);
    }
}
