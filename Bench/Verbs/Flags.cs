using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Estampa.Bench;

/// <summary>The flags that several verbs share.</summary>
internal static class Flags
{
    private const int Most = 1 << 16;

    public static Option<string?> Json() => new("--json") { Description = "A file for the rows as JSON." };

    public static Option<int[]> Batches(params int[] otherwise) =>
        Counts("--batch", $"Samples a step, comma-separated; {string.Join(',', otherwise)} where not given.", otherwise);

    public static Option<int[]> Threads(params int[] otherwise) =>
        Counts("--threads", $"Threads, comma-separated; {string.Join(',', otherwise)} where not given.", otherwise);

    public static Option<int> Rounds(int otherwise) => new("--rounds")
    {
        Description = "Turns that each side takes.",
        DefaultValueFactory = _ => otherwise,
        CustomParser = result => (int)Number(result, "--rounds", 1, 1000, NumberStyles.None),
    };

    public static Option<double> Seconds() => new("--seconds")
    {
        Description = "How long a turn lasts.",
        DefaultValueFactory = _ => 0.5,
        CustomParser = result => Number(result, "--seconds", 0, 600, NumberStyles.AllowDecimalPoint),
    };

    public static Option<string[]> Kinds(IReadOnlyList<string> all) => new("--kind")
    {
        Description = $"{Or(all)}, comma-separated; all where not given.",
        DefaultValueFactory = _ => [.. all],
        CustomParser = result =>
        {
            var kinds = result.Tokens[0].Value.Split(',');
            if (!kinds.All(all.Contains))
            {
                result.AddError($"--kind {result.Tokens[0].Value}: must be {Or(all)}, or several separated by commas");
            }

            return kinds;
        },
    };

    private static string Or(IReadOnlyList<string> words) => $"{string.Join(", ", words.SkipLast(1))} or {words[^1]}";

    private static Option<int[]> Counts(string name, string description, int[] otherwise) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => otherwise,
        CustomParser = result =>
        {
            var words = result.Tokens[0].Value.Split(',');
            var counts = Array.ConvertAll(
                words, word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0);
            if (!counts.All(count => count is >= 1 and <= Most))
            {
                result.AddError($"{name} {result.Tokens[0].Value}: must be 1 to {Most}, or several of these separated by commas");
            }

            return counts;
        },
    };

    private static double Number(ArgumentResult result, string name, double least, double most, NumberStyles style)
    {
        var word = result.Tokens[0].Value;
        if (!double.TryParse(word, style, CultureInfo.InvariantCulture, out var number) || !(number >= least && number <= most))
        {
            result.AddError($"{name} {word}: must be {least} to {most}");
        }

        return number;
    }
}
