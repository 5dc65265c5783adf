using System.Globalization;
using Estampa.Data;
using Estampa.Engine;

namespace Estampa.Runner;

/// <summary>One epoch as the journal keeps it.</summary>
internal sealed record JournalRow(
    int Epoch,
    double Seconds,
    double SamplesPerSecond,
    float Rate,
    double TrainLoss,
    double ValidationLoss,
    IReadOnlyDictionary<string, double> Train,
    IReadOnlyDictionary<string, double> Validation);

/// <summary>journal.csv: a row an epoch, appended as it ends; on resuming, rows after the saved epoch are cut off.</summary>
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

    /// <summary>Reads every row.</summary>
    public void Load()
    {
        if (File.Exists(path))
        {
            Load(Csv.Read(path));
        }
    }

    /// <summary>Reads the rows of the first epochs and drops from the file what follows, be it torn.</summary>
    /// <exception cref="BadInputException">There are fewer.</exception>
    public void Load(int epochs)
    {
        var lines = File.Exists(path) ? File.ReadLines(path).Take(1 + epochs).ToArray() : [];
        if (epochs > 0 && lines.Length <= epochs)
        {
            throw new BadInputException($"{path}: {Math.Max(0, lines.Length - 1)} rows, the state is that after {epochs} epochs");
        }

        rows.Clear();
        if (epochs > 0)
        {
            Load(Csv.Parse(string.Join('\n', lines), path));
        }

        AtomicFile.WriteText(path, Header() + string.Concat(rows.Select(Line)));
    }

    private void Load(CsvTable table)
    {
        rows.Clear();
        foreach (var cells in table.Rows)
        {
            var numbers = cells.Select(cell => double.TryParse(cell, CultureInfo.InvariantCulture, out var number)
                ? number : throw new BadInputException($"{path}: '{cell}' is not a number")).ToArray();
            if (numbers.Length != Fixed + (2 * parts.Length))
            {
                throw new BadInputException($"{path}: a row has {numbers.Length} cells instead of {Fixed + (2 * parts.Length)}");
            }

            rows.Add(new JournalRow(
                (int)numbers[0], numbers[1], numbers[2], (float)numbers[3], numbers[4], numbers[5], Named(numbers, 0), Named(numbers, 1)));
        }
    }

    public void Add(JournalRow row)
    {
        rows.Add(row);
        if (!File.Exists(path))
        {
            File.WriteAllText(path, Header());
        }

        File.AppendAllText(path, Line(row));
    }

    private Dictionary<string, double> Named(double[] numbers, int side) =>
        parts.Select((part, place) => (part, Number: numbers[Fixed + (2 * place) + side]))
            .ToDictionary(pair => pair.part, pair => pair.Number);

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
