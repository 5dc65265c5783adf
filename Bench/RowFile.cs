using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Estampa.Engine;

namespace Estampa.Bench;

/// <summary>
/// A file of measured rows: a JSON array, each row with the machine, date and command it comes from, so that rows of several runs can stand
/// in one table.
/// </summary>
internal static class RowFile
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The processor's name as the system gives it.</summary>
    public static string Processor { get; } = Name();

    /// <summary>Writes the rows; does nothing where no file is asked for.</summary>
    public static void Write(string? file, IEnumerable<JsonObject> rows)
    {
        if (file is null)
        {
            return;
        }

        var array = new JsonArray();
        foreach (var row in rows)
        {
            row["run"] = Run();
            array.Add(row);
        }

        File.WriteAllText(file, array.ToJsonString(Indented) + "\n");
    }

    /// <summary>One line for the head of a table.</summary>
    public static string Head() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Processor}, {Environment.ProcessorCount} cores, {HostDevice.VectorBits}-bit vectors, {RuntimeInformation.FrameworkDescription},"
        + $" {DateTime.Now:yyyy-MM-dd}");

    private static JsonObject Run() => new()
    {
        ["processor"] = Processor,
        ["cores"] = Environment.ProcessorCount,
        ["vectorBits"] = HostDevice.VectorBits,
        ["dotnet"] = RuntimeInformation.FrameworkDescription,
        ["date"] = DateTime.Now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        ["command"] = string.Join(' ', Environment.GetCommandLineArgs().Skip(1).Prepend("Bench")),
    };

    private static string Name()
    {
        const string Facts = "/proc/cpuinfo";
        var line = File.Exists(Facts)
            ? File.ReadLines(Facts).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? $"{RuntimeInformation.ProcessArchitecture}";
    }
}
