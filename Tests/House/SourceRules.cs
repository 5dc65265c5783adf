using System.Text.RegularExpressions;

namespace Estampa.Tests;

/// <summary>The rules as functions of a file's path and text; each gives what is wrong, so that a test can show that it can fail.</summary>
internal static partial class SourceRules
{
    private const int MostLines = 400;
    private const int MostColumns = 140;

    private static readonly HashSet<string> RefusedNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "Helper", "Helpers", "Util", "Utils", "Utilities", "Misc", "Common", "Missing", "Remaining", "Extra", "Extras", "New", "Final",
    };

    public static IEnumerable<string> Size(string path, string[] lines)
    {
        if (lines.Length > MostLines)
        {
            yield return $"{path} has {lines.Length} lines, over {MostLines}";
        }

        for (var line = 0; line < lines.Length; line++)
        {
            if (lines[line].Length > MostColumns)
            {
                yield return $"{path}:{line + 1} has {lines[line].Length} columns, over {MostColumns}";
            }
        }
    }

    /// <summary>No refused word, and no version, may be a word of the file's name: ConvHelpers.cs, Conv.Final.cs, ConvV2.cs.</summary>
    public static IEnumerable<string> Name(string path) => Words().Matches(Path.GetFileNameWithoutExtension(path))
        .Where(word => RefusedNames.Contains(word.Value) || Version().IsMatch(word.Value))
        .Select(word => $"{path} is named '{word.Value}', which says nothing of what is in it");

    public static IEnumerable<string> Regions(string path, string[] lines) => Where(path, lines, Region(), "has a region");

    /// <summary>Only the engine knows ILGPU; data knows neither of them; engine and models do not know data.</summary>
    public static IEnumerable<string> Layers(string path, string[] lines)
    {
        Regex[] refused = path.Split('/')[0] switch
        {
            "Engine" => [Above(), Data()],
            "Models" => [Above(), Data(), Ilgpu()],
            "Data" => [Above(), Engine(), Ilgpu()],

            // The test op and planted faults are kernels, written against ILGPU's names; without the package they are the stand-in's.
            "Tests" when path is "Tests/Support/Probe.cs" or "Tests/Support/PlantedFaults.cs" or "Tests/Support/FaultyDevice.cs" => [],

            // ILGPU refuses the processor's OpenCL, and its simulator has sizes: what makes both fit for tests may not be in the engine.
            "Tests" when path == "Tests/Support/AcceleratorDevices.cs" => [],
            _ => [Ilgpu()],
        };
        return refused.SelectMany(use => Where(path, lines, use, "crosses the layers"));
    }

    /// <summary>What ILGPU 1.5.3 compiles wrongly, or not at all, may not stand where kernels stand.</summary>
    public static IEnumerable<string> Kernels(string path, string text) =>
        Where(path, text.Split('\n'), Unresolved(), "calls what does not lower").Concat(
            Kernel().Matches(text).Where(kernel => Switch().IsMatch(Body(text, kernel.Index + kernel.Length)))
                .Select(kernel => $"{path}: kernel {kernel.Groups["name"].Value} has a switch (ILGPU issue 846)"));

    public static IEnumerable<string> Versions(string path, string[] lines) =>
        Where(path, lines, LooseVersion(), "has a version that is not exact");

    /// <summary>What could run code that a file names, or another program.</summary>
    public static IEnumerable<string> HiddenCode(string path, string[] lines) => Where(path, lines, Hidden(), "could run foreign code");

    private static IEnumerable<string> Where(string path, string[] lines, Regex wrong, string what) => lines
        .Select((line, place) => (line, place)).Where(pair => wrong.IsMatch(pair.line))
        .Select(pair => $"{path}:{pair.place + 1} {what}: {pair.line.Trim()}");

    /// <summary>From behind a method's parameters to the end of its block or of its expression.</summary>
    private static string Body(string text, int start)
    {
        int depth = 0, end = start;
        for (; end < text.Length; end++)
        {
            depth += text[end] == '{' ? 1 : text[end] == '}' ? -1 : 0;
            if (depth == 0 && text[end] is '}' or ';' && depth == 0)
            {
                break;
            }
        }

        return text[start..end];
    }

    [GeneratedRegex(
        @"\b(BinaryFormatter|TypeNameHandling|DataContractSerializer|XmlSerializer|Type\.GetType\(|Activator\.|Assembly\.Load"
        + @"|Process\.Start)")]
    private static partial Regex Hidden();

    [GeneratedRegex("[A-Z]+[0-9]+|[A-Z]+(?![a-z])|[A-Z]?[a-z]+[0-9]*")]
    private static partial Regex Words();

    [GeneratedRegex("^[vV][0-9]+$")]
    private static partial Regex Version();

    [GeneratedRegex(@"^\s*#\s*(end)?region")]
    private static partial Regex Region();

    [GeneratedRegex(@"\bEstampa\.(Runner|Bench|Tests)\b(?!"")")]
    private static partial Regex Above();

    [GeneratedRegex(@"\bEstampa\.Data\b")]
    private static partial Regex Data();

    [GeneratedRegex(@"\bEstampa\.(Engine|Models)\b")]
    private static partial Regex Engine();

    [GeneratedRegex(@"^\s*(global\s+)?using\s+(static\s+)?ILGPU\b|\bILGPU\.[A-Z]\w+\.")]
    private static partial Regex Ilgpu();

    [GeneratedRegex(@"\bMathF?\.(FusedMultiplyAdd|CopySign)\b")]
    private static partial Regex Unresolved();

    /// <summary>A kernel is a static method of an index and one argument struct.</summary>
    [GeneratedRegex(@"static\s+void\s+(?<name>\w+)\s*\(\s*Index1D\s+\w+\s*,\s*\w+\s+\w+\s*\)")]
    private static partial Regex Kernel();

    [GeneratedRegex(@"\bswitch\b")]
    private static partial Regex Switch();

    [GeneratedRegex("""<Package(Version|Reference)\b.*\bVersion="(?![0-9]+(\.[0-9]+)*(-[0-9A-Za-z.]+)?")""")]
    private static partial Regex LooseVersion();
}
