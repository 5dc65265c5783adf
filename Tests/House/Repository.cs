using System.Diagnostics;

namespace Estampa.Tests;

/// <summary>The source tree that the tests were built from.</summary>
internal static class Repository
{
    private static readonly string[] Projects = ["Engine", "Models", "Data", "Runner", "Bench", "Tests"];

    /// <summary>The folder of Engine.sln, above the test assembly.</summary>
    public static string Root { get; } = Find();

    /// <summary>Every .cs file of the projects but what builds generate, as paths from the root with forward slashes.</summary>
    public static IEnumerable<string> Sources(params string[] projects) => (projects.Length == 0 ? Projects : projects)
        .SelectMany(project => Directory.EnumerateFiles(Path.Combine(Root, project), "*.cs", SearchOption.AllDirectories))
        .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
        .Where(path => !path.Split('/').Any(part => part is "bin" or "obj"))
        .Order(StringComparer.Ordinal);

    public static bool Has(string path) => File.Exists(Path.Combine(Root, path));

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static string[] Lines(string path) => File.ReadAllLines(Path.Combine(Root, path));

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Engine.sln")))
            {
                return folder.FullName;
            }
        }

        throw new UnreachableException($"no Engine.sln above {AppContext.BaseDirectory}");
    }
}
